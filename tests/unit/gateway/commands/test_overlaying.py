"""Live edits hold until the configured value of their own field changes."""

from __future__ import annotations

from dataclasses import replace

from evenkeel.gateway.commands.model import Effective, KillService, SetFallback, SetLimit, SetWeights
from evenkeel.gateway.commands.overlaying import command_for, hash_of, lay_over, place_of, value_of
from evenkeel.gateway.commands.records import Overlay
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.routes.model import Route, Version

BOT = Route("production", "bot", (Version("1", 1.0, ("u",)), Version("2", 0.0, ("u",))))
TRIAL = Limit("trial", Holder.KEY, "*", Measure.REQUESTS, Period.DAY, 10)
CONFIGURED = Effective({BOT.name: BOT}, {"trial": TRIAL})


def overlay(field: str, value: object, target: str = "production/bot") -> Overlay:
    return Overlay(target, field, value, hash_of(value_of(CONFIGURED, target, field)), "c1")


def test_each_field_is_laid_over() -> None:
    laid = [
        overlay("weights", {"1": 1.0, "2": 3.0}),
        overlay("shadow", {"version": "2", "share": 0.5}),
        overlay("fallback", ["2"]),
        overlay("kill", {"reason": "leaks", "actor": "ada", "at_us": 7}),
        overlay("amount", 99, "limit:trial"),
    ]
    effective, over = lay_over(CONFIGURED, laid)
    route = effective.routes["production/bot"]
    assert over == []
    assert [version.weight for version in route.versions] == [1.0, 3.0]
    assert (route.shadow and route.shadow.share, route.fallback) == (0.5, ("2",))
    assert route.kill is not None
    assert (route.kill.reason, route.kill.actor, route.kill.at_us) == ("leaks", "ada", 7)
    assert effective.limits["trial"].amount == 99


def test_another_configured_value_of_the_field_ends_it_and_one_of_another_field_does_not() -> None:
    laid = [overlay("weights", {"1": 0.0, "2": 1.0})]
    shifted = replace(BOT, versions=(Version("1", 9.0, ("u",)), Version("2", 1.0, ("u",))))
    other = replace(BOT, fallback=("2",))
    effective, over = lay_over(Effective({BOT.name: shifted}), laid)
    assert (effective.routes[BOT.name], over) == (shifted, laid)
    effective, over = lay_over(Effective({BOT.name: other}), laid)
    assert ([version.weight for version in effective.routes[BOT.name].versions], over) == ([0.0, 1.0], [])


def test_a_kill_holds_whatever_is_configured_also_while_its_route_is_not_there() -> None:
    kill = [overlay("kill", {"reason": "leaks", "actor": "ada", "at_us": 7})]
    assert lay_over(Effective(), kill) == (Effective(), [])
    changed = replace(BOT, versions=(Version("3", 1.0, ("u",)),))
    assert lay_over(Effective({BOT.name: changed}), kill)[0].routes[BOT.name].kill is not None


def test_an_edit_of_what_is_gone_is_over() -> None:
    laid = [overlay("weights", {"2": 1.0}), overlay("amount", 5, "limit:trial")]
    assert lay_over(Effective(), laid) == (Effective(), laid)


def test_what_a_command_changes_can_be_made_a_command_again() -> None:
    for command in (
        SetWeights("production", "bot", {"1": 2.0, "2": 1.0}, "why"),
        SetFallback("production", "bot", ("2",), "why"),
        KillService("production", "bot", "why"),
        SetLimit("trial", 5, "why"),
    ):
        target, field = place_of(command)
        value = {
            "weights": {"1": 2.0, "2": 1.0},
            "fallback": ["2"],
            "kill": {"reason": "why"},
            "amount": 5,
        }[field]
        assert command_for(target, field, value, "why") == command


def test_what_is_not_there_has_no_value() -> None:
    assert value_of(Effective(), "production/bot", "weights") is None
    assert value_of(CONFIGURED, "limit:none", "amount") is None
    assert value_of(CONFIGURED, "production/bot", "kill") is None
