"""Commands against what is in force."""

from __future__ import annotations

import pytest

from evenkeel.gateway.commands.model import (
    Command,
    Effective,
    KillService,
    ReviveService,
    SetFallback,
    SetLimit,
    SetShadow,
    SetWeights,
)
from evenkeel.gateway.commands.rules import apply, document
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.routes.model import Kill, Route, Version
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError, NotFoundError

AT = ("production", "bot")
ROUTE = Route(*AT, (Version("v1", 100.0, ("a",)), Version("v2", 0.0, ("b",))))
LIMIT = Limit("care", Holder.TEAM, "care", Measure.TOKENS, Period.DAY, 1_000)
FORCE = Effective({ROUTE.name: ROUTE}, {LIMIT.id: LIMIT})


def after(effective: Effective, command: Command, now_us: int = 7) -> Effective:
    return apply(effective, command, actor="jo", now_us=now_us)


@pytest.mark.parametrize(
    ("command", "before", "then"),
    [
        (SetWeights(*AT, {"v1": 90, "v2": 10}), {"weights": {"v1": 100, "v2": 0}}, {"weights": {"v1": 90, "v2": 10}}),
        (SetWeights(*AT, {"v2": 1}), {"weights": {"v1": 100, "v2": 0}}, {"weights": {"v1": 0, "v2": 1}}),
        (SetShadow(*AT, "v2", 0.05), {"shadow": None}, {"shadow": {"version": "v2", "share": 0.05}}),
        (SetFallback(*AT, ("v2",)), {"fallback": []}, {"fallback": ["v2"]}),
        (KillService(*AT, " it lies "), {"kill": None}, {"kill": {"reason": "it lies", "actor": "jo", "at_us": 7}}),
        (SetLimit("care", 5), {"amount": 1_000}, {"amount": 5}),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_command_changes_what_it_says_once(command: Command, before: object, then: object) -> None:
    changed = after(FORCE, command)
    assert document(FORCE, command) == before
    assert document(changed, command) == then
    assert after(changed, command, now_us=8) is changed


def test_a_command_leaves_all_else_as_it_is() -> None:
    other = Route("staging", "bot", ROUTE.versions)
    force = Effective({ROUTE.name: ROUTE, other.name: other}, FORCE.limits)
    changed = after(force, SetWeights(*AT, {"v2": 1}))
    assert changed.routes[other.name] is other
    assert changed.limits is force.limits
    assert force.routes[ROUTE.name] is ROUTE


def test_a_killed_service_is_revived_with_the_weights_it_had() -> None:
    killed = after(FORCE, KillService(*AT, "it lies"))
    assert killed.routes[ROUTE.name].kill == Kill("it lies", "jo", 7)
    assert after(killed, ReviveService(*AT)) == FORCE
    assert after(FORCE, ReviveService(*AT)) is FORCE


def test_a_shadow_is_taken_away() -> None:
    shadowed = after(FORCE, SetShadow(*AT, "v2"))
    assert after(shadowed, SetShadow(*AT, None)) == FORCE


@pytest.mark.parametrize(
    ("command", "kind", "said"),
    [
        (SetWeights("production", "bto", {"v1": 1}), NotFoundError, "Did you mean production/bot?"),
        (SetLimit("billing", 5), NotFoundError, "There are care."),
        (SetWeights(*AT, {"v3": 1}), InvalidInputError, "has no version 'v3'. There are v1, v2."),
        (SetWeights(*AT, {}), InvalidInputError, "sum up to 0"),
        (SetWeights(*AT, {"v1": 0, "v2": 0}), InvalidInputError, "to stop the service, kill it"),
        (SetWeights(*AT, {"v1": 2, "v2": -1}), InvalidInputError, "-1 is no weight of v2"),
        (SetWeights(*AT, {"v1": float("nan")}), InvalidInputError, "nan is no weight"),
        (SetWeights(*AT, {"v1": float("inf")}), InvalidInputError, "inf is no weight"),
        (SetShadow(*AT, "v9"), InvalidInputError, "has no version 'v9'"),
        (SetShadow(*AT, "v2", 1.5), InvalidInputError, "Write 0 to 1"),
        (SetShadow(*AT, "v2", float("nan")), InvalidInputError, "Write 0 to 1"),
        (SetFallback(*AT, ("v9",)), InvalidInputError, "has no version 'v9'"),
        (SetFallback(*AT, ("v2", "v2")), InvalidInputError, "Name each once"),
        (KillService(*AT, "  "), InvalidInputError, "needs a reason"),
        (KillService(*AT, "x" * 501), InvalidInputError, "up to 500 characters, not 501"),
        (SetLimit("care", 0), InvalidInputError, "Write 1 to"),
        (SetLimit("care", 10**18 + 1), InvalidInputError, "Write 1 to"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_with_what_is_allowed(
    command: Command, kind: type[EvenkeelError], said: str
) -> None:
    with pytest.raises(kind) as refused:
        after(FORCE, command)
    assert said in str(refused.value)
