"""A circuit breaker for each upstream: whoever fails is left alone for a while, then tried by one request.

Each worker has its own, learned from its own requests. Pure but for what it remembers; time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Final

CLOSED: Final = "closed"
RESTING: Final = "resting"  # asked for some quiet by Retry-After: others are preferred, it is not refused
OPEN: Final = "open"
HALF_OPEN: Final = "half_open"

#: Time constant of `Breakers.load`, seconds.
LOAD_S: Final = 10.0
#: Upstreams that are remembered; beyond it those in good health are forgotten.
_KNOWN_MAX: Final = 4096


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When a breaker opens and for how long.

    At 1 % failures 5 in a row come once in 10^10 requests, and half of 20 never: in the seeded simulation of the
    test none of 1,000,000 requests finds it open. At 10 % about one opening is expected in 110,000 requests.
    """

    row_max: int = 5  # failures in a row that open it
    window_s: float = 30.0  # of which the share is taken; between half of it and all of it is remembered
    share_max: float = 0.5  # of failures in the window that opens it
    count_min: int = 20  # requests in the window below which their share says nothing
    open_s: float = 5.0  # first wait; doubled by each trial that fails
    open_s_max: float = 60.0
    probe_s: float = 10.0  # a trial that has not ended by then is not waited for: the next one may begin
    rest_s_max: float = 300.0  # Retry-After beyond it is cut: one wrong header is not to cost a day


@dataclass(slots=True)
class _Upstream:
    """What is remembered of one."""

    row: int = 0  # failures since the last success
    half_began_s: float = 0.0  # the window is two halves: this one and the one before
    count: int = 0
    failed: int = 0
    count_before: int = 0
    failed_before: int = 0
    rest_until_s: float = float("-inf")
    open_until_s: float | None = None  # None: closed
    opened: int = 0  # times in a row
    probe_until_s: float | None = None  # a trial is out
    load: float = 0.0
    load_at_s: float = 0.0


