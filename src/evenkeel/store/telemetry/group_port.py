"""The part of the telemetry port that is about groups of people: counts of them, never who is in them (SPEC F-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from evenkeel.kernel.time import Window

if TYPE_CHECKING:
    from evenkeel.store.telemetry.port import ServiceKey  # which takes this part over

#: Rows of one answer: 10,000 groups of six cells each, of one version in one step. An answer with more is not whole.
CELLS_MAX: Final = 60_000


@dataclass(frozen=True, slots=True)
class GroupsAsked:
    """By which attributes groups are told, and the class that people want."""

    attributes: tuple[str, ...]  # of predictions: `segment.<attribute>`
    favourable: str
    step_us: int  # steps are counted back from the end of the window


@dataclass(frozen=True, slots=True)
class GroupCell:
    """Predictions of one version, step and group that were decided alike and turned out alike."""

    version: str
    step: int  # 0: the last one of the window
    group: tuple[str | None, ...]  # None: not stated
    favoured: bool
    deserved: bool | None  # None: not known yet
    n: float  # sum of weights
    squares: float  # sum of squared weights


@dataclass(frozen=True, slots=True)
class PairedCell:
    """Subjects of one group that two versions decided, by how each did."""

    group: tuple[str | None, ...]
    current: bool
    candidate: bool
    deserved: bool | None
    n: int


@dataclass(frozen=True, slots=True)
class SentTable:
    """Counts of groups that somebody sent, as they were sent; of several of one window, version and kind the last."""

    version: str
    start_us: int
    end_us: int
    counts: str  # JSON, see `observe.events.group_counts`


class GroupRecords(Protocol):
    """How groups were decided, and what turned out to be true of them."""

    def group_cells(self, key: ServiceKey, window: Window, asked: GroupsAsked) -> Sequence[GroupCell]:
        """The window's predictions of a class, by version, step and group; more than `CELLS_MAX` are not all."""
        ...

    def paired_cells(
        self, key: ServiceKey, window: Window, asked: GroupsAsked, versions: tuple[str, str]
    ) -> Sequence[PairedCell]:
        """Subjects that both versions (the current one, the candidate) decided; more than `CELLS_MAX` are not all."""
        ...

    def classes_seen(self, key: ServiceKey, window: Window) -> Sequence[str]:
        """Classes that were predicted, the most frequent first; at most 100."""
        ...

    def segments_seen(self, key: ServiceKey, window: Window) -> Sequence[str]:
        """Attributes that predictions name segments by, of the latest ones."""
        ...

    def tables_sent(self, key: ServiceKey, window: Window) -> Sequence[SentTable]:
        """Counts of groups that were sent for times that end within the window, latest first."""
        ...
