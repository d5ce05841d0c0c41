"""The outcome table, compiled: how a request ended, in our words (`outcomes.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from evenkeel.kernel.event import Outcome
from evenkeel.kernel.facts import fact


@fact
class Ending:
    """What a source says of how an operation ended; None where it says nothing."""

    role: str
    failed: bool = False  # the source itself marks it as an error
    status_code: int | None = None
    error: str | None = None  # error.type or the exception's class
    finish: str | None = None  # finish reason of the answer


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    outcome: str
    reason: str
    why: str
    status: tuple[int, int] | None = None
    error: tuple[str, ...] = ()
    finish: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    def fits(self, ending: Ending) -> bool:
        """Whether this row speaks about `ending`."""
        if self.roles and ending.role not in self.roles:
            return False
        if self.status is not None:
            return ending.status_code is not None and self.status[0] <= ending.status_code <= self.status[1]
        if self.error:
            name = (ending.error or "").lower()
            return any(part in name for part in self.error)
        return (ending.finish or "").lower() in self.finish


@cache
def load_outcomes() -> tuple[Rule, ...]:
    """The rows in the order in which they are asked."""
    text = files("evenkeel.observe.events").joinpath("outcomes.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["rule"]
    return tuple(
        Rule(
            outcome=Outcome(row["outcome"]).value,
            reason=row["reason"],
            why=row["why"],
            status=None if "status" not in row else (row["status"][0], row["status"][1]),
            error=tuple(row.get("error", ())),
            finish=tuple(row.get("finish", ())),
            roles=tuple(row.get("roles", ())),
        )
        for row in rows
    )


@lru_cache(maxsize=4096)
def judge_ending(ending: Ending) -> tuple[str, str | None]:
    """(outcome, reason) of an operation that ended so; what its source marks as an error is never good.

    >>> judge_ending(Ending("attempt", failed=True, status_code=503))
    ('bad', 'http_503')
    >>> judge_ending(Ending("entry", status_code=404))
    ('excluded', 'http_404')
    >>> judge_ending(Ending("attempt", finish="stop"))
    ('good', None)
    """
    for rule in load_outcomes():
        if rule.fits(ending) and not (ending.failed and rule.outcome == Outcome.GOOD.value):
            return rule.outcome, rule.reason.format(status=ending.status_code)
    if ending.failed:
        return Outcome.BAD.value, (ending.error or "error")[:80]
    return Outcome.GOOD.value, None
