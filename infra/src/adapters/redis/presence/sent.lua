-- KEYS[5]: the lease. ARGV: who told, where, epoch and number up to which was told, and the users of whom.
if redis.call('GET', KEYS[5]) == ARGV[1] and epoch() == ARGV[3] then
    redis.call('HSET', state, 'sent ' .. ARGV[2], ARGV[4])
    return 1
end
-- Somebody else tells by now, and this may have come behind what they told: how these stand is told once more.
for n = 5, #ARGV do changed(ARGV[n]) end
return 0
