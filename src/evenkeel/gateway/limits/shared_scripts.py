"""What the store of shared limits does in one go. Each script is all or nothing, and alone while it runs.

All names have the same tag in braces, so that a cluster keeps them in one place. None but cached answers has a time of
its own to end, so that a store short of memory gives up those and never an account (`volatile-*` policies); what is
over is swept.
"""

from __future__ import annotations

from typing import Final

from evenkeel.store.resp import Script

PREFIX: Final = "evenkeel:{limits}:"
LESSEES: Final = PREFIX + "lessees"  # sorted set: until when each is believed to live, ms of the store's clock
EPOCH: Final = PREFIX + "epoch"  # hash: which store this is, and when the one before was lost, µs
CALLS: Final = PREFIX + "calls"  # how often a worker was short of something
SWEPT: Final = PREFIX + "swept"  # sorted set: when which name is over, ms of the store's clock

_NOW: Final = "local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"


def account_key(name: bytes) -> str:
    """Where an account is."""
    return f"{PREFIX}a:{name.hex()}"


def held_key(lessee: str) -> str:
    """Where the names of the accounts are that a lessee has leases of."""
    return f"{PREFIX}h:{lessee}"


def count_key(lessee: str) -> str:
    """Where it is counted what a lessee did: less than it knows itself means that the store has lost something."""
    return f"{PREFIX}n:{lessee}"


#: KEYS: epoch. ARGV: new token, known token or "", now in µs of ours. What was known is not there any more: it was
#: lost now. Answers token, lost at.
JOIN: Final = Script(
    """
local token = redis.call('HGET', KEYS[1], 'token')
if not token then
  token = ARGV[1]
  redis.call('HSET', KEYS[1], 'token', token, 'lost_at_us', '0')
end
if ARGV[2] ~= '' and ARGV[2] ~= token and redis.call('HGET', KEYS[1], 'lost_at_us') == '0' then
  redis.call('HSET', KEYS[1], 'lost_at_us', ARGV[3])
end
return {token, redis.call('HGET', KEYS[1], 'lost_at_us')}
"""
)

#: KEYS: lessees, epoch, calls, swept. ARGV: lessee, how long it is believed to live in ms (0: nothing is said of it).
#: Answers now, token, lost at, calls, and those who were not heard of for too long.
LOOK: Final = Script(
    _NOW
    + """
local over = {}
if ARGV[2] ~= '0' then
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
  over = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 16)
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now, 'LIMIT', 0, 256)) do
    redis.call('DEL', key)
    redis.call('ZREM', KEYS[4], key)
  end
end
local epoch = redis.call('HMGET', KEYS[2], 'token', 'lost_at_us')
return {now, epoch[1], epoch[2], redis.call('GET', KEYS[3]) or '0', over}
"""
)

#: KEYS: lessees, epoch, calls, swept, count, held, then accounts. ARGV: lessee, its life in ms, token of the epoch,
#: count that is known, count from now on, then of each account: its token as read, its new bytes, whether it is held
#: afterwards (1, 0, or "" for no word of it), whether others are called, and after how many ms it is over.
#: Answers "lost", or of each account 1 when it was written, else its bytes as they are.
WRITE: Final = Script(
    _NOW
    + """
if redis.call('HGET', KEYS[2], 'token') ~= ARGV[3] then return 'lost' end
if tonumber(redis.call('GET', KEYS[5]) or '0') < tonumber(ARGV[4]) then return 'lost' end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('SET', KEYS[5], ARGV[5])
local answers = {}
for i = 7, #KEYS do
  local at = 5 + (i - 7) * 5
  local is = redis.call('GET', KEYS[i])
  if (is and string.sub(is, 1, 16) or '') == ARGV[at + 1] then
    redis.call('SET', KEYS[i], ARGV[at + 2])
    if ARGV[at + 3] == '1' then redis.call('SADD', KEYS[6], KEYS[i]) end
    if ARGV[at + 3] == '0' then redis.call('SREM', KEYS[6], KEYS[i]) end
    if ARGV[at + 4] == '1' then redis.call('INCR', KEYS[3]) end
    if ARGV[at + 5] ~= '' then redis.call('ZADD', KEYS[4], now + ARGV[at + 5], KEYS[i]) end
    answers[#answers + 1] = 1
  else
    answers[#answers + 1] = is or ''
  end
end
return answers
"""
)

#: KEYS: lessees, swept. ARGV: lessee, whether it is known to be dead, how long what is left of it is kept in ms, then
#: names. Nothing happens if it was heard of meanwhile.
BURY: Final = Script(
    _NOW
    + """
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if ARGV[2] ~= '1' and score and tonumber(score) > now then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
for i = 4, #ARGV do redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[i]) end
return 1
"""
)

#: KEYS: epoch, count. ARGV: now in µs of ours, count. Something was lost.
LOSE: Final = Script(
    """
redis.call('HSET', KEYS[1], 'lost_at_us', ARGV[1])
redis.call('SET', KEYS[2], ARGV[2])
return 1
"""
)
