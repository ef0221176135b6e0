-- KEYS[5]: the lease of who tells others what changed. ARGV: who asks, for how long, and where they tell it. Gives from where to go on;
-- nothing to anybody else.
local holder = redis.call('GET', KEYS[5])
if holder and holder ~= ARGV[1] then return {} end
redis.call('SET', KEYS[5], ARGV[1], 'PX', ARGV[2])
return {epoch(), math.max(number('sent ' .. ARGV[3]), number('floor'))}
