"""`evenkeel.fairness`: whether groups of people are treated alike, from a table (SPEC F-1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from evenkeel.judge.fairness.count import count_groups
from evenkeel.judge.fairness.model import Criterion, GroupTable
from evenkeel.judge.fairness.sentences import describe_finding, format_points
from evenkeel.judge.fairness.verdicts import FairnessPolicy, Finding, Observed, audit, judge_finding
from evenkeel.kernel.classes import class_name
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.column import Values
from evenkeel.kernel.time import Window
from evenkeel.kernel.verdict import RISK_ORDER, Status
from evenkeel.library.columns import Columns, told_columns
from evenkeel.library.drawing import PANELS_MAX, draw_groups
from evenkeel.library.opening import open_table
from evenkeel.library.pictures import Picture, picture
from evenkeel.library.showing import Grid, Shown, as_html, as_text
from evenkeel.library.table import find_column
from evenkeel.ui.panels import Panel

#: A table has no clock: what it holds is judged as of itself.
_NOW: Final = Observed(Window(0, 1), 1, 1)


@dataclass(frozen=True)
class FairnessReport(Shown):
    """What each criterion says of each grouping. Prints as a table, what matters most first.

    `table` are the counts, of groups and never of persons: reports of other windows and machines are added to it.
    """

    table: GroupTable
    policy: FairnessPolicy
    findings: tuple[tuple[Finding, Status], ...]

    @property
    def status(self) -> str:
        """The worst of all: breach, warning, partial, unknown, ok."""
        found = {status for _, status in self.findings}
        return next((status.value for status in RISK_ORDER if status in found), Status.UNKNOWN.value)

    def __str__(self) -> str:
        """A table for a terminal."""
        return as_text(self._grid())

    def plot(self, criterion: str | None = None) -> Picture:
        """Rates by group with their intervals, what matters most first, of all criteria or of one.

        Raises InvalidInputError for a criterion that was not looked at, and where no group could be compared.
        """
        known = list(dict.fromkeys(found.criterion.value for found, _ in self.findings))
        if criterion is not None and criterion not in known:
            hint = f"There is {', '.join(known) or 'none'}."
            raise InvalidInputError(f"{criterion!r} was not looked at.", hint=hint, seen=criterion)
        return picture(self._panels(criterion))

    def _panels(self, criterion: str | None = None) -> list[Panel]:
        drawn: dict[str, Panel] = {}
        for found, _ in self._ranked():
            if criterion in (None, found.criterion.value):
                by = " × ".join(found.attributes)
                named = ((f"{gap.rate.value} by {by}", gap) for gap in found.gaps if gap.groups)
                drawn |= {name: draw_groups(name, gap) for name, gap in named if name not in drawn}
        return list(drawn.values())[:PANELS_MAX]

    def _table(self) -> str:
        return as_html(self._grid())

    def sentences(self) -> tuple[str, ...]:
        """What each finding says in words, with what would settle it."""
        return tuple(describe_finding(found, self.policy, status) for found, status in self._ranked())

    def _ranked(self) -> list[tuple[Finding, Status]]:
        return sorted(self.findings, key=lambda each: RISK_ORDER.index(each[1]))

    def _grid(self) -> Grid:
        rows: list[tuple[str, ...]] = []
        for found, status in self._ranked():
            gap = "unknown" if found.difference is None else format_points(found.difference)
            ratio = "unknown" if found.ratio is None else f"{found.ratio.value:.2f}"
            surely = "yes" if found.significant else "no"
            rows.append((found.criterion.value, " × ".join(found.attributes), status.value, gap, ratio, surely))
        heading = ("criterion", "groups", "verdict", "gap, 95 % interval", "ratio", "beyond chance")
        caption = f"Fairness: {self.status}. {self.table.total.rows:,} rows; chosen because {self.policy.why}"
        return Grid(caption, heading, tuple(rows), self.sentences())


def fairness(
    data: object,
    columns: Columns | None = None,
    *,
    groups: Collection[str],
    policy: FairnessPolicy | None = None,
    **named: Any,
) -> FairnessReport:
    """Whether the groups in columns `groups` are treated alike, by themselves and crossed.

    `fairness(table, groups=["sex"], predicted="hired", truth="qualified")`. A table is whatever `evenkeel.profile`
    takes. Without a `policy`, demographic parity is looked at, and with `truth` equalised odds as well; `positive`
    names the answer that people want, where it is not 1 or true. A fair model shows anything beyond chance in at
    most one audit of a hundred. Raises InvalidInputError for columns that are not there, answers that are not two.

    >>> made = {"sex": ["f", "m"] * 500, "hired": [0, 1, 1, 1] * 250}
    >>> report = fairness(made, groups=["sex"], predicted="hired")
    >>> report.status, report.sentences()[0][:48]
    ('breach', 'Demographic parity by sex: 50 points [44.9–54.4]')
    """
    if not groups:
        raise InvalidInputError("No groups are named.", hint="Name the columns that hold them, e.g. groups=['sex'].")
    told = told_columns(columns, named)
    if told.predicted is None:
        raise InvalidInputError("No decisions are named.", hint="Name their column, e.g. predicted='hired'.")
    table = open_table(data)
    names = [find_column(table, name) for name in groups]
    asked = [find_column(table, name) for name in (told.predicted, told.truth) if name is not None]
    read = table.values([*names, *asked])  # at once: two readings may come in two orders
    answers = [_answers(column, told.positive) for column in read[len(names) :]]
    counts = count_groups(dict(zip(names, read, strict=False)), *answers)
    chosen = policy or _usual(has_truth=told.truth is not None)
    found = tuple((each, _status(each, chosen)) for each in audit(counts, chosen))
    return FairnessReport(counts, chosen, found)


def _usual(*, has_truth: bool) -> FairnessPolicy:
    """What is looked at where nobody says what fair means here."""
    more = (Criterion.EQUALISED_ODDS,) if has_truth else ()
    return FairnessPolicy((Criterion.DEMOGRAPHIC_PARITY, *more), why="nobody has said yet what fair means here")


def _status(found: Finding, policy: FairnessPolicy) -> Status:
    return judge_finding(found, policy, _NOW, now_us=1, valid_for_us=1).status


def _answers(column: Values, positive: object) -> Values:
    """1 for the positive answer, 0 for another, NaN for none."""
    if positive is None:
        return column
    wanted = class_name(positive)
    listed = column.tolist() if isinstance(column, np.ndarray) else column
    names = [class_name(value) for value in listed]
    if wanted not in names:
        known = ", ".join(sorted({repr(name) for name in names if name is not None})[:20])
        raise InvalidInputError(f"No row answers {positive!r}.", hint=f"There are {known}.", seen=positive)
    return np.array([np.nan if name is None else float(name == wanted) for name in names])
