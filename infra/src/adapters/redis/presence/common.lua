-- By Redis' clock, which is the same for all; in milliseconds.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Until when somebody is online; when anybody was seen last; the number of each one's last coming or going; and about these numbers:
-- epoch, last, floor, and up to which others were told where.
local online, seen, changes, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

-- What the numbers count in: another one when Redis was emptied meanwhile. In microseconds: it may come back within a millisecond.
local function epoch()
    redis.call('HSETNX', state, 'epoch', string.format('%d%06d', time[1], time[2]))
    return redis.call('HGET', state, 'epoch')
end

local function number(name)
    return tonumber(redis.call('HGET', state, name) or '0')
end

local function changed(user)
    redis.call('ZADD', changes, redis.call('HINCRBY', state, 'last', 1), user)
end

local function is_online(user)
    return tonumber(redis.call('ZSCORE', online, user) or '0') > now
end

-- 1 or 0, and when; an empty text when that is not known.
local function standing(user)
    return is_online(user) and 1 or 0, redis.call('ZSCORE', seen, user) or ''
end
