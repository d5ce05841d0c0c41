"""What a service's fairness is judged by: counts of groups, from its predictions or as somebody sent them.

Predictions that were sampled count by their weights, and their rates are known as well as by so many rows of one
weight: (sum of weights)² / (sum of squares), Kish 1965. That is taken of the cell where it is the worst, because then
it holds for every share that is made of the cells.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from evenkeel.judge.fairness.candidate import PairedCounts
from evenkeel.judge.fairness.model import GROUPS_MAX, NOT_STATED, Group, GroupCounts, GroupTable
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.group_port import CELLS_MAX, GroupCell, GroupRecords, GroupsAsked, PairedCell, SentTable
from evenkeel.store.telemetry.port import ServiceKey

#: Where a decision and its truth are counted; the name of each cell of `GroupCounts`.
_CELLS: Final[Mapping[tuple[bool, bool | None], str]] = {
    (True, True): "tp",
    (True, False): "fp",
    (False, False): "tn",
    (False, True): "fn",
    (True, None): "positive",
    (False, None): "negative",
}


@dataclass(frozen=True, slots=True)
class GroupEvidence:
    """Counts of a window by the attributes they were told by, and what is wrong with them.

    `by` holds one set of attributes where predictions name groups, and as many as were sent where counts were. `reason`
    says why there is nothing to judge: `no_rows`, `favourable_needed`, `favourable_not_seen`, `too_many_groups`.
    """

    window: Window
    by: Mapping[tuple[str, ...], Sequence[GroupCell]]
    source: str = "predictions"  # or counts
    reason: str = ""
    classes: tuple[str, ...] = ()  # that were predicted
    absent: tuple[str, ...] = ()  # attributes that no prediction names
    segments: tuple[str, ...] = ()  # that predictions name instead, where an attribute is absent
    overlapping: int = 0  # tables of counts that were left out because another one tells of the same time
    left_out: bool = False  # predictions name groups as well, and do not count

    def table(self, attributes: Sequence[str], *, version: str | None = None, step: int | None = None) -> GroupTable:
        """The counts by these attributes; empty where nobody counted by them.

        Of several sets of attributes the smallest that has them is taken, for nobody is to be counted twice.
        """
        having = [each for each in self.by if set(attributes) <= set(each)]
        if not having:
            return GroupTable(tuple(attributes), {})
        chosen = min(having, key=lambda each: (len(each), each))
        cells = [
            cell
            for cell in self.by[chosen]
            if (version is None or cell.version == version) and (step is None or cell.step == step)
        ]
        return table_of(cells, chosen, attributes)

    @property
    def versions(self) -> list[str]:
        """Those that decided anything, by name."""
        return sorted({cell.version for cells in self.by.values() for cell in cells})

    @property
    def steps(self) -> list[int]:
        """Those with anything in them, the earliest first."""
        return sorted({cell.step for cells in self.by.values() for cell in cells}, reverse=True)


def table_of(cells: Iterable[GroupCell], counted: Sequence[str], attributes: Sequence[str]) -> GroupTable:
    """Cells counted by `counted`, added up by `attributes`, as effective rows.

    >>> cells = [GroupCell("1", 0, ("f",), True, True, 40.0, 400.0), GroupCell("1", 0, ("f",), False, None, 5.0, 5.0)]
    >>> table_of(cells, ["sex"], ["sex"]).counts
    {('f',): GroupCounts(tp=4, fp=0, tn=0, fn=0, positive=0, negative=0)}
    """
    places = [list(counted).index(each) for each in attributes]
    sums: dict[Group, dict[str, tuple[float, float]]] = defaultdict(dict)
    for cell in cells:
        name = _CELLS[cell.favoured, cell.deserved]
        known = sums[tuple(cell.group[place] or NOT_STATED for place in places)]
        n, squares = known.get(name, (0.0, 0.0))
        known[name] = n + cell.n, squares + cell.squares
    return GroupTable(tuple(attributes), {group: _effective(parts) for group, parts in sums.items()})


def _effective(parts: Mapping[str, tuple[float, float]]) -> GroupCounts:
    factor = min((n / squares for n, squares in parts.values() if squares > 0.0), default=1.0)
    return GroupCounts(**{name: round(n * factor) for name, (n, _) in parts.items()})


def gather_evidence(
    records: GroupRecords, key: ServiceKey, asked: GroupsAsked, window: Window, *, favourable: str | None
) -> GroupEvidence:
    """The counts of a window. `asked.favourable` is not looked at: it is `favourable`, or 1 where classes are 1 and 0.

    Where counts were sent they are all that is judged: a service that sends them does so because its predictions do
    not say who belongs to which group.
    """
    wanted = asked.attributes
    sent = records.tables_sent(key, window)
    if sent:
        return _of_tables(sent, records.segments_seen(key, window), asked, window)
    classes = tuple(records.classes_seen(key, window))
    if not classes:
        return GroupEvidence(window, {}, reason="no_rows")
    if favourable is None and not {*classes} <= {"0", "1"}:
        return GroupEvidence(window, {}, reason="favourable_needed", classes=classes)
    answer = favourable or "1"
    cells = records.group_cells(key, window, GroupsAsked(wanted, answer, asked.step_us))
    if not any(cell.favoured or cell.deserved for cell in cells):
        return GroupEvidence(window, {}, reason="favourable_not_seen", classes=classes)
    if len(cells) > CELLS_MAX or len({cell.group for cell in cells}) > GROUPS_MAX:  # nothing is judged by a part of it
        return GroupEvidence(window, {}, reason="too_many_groups", classes=classes)
    absent = tuple(name for at, name in enumerate(wanted) if all(cell.group[at] is None for cell in cells))
    segments = tuple(records.segments_seen(key, window)) if absent else ()
    return GroupEvidence(window, {wanted: cells}, classes=classes, absent=absent, segments=segments)


def _of_tables(sent: Sequence[SentTable], segments: Sequence[str], asked: GroupsAsked, window: Window) -> GroupEvidence:
    """Tables that tell of the same time by the same attributes would count people twice: the latest one counts."""
    by: dict[tuple[str, ...], list[GroupCell]] = defaultdict(list)
    taken: dict[tuple[tuple[str, ...], str], list[SentTable]] = defaultdict(list)
    earliest, overlapping = window.start_us, 0
    for table in sent:
        told: Mapping[str, Any] = json.loads(table.counts)
        attributes = tuple(told["attributes"])
        if not {*attributes} & {*asked.attributes}:
            continue
        others = taken[attributes, table.version]
        if any(table.start_us < other.end_us and other.start_us < table.end_us for other in others):
            overlapping += 1
            continue
        others.append(table)
        earliest = min(earliest, table.start_us)
        by[attributes] += _cells_of(told, table.version, (window.end_us - table.end_us) // asked.step_us)
    counted_by = {name for attributes in by for name in attributes}
    return GroupEvidence(
        Window(earliest, window.end_us),
        by,
        source="counts",
        reason="" if by else "no_rows",
        absent=tuple(name for name in asked.attributes if name not in counted_by),
        overlapping=overlapping,
        left_out=bool({*segments} & {*asked.attributes}),
    )


def _cells_of(told: Mapping[str, Any], version: str, step: int) -> list[GroupCell]:
    return [
        GroupCell(version, step, tuple(row["group"]), favoured, deserved, float(row[name]), float(row[name]))
        for row in told["groups"]
        for (favoured, deserved), name in _CELLS.items()
        if row.get(name)
    ]


def paired_of(
    cells: Iterable[PairedCell], counted: Sequence[str], attributes: Sequence[str]
) -> dict[Group, PairedCounts]:
    """Rows that two versions decided, by the groups of these attributes.

    >>> paired_of([PairedCell(("f",), True, False, None, 7)], ["sex"], ["sex"])[("f",)].open_yes_no
    7
    """
    places = [list(counted).index(each) for each in attributes]
    found: dict[Group, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_PAIRED, 0))
    for cell in cells:
        truth = "open" if cell.deserved is None else "true" if cell.deserved else "false"
        name = f"{truth}_{_YES[cell.current]}_{_YES[cell.candidate]}"
        found[tuple(cell.group[place] or NOT_STATED for place in places)][name] += cell.n
    return {group: PairedCounts(**counts) for group, counts in found.items()}


_YES: Final = {True: "yes", False: "no"}
_PAIRED: Final = tuple(each.name for each in fields(PairedCounts))
