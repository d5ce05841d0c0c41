"""Whether a failed attempt may be made again, and after how long: the table is data, the caller obeys.

An attempt that may have been performed is repeated only where that does no harm; nothing is repeated once the
caller has seen a byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from evenkeel.kernel.facts import fact

#: Waits before the same upstream is asked again: full jitter below a limit that doubles (Brooker, "Exponential
#: Backoff And Jitter", AWS Architecture Blog 2015). Seconds.
BACKOFF_S: Final = 0.25
BACKOFF_S_MAX: Final = 4.0


class Repeat(Enum):
    """When an attempt may be made again."""

    NEVER = "never"
    IF_HARMLESS = "if harmless"  # it may have been performed
    ALWAYS = "always"  # it was not performed


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows from one kind of failure."""

    repeat: Repeat
    blames_upstream: bool  # counts against its health


@fact
class Failure:
    """How an attempt failed."""

    error: str  # a word of ERRORS; without meaning where there is a status
    status: int | None  # of the answer, where there was one
    was_sent: bool  # the upstream may have got the request
    bytes_sent: int  # of the answer, to the caller
    retry_after_s: float | None = None  # what the upstream asks to be waited


#: Failures without an answer. What was not sent is repeated even where the row says IF_HARMLESS.
ERRORS: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "connect": Rule(Repeat.ALWAYS, blames_upstream=True),
        "tls": Rule(Repeat.ALWAYS, blames_upstream=True),
        "credentials": Rule(Repeat.ALWAYS, blames_upstream=True),  # ours for it cannot be read; another's may
        "timeout": Rule(Repeat.IF_HARMLESS, blames_upstream=True),
        "reset": Rule(Repeat.IF_HARMLESS, blames_upstream=True),
        "garbage": Rule(Repeat.IF_HARMLESS, blames_upstream=True),
        "incomplete": Rule(Repeat.IF_HARMLESS, blames_upstream=True),  # it ended before its last word
        "connection": Rule(Repeat.NEVER, blames_upstream=False),  # the request itself cannot be sent, or we end
    }
)
#: Answers. What is not named here is the answer: it goes to the caller as it is.
STATUSES: Final[Mapping[int, Rule]] = MappingProxyType(
    {
        401: Rule(Repeat.ALWAYS, blames_upstream=True),  # the key is ours, not the caller's
        402: Rule(Repeat.ALWAYS, blames_upstream=True),  # our account there is empty
        408: Rule(Repeat.ALWAYS, blames_upstream=True),  # it did not get the whole request (RFC 9110 15.5.9)
        425: Rule(Repeat.ALWAYS, blames_upstream=False),  # refused before it was performed (RFC 8470)
        429: Rule(Repeat.ALWAYS, blames_upstream=True),  # refused before it was performed (RFC 6585)
        500: Rule(Repeat.IF_HARMLESS, blames_upstream=True),
        502: Rule(Repeat.IF_HARMLESS, blames_upstream=True),
        503: Rule(Repeat.IF_HARMLESS, blames_upstream=True),  # proxies say so for a connection that broke, too
        504: Rule(Repeat.IF_HARMLESS, blames_upstream=True),
        529: Rule(Repeat.ALWAYS, blames_upstream=True),  # Anthropic: overloaded, refused
    }
)
_UNNAMED: Final = Rule(Repeat.NEVER, blames_upstream=False)
_UNNAMED_5XX: Final = Rule(Repeat.NEVER, blames_upstream=True)


def rule_of(failure: Failure) -> Rule:
    """The row for a failure. Errors and statuses that no row names are never repeated."""
    if failure.status is None:
        return ERRORS.get(failure.error, _UNNAMED)
    found = STATUSES.get(failure.status)
    if found is not None:
        return found
    return _UNNAMED_5XX if failure.status >= 500 else _UNNAMED


def blames_upstream(failure: Failure) -> bool:
    """Whether it counts against the upstream's health (`breaker.Breakers.failed`).

    >>> blames_upstream(Failure("", 503, True, 0)), blames_upstream(Failure("", 400, True, 0))
    (True, False)
    """
    return rule_of(failure).blames_upstream


def may_retry(failure: Failure, *, is_repeatable: bool, tried: int, retries_max: int) -> bool:
    """Whether another attempt may be made after `tried` of them.

    `is_repeatable`: performing the request twice does no harm but for its price. Whether there is time left for
    `wait_s` is the caller's to see.

    >>> cut = Failure("reset", None, was_sent=True, bytes_sent=0)
    >>> may_retry(cut, is_repeatable=True, tried=1, retries_max=1)
    True
    >>> may_retry(cut, is_repeatable=False, tried=1, retries_max=1)
    False
    >>> may_retry(cut, is_repeatable=True, tried=2, retries_max=1)
    False
    """
    if failure.bytes_sent > 0 or tried > retries_max:
        return False
    repeat = rule_of(failure).repeat
    if repeat is Repeat.IF_HARMLESS:
        return is_repeatable or (failure.status is None and not failure.was_sent)
    return repeat is Repeat.ALWAYS


def wait_s(failure: Failure, *, tried: int, draw: float, is_elsewhere: bool = False) -> float:
    """Seconds to wait before the next attempt, after `tried` of them; `draw` is uniform in [0, 1).

    Another upstream (`is_elsewhere`) is asked at once. The same one is given what it asks for and the jitter on
    top of it, so that those who were told the same do not come back at the same moment.

    >>> wait_s(Failure("", 429, True, 0, retry_after_s=2.0), tried=1, draw=0.5)
    2.125
    >>> wait_s(Failure("connect", None, False, 0), tried=3, draw=0.5), wait_s(
    ...     Failure("connect", None, False, 0), tried=1, draw=0.5, is_elsewhere=True
    ... )
    (0.5, 0.0)
    """
    if is_elsewhere:
        return 0.0
    jitter_s = draw * min(BACKOFF_S * 2.0 ** min(max(tried - 1, 0), 32), BACKOFF_S_MAX)
    return max(failure.retry_after_s or 0.0, 0.0) + jitter_s
