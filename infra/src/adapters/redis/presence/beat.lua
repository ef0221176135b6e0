-- KEYS from the fifth: the devices of each user. ARGV: life, most devices, then user and device in turn.
local life, most = tonumber(ARGV[1]), tonumber(ARGV[2])
for n = 5, #KEYS do
    local user, device = ARGV[2 * n - 7], ARGV[2 * n - 6]
    if redis.call('ZADD', KEYS[n], now + life, device) == 1 then
        redis.call('ZREMRANGEBYSCORE', KEYS[n], '-inf', now)
        redis.call('ZREMRANGEBYRANK', KEYS[n], 0, -1 - most)
    end
    redis.call('PEXPIRE', KEYS[n], life)
    -- Whose time is over is gone, also if nobody looked yet.
    local came = not is_online(user)
    redis.call('ZADD', online, now + life, user)
    redis.call('ZADD', seen, now, user)
    if came then changed(user) end
end
return #KEYS
