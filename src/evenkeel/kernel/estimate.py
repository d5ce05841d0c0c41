"""Estimate: the only kind of number there is in the product (DESIGN §2)."""

from __future__ import annotations

from dataclasses import dataclass, field

from evenkeel.kernel.time import Window


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a number comes from: enough to find the events again."""

    query: str  # e.g. "/events?service=support-bot&outcome=bad&from=…&to=…"
    rule: str  # the rule or definition in words
    events: int = 0  # rows behind it


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its bounds, its sample and its circumstances.

    `low` and `high` are the bounds that decide: exact, and valid over repeated looks at `level_low`
    and `level_high` (one-sided confidence). `shown_low` and `shown_high` are the 95 % interval people
    see. All in `unit`. `value` is None when there is nothing to compute it from.

    Where telemetry is missing (`coverage` < 1), `if_missing_good` is the bound on the better side with
    the missing part counted as good, `if_missing_bad` the bound on the worse side with it counted as bad.
    """

    value: float | None
    unit: str  # ratio | s | ratio_of_capacity | …
    low: float
    high: float
    level_low: float
    level_high: float
    n: float
    method: str
    window: Window
    coverage: float
    as_of_us: int
    watermark_us: int
    shown_low: float | None = None
    shown_high: float | None = None
    if_missing_good: float | None = None
    if_missing_bad: float | None = None
    bad: float | None = None  # how many of n failed, where the value is a share
    needs: Need | None = None
    reasons: tuple[str, ...] = ()  # silent | no_data | sampling_unknown | no_capacity | clustered …
    evidence: Evidence | None = None
    counts: str = ""  # what n counts, plural, where it is not what the indicator says
    parts: dict[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            msg = f"an estimate's low ({self.low}) must not exceed its high ({self.high})"
            raise ValueError(msg)
        if not 0.0 <= self.coverage <= 1.0:
            msg = f"coverage is a share from 0 to 1, not {self.coverage}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Need:
    """What would settle an undecided question: how much more, and about how long that takes."""

    more: float
    of: str  # requests | minutes | labels | a capacity in the configuration …
    eta_s: float | None = None
