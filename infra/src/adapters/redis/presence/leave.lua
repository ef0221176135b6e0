-- KEYS from the fifth: the devices of each user. ARGV: user and device in turn.
for n = 5, #KEYS do
    local user, device = ARGV[2 * n - 9], ARGV[2 * n - 8]
    -- Whose time is over goes when somebody looks.
    if redis.call('ZREM', KEYS[n], device) == 1 and is_online(user) then
        local rest = redis.call('ZREVRANGE', KEYS[n], 0, 0, 'WITHSCORES')[2]
        redis.call('ZADD', seen, now, user)
        if rest and tonumber(rest) > now then
            redis.call('ZADD', online, rest, user)
        else
            redis.call('ZREM', online, user)
            changed(user)
        end
    end
end
return #KEYS
