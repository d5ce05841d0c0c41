"""The part of the telemetry port that is about features of predictions and numbers of evaluators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol

from evenkeel.kernel.time import US_PER_DAY, Window

if TYPE_CHECKING:
    from evenkeel.kernel.profile.model import Counts, Grid  # numpy, which no process of the data plane loads
    from evenkeel.store.telemetry.port import ServiceKey  # which takes this part over

Step = Literal["hour", "day"]
Origin = Literal["reference", "traffic"]

#: Drift is compared with the first days of a feature, from so long before the service's first grid on: events are kept
#: 30 days, so that a new grid has counts from then on.
FIRST_DAYS_BEFORE_GRID_US: Final = 31 * US_PER_DAY
#: So many of a feature's first days with rows, from the first one with a value on, are kept for good: a week, and the
#: day before it, in which the feature appeared.
FIRST_DAYS: Final = 8


@dataclass(frozen=True, slots=True)
class FeatureGrid:
    """The grid on which a feature is counted: it never changes, another one may take its place."""

    key: ServiceKey
    feature: str
    grid: Grid
    made_at: int
    origin: Origin  # a reference that somebody gave, or the service's own traffic


@dataclass(frozen=True, slots=True)
class FeatureCounts:
    """How one version's predictions of an hour or a day (UTC) fell into a feature's newest grid."""

    feature: str
    version: str
    at: int  # start of the step
    counts: Counts


@dataclass(frozen=True, slots=True)
class FeatureChanges:
    """When a service's counts changed last, in numbers that only rise as long as the store is open."""

    whole: int = 0  # when all of them may have changed: a grid, an erasure, retention
    days: Mapping[int, int] = field(default_factory=dict[int, int])  # by the start of a day (UTC)

    def of_day(self, day_us: int) -> int:
        """When the counts of a day, or of its hours, changed last. The same number: they are the same.

        >>> FeatureChanges(3, {0: 5}).of_day(0), FeatureChanges(3, {0: 2}).of_day(0), FeatureChanges().of_day(0)
        (5, 3, 0)
        """
        return max(self.whole, self.days.get(day_us, 0))

    @property
    def last(self) -> int:
        """When any of them changed last."""
        return max(self.whole, *self.days.values()) if self.days else self.whole


@dataclass(frozen=True, slots=True)
class NumberSum:
    """An evaluator's number, summed over one version's counted exchanges of an hour or a day (UTC)."""

    name: str  # `evenkeel.<evaluator>.<number>`
    version: str
    at: int  # start of the step
    n: float  # exchanges that have the number
    total: float
    squares: float
    positive: float  # exchanges of which it is above 0
    weight_squares: float | None = None  # sum of squared weights; None: each exchange stands for itself

    @property
    def effective_n(self) -> float:
        """How many exchanges of equal weight say as much (Kish): what intervals go by."""
        return self.n if not self.weight_squares else self.n * self.n / self.weight_squares


@dataclass(frozen=True, slots=True)
class WaitingFeature:
    """A feature that has no grid, because too few of its values were seen."""

    feature: str
    first_at: int
    present: int  # values so far


@dataclass(frozen=True, slots=True)
class RefusedFeatures:
    """That a service has more features than are counted."""

    feature: str  # the last one that was refused
    last_at: int
    predictions: int  # how often one was


@dataclass(frozen=True, slots=True)
class SegmentLevel:
    """How the predictions of one level of a segment fell into a feature's grid, in each of two windows.

    `level` is None for predictions that name no level; what is not `is_named` are all rarer levels together.
    """

    segment: str
    level: str | None
    is_named: bool
    counts: tuple[Counts, Counts]


@dataclass(frozen=True, slots=True)
class SegmentCounts:
    """A feature by segment, from the predictions of each window that are stored."""

    levels: Sequence[SegmentLevel]
    stored: tuple[int, int]
    read: tuple[int, int]
    one_in: tuple[int, int]  # evenly over the window; 1: all were read


class FeatureRecords(Protocol):
    """What predictions were made of, and what evaluators said of answers."""

    def feature_grids(self, key: ServiceKey) -> Sequence[FeatureGrid]:
        """The newest grid of each feature that has one, by the feature's name."""
        ...

    def set_feature_grids(self, key: ServiceKey, grids: Mapping[str, Grid], *, now_us: int) -> None:
        """Count these features on these grids from now on, and count the stored events on them.

        What was counted on an older grid from events that are gone stays with that grid.
        """
        ...

    def waiting_features(self, key: ServiceKey) -> Sequence[WaitingFeature]:
        """The features that have no grid yet, by name."""
        ...

    def refused_features(self, key: ServiceKey) -> RefusedFeatures | None:
        """Whether a service's features were refused for being too many; None where none was."""
        ...

    def feature_changes(self, key: ServiceKey) -> FeatureChanges:
        """When the counts of a service changed last, in memory: no query.

        What was read after this was asked holds all changes that it tells of.
        """
        ...

    def feature_counts(
        self, key: ServiceKey, window: Window, *, step: Step = "hour", features: Sequence[str] | None = None
    ) -> Sequence[FeatureCounts]:
        """Rows per feature, version and step of the window, on the feature's newest grid, in this order.

        A step belongs to the window in which it starts. A step that was counted on an older grid only has no row.
        """
        ...

    def feature_rows(
        self, key: ServiceKey, window: Window, version: str, features: Sequence[str]
    ) -> Mapping[str, Mapping[int, int]]:
        """Rows of one version by feature and start of the hour: what all buckets of `feature_counts` hold together."""
        ...

    def feature_by_segment(self, key: ServiceKey, feature: str, windows: tuple[Window, Window]) -> SegmentCounts:
        """A feature of the stored predictions of two windows, by the levels of each segment they name.

        On its newest grid. Of many predictions an even part is read. Raises NotFoundError for a feature without a grid.
        """
        ...

    def numbers(
        self, key: ServiceKey, window: Window, names: Sequence[str] | None, *, step: Step = "hour"
    ) -> Sequence[NumberSum]:
        """Sums per name, version and step of the window, in this order; of all names where `names` is None."""
        ...
