-- ARGV: epoch and number from which to go on; how many are told at once, and how many let go; how many are remembered, for how long;
-- how many changes are kept. Gives epoch and number up to which was told, whether there is a gap, and then three for each who changed.
local since, told, let_go = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
for _, user in ipairs(redis.call('ZRANGEBYSCORE', online, '-inf', now, 'LIMIT', 0, let_go)) do
    redis.call('ZREM', online, user)
    changed(user)
end
redis.call('ZREMRANGEBYRANK', seen, 0, -1 - tonumber(ARGV[5]))
redis.call('ZREMRANGEBYSCORE', seen, '-inf', now - tonumber(ARGV[6]))
local extra = redis.call('ZCARD', changes) - tonumber(ARGV[7])
if extra > 0 then
    redis.call('HSET', state, 'floor', redis.call('ZRANGE', changes, extra - 1, extra - 1, 'WITHSCORES')[2])
    redis.call('ZREMRANGEBYRANK', changes, 0, extra - 1)
end
local last = number('last')
if ARGV[1] ~= epoch() or since < number('floor') or since > last then
    return {epoch(), last, 1}
end
local found = redis.call('ZRANGEBYSCORE', changes, since + 1, '+inf', 'WITHSCORES', 'LIMIT', 0, told)
local answer = {epoch(), last, 0}
if #found == 2 * told then answer[2] = found[#found] end
for n = 1, #found, 2 do
    local there, when = standing(found[n])
    table.insert(answer, found[n])
    table.insert(answer, there)
    table.insert(answer, when)
end
return answer
