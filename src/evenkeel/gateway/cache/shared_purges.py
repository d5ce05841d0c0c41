"""Purges as all machines know them: numbered in the store, each of a home done once, none ever forgotten silently.

An answer is kept with the number of the latest purge that its worker knew when it was begun. It is given again only by
who knows every purge since, and none of them means it. So whoever is late keeps or gives too little, never too much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import msgspec

from evenkeel.gateway.cache.model import Partition, Purge
from evenkeel.store.resp import Connection, Part, Reply, Script

PREFIX: Final = "evenkeel:{cache}:"
_NUMBER, _PURGES, _DONE = (f"{PREFIX}{name}" for name in ("number", "purges", "done"))
#: Purges that are told apart; older answers are given to nobody.
PURGES_MAX: Final = 256

_PURGE: Final = f"""
local function purge(text)
  local number = redis.call('INCR', KEYS[1])
  redis.call('RPUSH', KEYS[2], string.format('%.0f', number) .. ' ' .. text)
  redis.call('LTRIM', KEYS[2], -{PURGES_MAX}, -1)
end
"""
#: ARGV: the home, its last purge, its first that is still told, a purge of everything, then number and text of each.
_OBEY: Final = Script(
    _PURGE
    + """
local done = tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or '0')
local last, first = tonumber(ARGV[2]), tonumber(ARGV[3])
if done ~= last then
  if last < done or first > done + 1 then
    purge(ARGV[4])
  else
    for at = 5, #ARGV, 2 do
      if tonumber(ARGV[at]) > done then purge(ARGV[at + 1]) end
    end
  end
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
end
return redis.call('GET', KEYS[1]) or '0'
"""
)
#: ARGV: a number that was known, a purge of everything. A store that knows less has lost what was purged.
_RECOVER: Final = Script(
    _PURGE
    + """
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
  purge(ARGV[2])
end
return redis.call('GET', KEYS[1])
"""
)


@dataclass(frozen=True, slots=True)
class KnownPurges:
    """The latest purges of the store."""

    number: int = 0  # of the latest
    purges: tuple[tuple[int, Purge], ...] = ()  # by number, without a gap

    def lets(self, partition: Partition, number: int) -> bool:
        """Whether an answer of the partition that knew all purges up to `number` may be given.

        >>> known = KnownPurges(3, ((2, Purge(0, service="bot")), (3, Purge(0, service="other"))))
        >>> bot = Partition("team:care", "production", "bot", "1")
        >>> [known.lets(bot, number) for number in (0, 1, 2, 3)]
        [False, False, True, True]
        """
        if number >= self.number:
            return True
        first = self.purges[0][0] if self.purges else self.number + 1
        return number + 1 >= first and not any(each > number and purge.covers(partition) for each, purge in self.purges)


def obey(connection: Connection, home: str, purges: Sequence[Purge]) -> int:
    """Do what a home's control wants purged, unless it is done; the number of the latest. Raises as `run` does."""
    last, first = (purges[-1].seq, purges[0].seq) if purges else (0, 0)
    given: list[Part] = [home, last, first, _text(Purge(0))]
    for purge in purges:
        given += [purge.seq, _text(purge)]
    return _whole(connection.run_script(_OBEY, [_NUMBER, _PURGES, _DONE], given))


def look(connection: Connection, known: KnownPurges) -> KnownPurges:
    """What is known now. A store that lost purges gives up all that it keeps. Raises as `run` does, and ValueError."""
    number = _whole(connection.run("GET", _NUMBER) or b"0")
    if number < known.number:
        number = _whole(connection.run_script(_RECOVER, [_NUMBER, _PURGES], [known.number, _text(Purge(0))]))
    if number == known.number:
        return known
    rows = [row.split(b" ", 1) for row in cast("list[bytes]", connection.run("LRANGE", _PURGES, 0, -1))]
    purges = tuple((int(told), msgspec.json.decode(text, type=Purge)) for told, text in rows)
    numbers = [told for told, _ in purges]
    if not numbers or numbers != [*range(numbers[0], numbers[-1] + 1)] or numbers[-1] < number:
        return KnownPurges(number)  # nobody can tell what was meant: what is older is given to nobody
    return KnownPurges(numbers[-1], purges)


def _text(purge: Purge) -> bytes:
    return msgspec.json.encode(purge)


def _whole(reply: Reply) -> int:
    if not isinstance(reply, (bytes, int)):
        raise ValueError("no number")  # noqa: TRY004 it comes from a store
    return int(reply)
