"""Shares that stay: the same key gets the same answer, and a change of weights moves only whom it has to.

Weighted rendezvous hashing: every option draws an exponential waiting time at the rate of its weight out of a hash
of (salt, key), and the first wins. The winner's chance is its share of the weights exactly; an option that goes
moves only its own keys; what order the options come in does not matter. Between two options a change of shares by
d moves a share d of the keys. Among more, P(stays) is the Jaccard index of both distributions (Moulton, Jiang:
Maximally Consistent Sampling and the Jaccard Index of Probability Distributions, 2018), so that at most 2d/(1 + d)
move, and no rule without memory can promise less (Bavarian et al.: Optimality of Correlated Sampling, 2020).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from math import log
from typing import Final

_SALTS_MAX: Final = 16_384  # routes times versions, and upstreams; beyond it salts are computed anew
_MASK: Final = 2**64 - 1
_UNIT: Final = 2.0**-53


@lru_cache(maxsize=_SALTS_MAX)
def salt(*names: str) -> bytes:
    """16 bytes that set a purpose apart: who is among the first 5 % here is anybody elsewhere.

    >>> salt("production/bot", "2") == salt("production/bot", "2"), salt("a", "bc") == salt("ab", "c")
    (True, False)
    """
    return blake2b(b"".join(len(name).to_bytes(4) + name.encode() for name in names), digest_size=16).digest()


def key_of(number: int) -> bytes:
    """A pseudonym or hash as a key; what is beyond 64 bits is cut off."""
    return (number & _MASK).to_bytes(8)


def unit(purpose: bytes, key: bytes) -> float:
    """A number between 0 and 1, both excluded, that looks drawn and is always the same for `key` (`purpose`: a salt).

    >>> 0 < unit(salt("shadow"), b"a") < 1, unit(salt("shadow"), b"a") == unit(salt("shadow"), b"a")
    (True, True)
    """
    return ((int.from_bytes(blake2b(key, digest_size=8, salt=purpose).digest()) >> 11) + 0.5) * _UNIT


def pick(name: str, weights: Iterable[tuple[str, float]], key: bytes) -> str | None:
    """Which of the (option, weight) pairs `key` gets under the salt of `name`; None when no weight is above 0.

    >>> pick("production/bot", [("1", 1.0), ("2", 0.0)], key_of(42))
    '1'
    >>> pick("production/bot", [("1", 0.0)], key_of(42))
    """
    open_to = [(option, weight) for option, weight in weights if weight > 0]
    if len(open_to) < 2:
        return open_to[0][0] if open_to else None
    best, soonest = "", float("inf")
    for option, weight in open_to:
        waits = -log(unit(salt(name, option), key)) / weight
        if waits < soonest or (waits == soonest and option < best):
            best, soonest = option, waits
    return best


def ranked(options: Iterable[str], key: bytes) -> list[str]:
    """The options in the order in which `key` prefers them: without one of them the others keep their order.

    >>> order = ranked(["a", "b", "c"], b"prompt")
    >>> ranked([option for option in "abc" if option != order[0]], b"prompt") == order[1:]
    True
    """
    return sorted(options, key=lambda option: unit(salt(option), key))
