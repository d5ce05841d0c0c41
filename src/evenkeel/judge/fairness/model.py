"""Counts by group: all that fairness is judged by. Nothing is kept of a person.

A row is one prediction about somebody who belongs to one group of each attribute. Groups are named by one name per
attribute, in the order of the attributes, so that the groups of two attributes are their intersections, and the
groups of one attribute are sums over the others. Windows, workers and versions are merged by adding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from evenkeel.kernel.errors import InvalidInputError

#: One name per attribute.
Group = tuple[str, ...]

#: The name of the group of those whose group is not known. They are counted, and compared with nobody.
NOT_STATED: Final = "(not stated)"

#: Groups that one table holds, intersections included: beyond it an attribute is an identifier, not a group.
GROUPS_MAX: Final = 10_000


class Rate(StrEnum):
    """A share of a group's rows that two groups may differ in."""

    SELECTION = "selection rate"  # predicted positive, of all
    TRUE_POSITIVE = "true positive rate"  # predicted positive, of those that are
    FALSE_POSITIVE = "false positive rate"  # predicted positive, of those that are not
    ACCURACY = "accuracy"  # predicted right, of those whose truth is known
    PRECISION = "precision"  # positive in truth, of those predicted positive
    OVERPREDICTION = "overprediction"  # share predicted positive less share that is: calibration of the decision


class Criterion(StrEnum):
    """What a service means by fair. They exclude each other in general: one is chosen, and the choice has a reason."""

    DEMOGRAPHIC_PARITY = "demographic parity"
    EQUAL_OPPORTUNITY = "equal opportunity"
    EQUALISED_ODDS = "equalised odds"
    ACCURACY = "subgroup accuracy"
    PREDICTIVE_PARITY = "predictive parity"
    CALIBRATION = "calibration"


#: The rates in which groups must not differ. The gap of a criterion is the largest of its rates' gaps.
RATES: Final[Mapping[Criterion, tuple[Rate, ...]]] = {
    Criterion.DEMOGRAPHIC_PARITY: (Rate.SELECTION,),
    Criterion.EQUAL_OPPORTUNITY: (Rate.TRUE_POSITIVE,),
    Criterion.EQUALISED_ODDS: (Rate.TRUE_POSITIVE, Rate.FALSE_POSITIVE),
    Criterion.ACCURACY: (Rate.ACCURACY,),
    Criterion.PREDICTIVE_PARITY: (Rate.PRECISION,),
    Criterion.CALIBRATION: (Rate.OVERPREDICTION,),
}


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """Rows of one group by prediction and truth; `positive` and `negative` are those without a truth (yet).

    Raises InvalidInputError for a negative count.

    >>> week = GroupCounts(tp=8, fp=2, tn=9, fn=1, positive=5)
    >>> (week + week).rows, week.labelled
    (50, 20)
    """

    tp: int = 0
    fp: int = 0
    tn: int = 0
    fn: int = 0
    positive: int = 0
    negative: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) >= 0:
                raise InvalidInputError(
                    f"The count {field.name} of a group is {getattr(self, field.name)}.",
                    hint="Give whole numbers of rows, from 0.",
                    count=field.name,
                )

    def __add__(self, other: GroupCounts) -> GroupCounts:
        return GroupCounts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def labelled(self) -> int:
        """Rows whose truth is known."""
        return self.tp + self.fp + self.tn + self.fn

    @property
    def rows(self) -> int:
        """All rows that have a prediction."""
        return self.labelled + self.positive + self.negative


@dataclass(frozen=True, slots=True)
class GroupTable:
    """Counts of each group of some attributes, over any stretch of time.

    `unusable` rows had no prediction, or one that is neither yes nor no: they are told, and count for nothing.
    Raises InvalidInputError where a group does not have one name for each attribute, or groups are too many.

    >>> table = GroupTable(("sex", "age"), {("f", "<40"): GroupCounts(tp=3), ("f", "40+"): GroupCounts(fn=1)})
    >>> table.by("sex").counts
    {('f',): GroupCounts(tp=3, fp=0, tn=0, fn=1, positive=0, negative=0)}
    """

    attributes: tuple[str, ...]
    counts: Mapping[Group, GroupCounts]
    unusable: int = 0

    def __post_init__(self) -> None:
        if len(self.counts) > GROUPS_MAX:
            raise InvalidInputError(
                f"There are {len(self.counts):,} groups of {self.name}; at most {GROUPS_MAX:,} are counted.",
                hint="Join values into fewer groups, such as ages into ranges.",
                attributes=list(self.attributes),
            )
        for group in self.counts:
            if len(group) != len(self.attributes):
                raise InvalidInputError(
                    f"The group {group!r} has {len(group)} names for {len(self.attributes)} attributes"
                    f" ({self.name or 'none'}).",
                    hint="Give one name for each attribute, in their order.",
                    group=list(group),
                )

    def __add__(self, other: GroupTable) -> GroupTable:
        if self.attributes != other.attributes:
            raise InvalidInputError(
                f"Counts by {self.name} cannot be added to counts by {other.name}.",
                hint="Take what both have with `by` first.",
            )
        counts = dict(self.counts)
        for group, more in other.counts.items():
            counts[group] = counts[group] + more if group in counts else more
        return GroupTable(self.attributes, counts, self.unusable + other.unusable)

    @property
    def name(self) -> str:
        """`sex`, or `sex × age` of intersections."""
        return " × ".join(self.attributes)

    @property
    def total(self) -> GroupCounts:
        """All groups together, those not stated included."""
        return add_all(list(self.counts.values()))

    def by(self, *attributes: str) -> GroupTable:
        """The same rows by fewer attributes, or in another order.

        Raises InvalidInputError for an attribute that was not counted.
        """
        absent = [each for each in attributes if each not in self.attributes]
        if absent:
            raise InvalidInputError(
                f"Nothing was counted by {absent[0]!r}.", hint=f"There is {self.name or 'no attribute'}.", asked=absent
            )
        at = [self.attributes.index(each) for each in attributes]
        parts: dict[Group, list[GroupCounts]] = {}
        for group, counts in self.counts.items():
            parts.setdefault(tuple(group[place] for place in at), []).append(counts)
        return GroupTable(attributes, {group: add_all(each) for group, each in parts.items()}, self.unusable)


def add_all(parts: Sequence[GroupCounts]) -> GroupCounts:
    """The sum of counts; of none, zeros."""
    return GroupCounts(*(sum(getattr(part, each.name) for part in parts) for each in fields(GroupCounts)))
