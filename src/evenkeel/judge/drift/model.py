"""What a comparison of a window with its reference says: two answers, with all that they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from evenkeel.kernel.profile.model import Counts, Kind, Profile
from evenkeel.kernel.stats.psi import Psi

if TYPE_CHECKING:
    from evenkeel.judge.drift.design import Spread  # which takes what is defined here

#: The share of windows without drift in which anything at all may be said to have drifted (Benjamini-Hochberg's q).
FALSE_ALARMS_MAX: Final = 0.007

#: The index beyond which drift matters (operating model: PSI > 0.2); that is a shift by 0.46 standard deviations.
PSI_LIMIT: Final = 0.2
#: Up to this index a difference is too small to matter (operating model: PSI < 0.1). The defaults of the objectives of
#: drift say the same two numbers; of a limit of one's own, it is the same part.
PSI_TARGET: Final = 0.1


def psi_target(psi_limit: float) -> float:
    """The index up to which a difference is too small to matter, where drift matters beyond `psi_limit`.

    >>> psi_target(0.2), psi_target(0.4)
    (0.1, 0.2)
    """
    return psi_limit * (PSI_TARGET / PSI_LIMIT)


class Detected(StrEnum):
    """Whether the window differs from its reference beyond chance."""

    YES = "yes"
    NO = "no"  # and drift of a size that matters would most likely have been seen
    UNKNOWN = "unknown"  # the reason says why


class Material(StrEnum):
    """Whether a detected difference is large enough to matter."""

    NO = "no"
    WARNING = "warning"  # the index, chance taken off, is beyond the limit
    BREACH = "breach"  # even the lower bound of the index is
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why nothing is known."""

    EMPTY_WINDOW = "empty_window"
    UNDERPOWERED = "underpowered"
    FEW_SEASONS = "few_seasons"
    HOURS_GONE = "hours_gone"  # a day is compared with days whose hours are kept no longer


class Signal(StrEnum):
    """What it is that differs, by name."""

    WENT_LIVE = "went_live"  # the reference held one value, or none
    BECAME_CONSTANT = "became_constant"
    VANISHED = "vanished"  # no row has it any more
    TYPE_CHANGED = "type_changed"
    MISSINGNESS = "missingness"
    NEW_LEVELS = "new_levels"
    RANGE = "range"
    LOCATION = "location"
    SPREAD = "spread"
    SHAPE = "shape"


@dataclass(frozen=True, slots=True)
class Part:
    """One test of a feature: its p-value counts as p / weight, and the weights of a feature sum to at most 1."""

    signal: Signal
    p: float
    weight: float
    z: float = 0.0  # which way, in standard deviations of chance: above 0 the window has more

    @property
    def weighted(self) -> float:
        """The p-value, corrected for the feature's other tests."""
        return min(1.0, self.p / self.weight)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The tests of one feature in one window. `p` is the least of the weighted ones (Bonferroni-Holm with weights)."""

    parts: tuple[Part, ...]
    n: int  # rows of the reference
    m: int  # rows of the window
    reason: Reason | None = None

    @property
    def p(self) -> float:
        """The p-value of the feature; 1 where nothing could be tested."""
        return min((part.weighted for part in self.parts), default=1.0)


@dataclass(frozen=True, slots=True)
class Change:
    """A level's share, then and now."""

    level: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Effect:
    """How large the difference is, in units people know.

    `psi` is the index that decides, on bins that are large enough, `psi_plain` the index on all bins (deciles, or every
    level). `auc` is the chance that a row of the window exceeds one of the reference; `shift_sd` the shift of a normal
    distribution that would give it. Both are None where there is no order.
    """

    psi: Psi
    psi_plain: float
    auc: float | None
    shift_sd: float | None
    median_before: float | None
    median_after: float | None
    absent_before: float  # share of rows without a value
    absent_after: float
    changes: tuple[Change, ...]  # of levels, the largest first
    detectable_sd: float  # the shift that would be found in 80 of 100 cases


@dataclass(frozen=True)
class Feature:
    """What is compared: a feature's reference, its window, and windows of the reference of the same season, if known.

    `seasons` are, for a window of Monday 9 to 10 o'clock, the same hour of other days in the reference: how much these
    differ among themselves is how much a window may differ without drift. What is compared is then these together,
    unless `is_fixed`: a reference from elsewhere is compared itself, and the seasons only tell of chance. A window that
    holds several of them, as a week holds days, has so many `parts`. `spread` is how much these seasons differ, where
    that is known already.
    """

    name: str
    reference: Profile
    window: Counts
    seasons: tuple[Counts, ...] | None = None
    is_fixed: bool = False
    parts: int = 1
    spread: Spread | None = None
    lacks_hours: bool = False  # of the reference: whether its days are of the window's hours is not known


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of one feature in one window. `q` is the p-value, corrected for all features of the window."""

    feature: str
    kind: Kind
    detected: Detected
    material: Material
    q: float
    signals: tuple[Signal, ...]
    comparison: Comparison
    effect: Effect
    needs: int | None = None  # rows that the window would need, where it has too few
    told: str = ""  # of an embedding: the number of it that moved most, which the index is of
