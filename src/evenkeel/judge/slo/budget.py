"""Error budget: how much may go bad in a period, how much did, and the mode that follows (SPEC SLO-2).

A budget is counted in what its SLO counts: events, or minutes of time. Either way it is for the whole period:
with a tenth of a month gone, a tenth of the budget spent is a service that just keeps its promise. How many events
the rest of a period will bring is not known, so a budget of events is projected at the rate so far.

What nobody saw may have been bad: it makes the spent part an interval, [nothing of it bad, all of it bad], and the
mode is the more cautious of the two that follow (SPEC SLO-4).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from evenkeel.kernel.errors import InvalidInputError

#: Shares of the budget that is left. The edges themselves are caution.
VELOCITY_ABOVE: Final = 0.5
FREEZE_BELOW: Final = 0.2
#: Digits to which shares are compared: 1 - 0.8 is 0.2, whatever floating point makes of it.
_DIGITS: Final = 9
MINUTES_30D: Final = 43_200.0


class Mode(StrEnum):
    """How bold the budget lets one be."""

    VELOCITY = "velocity"
    CAUTION = "caution"
    FREEZE = "freeze"


class Unit(StrEnum):
    """What a budget is counted in."""

    EVENTS = "events"
    MINUTES = "minutes"
    SHARE = "share"  # of the budget itself, where parts of different units burn together
    SAMPLE = "sample"  # of the budget itself too, as far as a sample tells


@dataclass(frozen=True, slots=True)
class Permits:
    """What a mode lets one do."""

    mode: Mode
    left: str  # share of the budget that is left, in words
    means: str
    allows: Mapping[str, bool]  # kind of change -> whether it may go ahead


@dataclass(frozen=True, slots=True)
class Tally:
    """What an SLO counted of a stretch of time, in events or in minutes."""

    total: float  # seen
    bad: float
    unknown: float = 0.0  # not seen: may have been good or bad


@dataclass(frozen=True, slots=True)
class Terms:
    """What a budget is for: the share that may be bad, of a period of so many minutes."""

    budget_ratio: float
    unit: Unit
    length_minutes: float  # of the whole period
    elapsed_minutes: float  # of it, in which something could have been counted


@dataclass(frozen=True, slots=True)
class Budget:
    """An error budget. Where two values are given, the second takes all that is unknown for bad.

    `allowed` is what the whole period may spend, in `unit`; negative remainders are shown as they are.
    """

    unit: Unit
    allowed: float
    spent: tuple[float, float]
    attainment: tuple[float, float]  # (low, high): share of good ones so far
    allowed_minutes: float
    allowed_so_far: float  # of what was counted so far, in `unit`
    total: float  # counted, in `unit`, without the unknown
    unknown: float

    @property
    def remaining(self) -> tuple[float, float]:
        """(low, high) in `unit`; below 0 when overspent."""
        return self.allowed - self.spent[1], self.allowed - self.spent[0]

    @property
    def used_ratio(self) -> tuple[float, float]:
        """(low, high) shares of the budget that are spent; above 1 when overspent."""
        return self.spent[0] / self.allowed, self.spent[1] / self.allowed

    @property
    def remaining_ratio(self) -> tuple[float, float]:
        """(low, high) shares of the budget that are left."""
        low, high = self.used_ratio
        return 1.0 - high, 1.0 - low

    @property
    def spent_minutes(self) -> tuple[float, float]:
        """The spent part as minutes of a total outage, whatever the budget is counted in."""
        return self.used_ratio[0] * self.allowed_minutes, self.used_ratio[1] * self.allowed_minutes

    @property
    def remaining_minutes(self) -> tuple[float, float]:
        """(low, high) minutes of a total outage that are left."""
        return self.allowed_minutes - self.spent_minutes[1], self.allowed_minutes - self.spent_minutes[0]

    @property
    def modes(self) -> tuple[Mode, Mode]:
        """The mode if all that is unknown was bad, and if none of it was."""
        low, high = self.remaining_ratio
        return mode_of(low), mode_of(high)

    @property
    def mode(self) -> Mode:
        """The mode both sides agree on, else the more cautious one; what a sample does not prove is caution."""
        return Mode.CAUTION if self.unit is Unit.SAMPLE and self.is_by_bound else self.modes[0]

    @property
    def is_open(self) -> bool:
        """Whether a sample leaves everything possible, from velocity to freeze: then there is no mode."""
        return self.unit is Unit.SAMPLE and self.modes == (Mode.FREEZE, Mode.VELOCITY)

    @property
    def is_by_bound(self) -> bool:
        """Whether the mode is what it is only because the unknown may have been bad."""
        return self.modes[0] is not self.modes[1]


def mode_of(remaining_ratio: float) -> Mode:
    """The mode of what is left of a budget.

    >>> [mode_of(left).value for left in (0.51, 0.5, 0.2, 0.19, -3.0)]
    ['velocity', 'caution', 'caution', 'freeze', 'freeze']
    """
    left = round(remaining_ratio, _DIGITS)
    if left > VELOCITY_ABOVE:
        return Mode.VELOCITY
    return Mode.CAUTION if left >= FREEZE_BELOW else Mode.FREEZE


@cache
def load_permits() -> Mapping[Mode, Permits]:
    """What each mode permits."""
    text = files("evenkeel.judge.slo").joinpath("modes.toml").read_text(encoding="utf-8")
    found: dict[Mode, Permits] = {}
    for row in tomllib.loads(text)["mode"]:
        kinds = {name: value == "allow" for name, value in row.items() if name not in ("name", "left", "means")}
        mode = Mode(row["name"])
        found[mode] = Permits(mode, row["left"], row["means"], kinds)
    return found


def check_target(target: float) -> None:
    """Raises InvalidInputError for a target that leaves no budget, or no promise."""
    if not 0.0 < target < 1.0:
        raise InvalidInputError(
            f"A target of {100 * target:g} % has no error budget.",
            hint="At 100 % a single bad event is too many, and every burn rate infinite; write e.g. 99.9 %.",
            target=target,
        )


#: Less than this was counted is nothing counted: shares of it would not be finite.
COUNTED_MIN: Final = 1e-9


def compute_budget(tally: Tally, terms: Terms) -> Budget | None:
    """The budget of a period after `tally`; None when there is nothing that could be counted.

    >>> half = compute_budget(Tally(20_000.0, 12.0), Terms(0.001, Unit.MINUTES, MINUTES_30D, 20_000.0))
    >>> [round(value, 3) for value in (half.allowed, half.remaining[0], 100 * half.used_ratio[0])], half.mode.value
    ([43.2, 31.2, 27.778], 'velocity')

    Raises InvalidInputError where `terms` leave no budget.
    """
    check_target(1.0 - terms.budget_ratio)
    seen = tally.total + tally.unknown
    if not seen > COUNTED_MIN or not math.isfinite(seen):
        return None
    allowed_minutes = terms.budget_ratio * terms.length_minutes
    allowed_so_far = terms.budget_ratio * seen
    if terms.unit is Unit.MINUTES:
        allowed = allowed_minutes
    else:
        allowed = allowed_so_far * terms.length_minutes / min(max(terms.elapsed_minutes, 1.0), terms.length_minutes)
    return Budget(
        unit=terms.unit,
        allowed=allowed,
        spent=(tally.bad, tally.bad + tally.unknown),
        attainment=(1.0 - (tally.bad + tally.unknown) / seen, 1.0 - tally.bad / seen),
        allowed_minutes=allowed_minutes,
        allowed_so_far=allowed_so_far,
        total=tally.total,
        unknown=tally.unknown,
    )


def compute_composite(parts: list[tuple[Budget | None, float]], terms: Terms) -> Budget | None:
    """The budget of SLOs that burn together: each spends the share of its own budget times its weight (OpenSLO v1).

    None when nothing of any part was counted. A part without data leaves the rest to speak for it on the good side
    and may have spent all of its budget on the other.
    """
    check_target(1.0 - terms.budget_ratio)
    known = [(budget, weight) for budget, weight in parts if budget is not None]
    if not known:
        return None
    missing = sum(weight for budget, weight in parts if budget is None)
    low = sum(weight * budget.used_ratio[0] for budget, weight in known)
    high = sum(weight * budget.used_ratio[1] for budget, weight in known) + missing
    elapsed = min(max(terms.elapsed_minutes, 1.0), terms.length_minutes) / terms.length_minutes
    shortfalls = tuple(min(1.0, used * terms.budget_ratio / elapsed) for used in (high, low))
    return Budget(
        unit=Unit.SHARE,
        allowed=1.0,
        spent=(low, high),
        attainment=(1.0 - shortfalls[0], 1.0 - shortfalls[1]),
        allowed_minutes=terms.budget_ratio * terms.length_minutes,
        allowed_so_far=elapsed,
        total=sum(budget.total for budget, _ in known),
        unknown=sum(budget.unknown for budget, _ in known),
    )


def percent(ratio: float) -> str:
    """A share of a budget in percent, with one digit, on its own side of every whole percent.

    Whole percents are where the modes end and where a budget is gone: 49.97 % left must not read 50.0 %, and
    99.98 % spent not 100.0 %. What is spent and what is left add up to 100 % as written.

    >>> [percent(minutes / 43.2) for minutes in (12, 38, 8)]
    ['27.8', '87.9', '18.5']
    >>> percent(1 - 38 / 43.2), percent(0.5), percent(-1.25)
    ('12.1', '50.0', '-125.0')
    """
    exact = 100.0 * ratio
    shown = round(exact, 1)
    whole = round(exact)
    if shown == whole and abs(exact - whole) > 10.0 ** (2 - _DIGITS):
        shown = whole + 0.1 if exact > whole else whole - 0.1
    return f"{shown + 0.0:.1f}"  # + 0.0: never -0.0