class Breakers:
    """The breakers of one worker. `now_s` is monotonic and the same clock everywhere.

    Call `begin` before an upstream is asked and, when it said True, `succeeded` as soon as it is known to answer
    (the head of an answer that is no fault of it), or `failed`; both may follow each other when an answer breaks
    off later. A request that ends without either (its caller has gone) calls `abandoned`.

    >>> breakers = Breakers(BreakerRules(row_max=2, open_s=5.0))
    >>> for second in (0.0, 1.0):
    ...     breakers.failed("eu", second)
    >>> breakers.state("eu", 1.0), breakers.begin("eu", 2.0)
    ('open', False)
    >>> breakers.begin("eu", 6.0), breakers.begin("eu", 6.1)  # one is let through
    (True, False)
    >>> breakers.succeeded("eu", 7.0)
    >>> breakers.state("eu", 7.0)
    'closed'
    """

    def __init__(self, rules: BreakerRules | None = None) -> None:
        self._rules = BreakerRules() if rules is None else rules
        self._known: dict[str, _Upstream] = {}

    def is_well(self, upstream: str, now_s: float) -> bool:
        """Whether it is worth asking: it works, or it is time for a trial."""
        one = self._known.get(upstream)
        if one is None:
            return True
        if one.open_until_s is None:
            return now_s >= one.rest_until_s
        return self._is_due(one, now_s)

    def begin(self, upstream: str, now_s: float) -> bool:
        """Whether it may be asked now. When it is tried after it failed, only one request may."""
        one = self._known.get(upstream)
        if one is None:
            one = self._remember(upstream, now_s)
        elif one.open_until_s is not None:
            if not self._is_due(one, now_s):
                return False
            one.probe_until_s = now_s + self._rules.probe_s
        one.load = one.load * exp((one.load_at_s - now_s) / LOAD_S) + 1.0
        one.load_at_s = now_s
        return True

    def succeeded(self, upstream: str, now_s: float) -> None:
        """It answers. Closes the breaker when that was its trial; what began before it opened says nothing."""
        one = self._known.get(upstream) or self._remember(upstream, now_s)
        if one.open_until_s is None:
            one.row = 0
            self._count(one, now_s, 0)
        elif one.probe_until_s is not None:
            kept = one.load, one.load_at_s
            one = self._known[upstream] = _Upstream(half_began_s=now_s, count=1)
            one.load, one.load_at_s = kept

    def failed(self, upstream: str, now_s: float, retry_after_s: float | None = None) -> None:
        """It failed by its own fault (`retry.blames_upstream`); `retry_after_s` is what it asks to be waited.

        Retry-After alone makes it rest: one answer 429 to one large request is no reason to refuse all others
        when nobody else can answer. When it opens, it stays open for at least that long.
        """
        one = self._known.get(upstream) or self._remember(upstream, now_s)
        if retry_after_s is not None and retry_after_s > 0:
            one.rest_until_s = max(one.rest_until_s, now_s + min(retry_after_s, self._rules.rest_s_max))
        if one.open_until_s is not None:
            if one.probe_until_s is not None:
                self._open(one, now_s)
            one.open_until_s = max(one.open_until_s, one.rest_until_s)
            return
        one.row += 1
        self._count(one, now_s, 1)
        count, failures = one.count + one.count_before, one.failed + one.failed_before
        rules = self._rules
        if one.row >= rules.row_max or (count >= rules.count_min and failures >= rules.share_max * count):
            self._open(one, now_s)

    def abandoned(self, upstream: str, now_s: float) -> None:
        """It was asked and nobody waited for the outcome: the next request may be the trial."""
        one = self._known.get(upstream)
        if one is not None and one.probe_until_s is not None:
            one.probe_until_s = now_s

    def state(self, upstream: str, now_s: float) -> str:
        """closed, resting, open or half_open."""
        one = self._known.get(upstream)
        if one is None:
            return CLOSED
        if one.open_until_s is None:
            return CLOSED if now_s >= one.rest_until_s else RESTING
        return HALF_OPEN if now_s >= one.open_until_s else OPEN

    def left_alone(self, now_s: float) -> dict[str, str]:
        """The state of every upstream whose breaker is not closed."""
        states = {name: self.state(name, now_s) for name in self._known}
        return {name: state for name, state in sorted(states.items()) if state != CLOSED}

    def load(self, upstream: str, now_s: float) -> float:
        """Requests that began of late, each counting e^(-age/LOAD_S): about LOAD_S times the rate per second."""
        one = self._known.get(upstream)
        return 0.0 if one is None else one.load * exp((one.load_at_s - now_s) / LOAD_S)

    def _is_due(self, one: _Upstream, now_s: float) -> bool:
        return (
            one.open_until_s is not None
            and now_s >= one.open_until_s
            and (one.probe_until_s is None or now_s >= one.probe_until_s)
        )

    def _remember(self, upstream: str, now_s: float) -> _Upstream:
        if len(self._known) >= _KNOWN_MAX:
            self._known = {name: one for name, one in self._known.items() if one.open_until_s is not None}
        one = self._known[upstream] = _Upstream(half_began_s=now_s, load_at_s=now_s)
        return one

    def _count(self, one: _Upstream, now_s: float, failures: int) -> None:
        half_s = self._rules.window_s / 2
        age_s = now_s - one.half_began_s
        if age_s >= half_s:
            is_next = age_s < 2 * half_s
            one.count_before, one.failed_before = (one.count, one.failed) if is_next else (0, 0)
            one.count = one.failed = 0
            one.half_began_s = one.half_began_s + half_s if is_next else now_s
        one.count += 1
        one.failed += failures

    def _open(self, one: _Upstream, now_s: float) -> None:
        wait_s = min(self._rules.open_s * 2.0 ** min(one.opened, 32), self._rules.open_s_max)
        one.open_until_s = max(now_s + wait_s, one.rest_until_s)
        one.opened += 1
        one.probe_until_s = None
