"""Rows of the gateway's pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.gateway.routes.model import Kill, Route, Sticky, Version
from evenkeel.kernel.time import US_PER_MINUTE
from evenkeel.kernel.verdict import Limits, Status
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.series import GatewayMinute, GatewayTraffic
from evenkeel.web.gateway_rows import RouteFilter, answers, evidence_document, plan_weights, route_row, route_state
from evenkeel.web.gateway_verdicts import NOTHING, RECENT_MINUTES, RouteEvidence, judge_version
from evenkeel.web.gateway_workers import GatewayStanding, GatewayWorker

BOT = Route("production", "bot", (Version("1", 95, ("u", "v")), Version("2", 5, ("u",))), Sticky.USER)
ALIVE = GatewayStanding(1, 0, (GatewayWorker("g0", 4181, 7, is_alive=True, generation=1),))


def traffic(version: str, good: int = 0, bad: int = 0, other: int = 0) -> GatewayTraffic:
    return GatewayTraffic("production", "bot", version, good, bad, other, 0.5 if good + bad else None, 0, 1)


def seen(version: str, good: int, bad: int = 0, service: Status | None = None) -> RouteEvidence:
    """So many requests in each of the last five minutes."""
    minutes = [
        GatewayMinute("production", "bot", version, at * US_PER_MINUTE, good + bad, bad) for at in range(RECENT_MINUTES)
    ]
    verdict = judge_version(ServiceKey("production", "bot"), version, minutes, Limits(0.001, 0.005), 10 * US_PER_MINUTE)
    return RouteEvidence([traffic(version, 5 * good, 5 * bad)], {version: verdict}, service)


@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        (NOTHING, "no traffic"),
        (seen("1", 200), "answering well"),
        (seen("1", 0, 4), "failing"),  # a version that answers nothing but errors is not green because a worker lives
        (seen("1", 700, 300), "failing"),
        (seen("1", 3), "unproven"),
        (seen("1", 3, service=Status.OK), "answering well"),  # proved over the service's longer window
        (seen("1", 3, 1, service=Status.OK), "failing"),  # each minute has failed: no single burst
        (seen("1", 200, service=Status.BREACH), "failing"),
        (seen("1", 200, service=Status.WARNING), "slipping"),
        (replace(seen("1", 200), verdicts={}), "unproven"),  # it has no target yet
        (replace(seen("1", 0, 4), traffic=[traffic("1", other=9)], verdicts={}), "no traffic"),
    ],
)
def test_a_route_stands_as_its_requests_prove_and_not_as_its_worker_lives(evidence: RouteEvidence, state: str) -> None:
    assert route_state(BOT, ALIVE, evidence) == state
    assert route_state(BOT, GatewayStanding(), evidence) == "unknown"
    assert route_state(replace(BOT, kill=Kill("leaks", "jo", 1)), ALIVE, evidence) == "switched off"


def test_a_version_that_nobody_is_sent_to_any_more_does_not_redden_its_route() -> None:
    evidence, failed = seen("1", 200), seen("2", 0, 4)
    both = RouteEvidence([*evidence.traffic, *failed.traffic], {**evidence.verdicts, **failed.verdicts})
    assert route_state(BOT, ALIVE, both) == "failing"
    flipped = replace(BOT, versions=(Version("1", 1, ("u",)), Version("2", 0, ("u",))))
    settled = replace(both, traffic=evidence.traffic)  # once requests that failed are out of sight
    assert route_state(flipped, ALIVE, settled) == "answering well"
    assert route_state(flipped, ALIVE, both) == "unproven"
    assert route_state(replace(flipped, fallback=("2",)), ALIVE, both) == "failing"


def test_failures_that_another_version_answered_for_are_a_warning() -> None:
    evidence, failed = seen("1", 200), seen("2", 0, 4)
    hidden = RouteEvidence(evidence.traffic, {**evidence.verdicts, **failed.verdicts})
    assert route_state(BOT, ALIVE, hidden) == "slipping"
    assert route_state(BOT, ALIVE, replace(hidden, traffic=[])) == "failing"


def test_requests_that_failed_before_anybody_was_asked_are_not_green() -> None:
    evidence = seen("1", 200)
    refused = replace(evidence, traffic=[*evidence.traffic, traffic("", bad=100)])
    assert route_state(BOT, ALIVE, refused) == "unproven"


def test_a_version_that_looks_worse_than_allowed_is_not_green_because_its_service_is() -> None:
    burst = GatewayMinute("production", "bot", "2", 0, 3, 3)
    key, limits = ServiceKey("production", "bot"), Limits(0.001, 0.005)
    evidence = seen("1", 200, service=Status.OK)
    both = {**evidence.verdicts, "2": judge_version(key, "2", [burst], limits, 10 * US_PER_MINUTE)}
    assert route_state(BOT, ALIVE, replace(evidence, verdicts=both)) == "unproven"


def busy(**breakers: str) -> GatewayStanding:
    """Two workers, of which the first leaves these upstreams alone."""
    first = GatewayWorker("g0", 4181, 7, is_alive=True, generation=1, breakers=breakers)
    return GatewayStanding(1, 0, (first, GatewayWorker("g1", 4181, 8, is_alive=True, generation=1)))


def test_a_route_whose_upstreams_are_left_alone_is_not_green() -> None:
    alone = GatewayStanding(1, 0, busy(u="open", v="half_open").workers[:1])
    assert route_state(BOT, busy(u="open"), seen("1", 200)) == "slipping"
    assert route_state(BOT, busy(u="half_open"), NOTHING) == "slipping"
    assert route_state(BOT, busy(u="open", v="open"), seen("1", 200)) == "slipping"  # the other worker asks them
    assert route_state(BOT, alone, seen("1", 200)) == "failing"
    assert route_state(BOT, busy(u="resting"), seen("1", 200)) == "answering well"
    assert route_state(BOT, busy(other="open"), seen("1", 200)) == "answering well"
    nobody = replace(BOT, versions=(Version("1", 1, ("v",)), Version("2", 0, ("u",))))
    assert route_state(nobody, busy(u="open"), seen("1", 200)) == "answering well"  # nobody is sent there
    assert route_state(replace(nobody, fallback=("2",)), busy(u="open"), seen("1", 200)) == "slipping"
    one, two = route_row(BOT, busy(u="open"), NOTHING)["versions"]
    assert one["alone"] == [{"sign": "warning", "word": "u is left alone after failures in 1 of 2 workers"}]
    assert two["alone"] == one["alone"]
    assert evidence_document(BOT, busy(u="open", x="open"), NOTHING)["left_alone"] == {"u": {"g0": "open"}}


def test_a_route_says_what_its_service_is_in_breach_of() -> None:
    evidence = replace(seen("1", 200, service=Status.BREACH), sentence="Error rate 9 % over an hour.")
    row = route_row(BOT, ALIVE, evidence)
    assert (row["service_sign"], row["service_said"]) == ("breach", "Error rate 9 % over an hour.")
    document = evidence_document(BOT, ALIVE, evidence)
    assert document["objective"] == {"status": "breach", "sentence": "Error rate 9 % over an hour."}
    assert evidence_document(BOT, ALIVE, NOTHING)["objective"] is None


def test_a_version_says_how_it_stands_and_what_would_settle_it() -> None:
    failing, quiet = route_row(BOT, ALIVE, seen("1", 0, 4))["versions"]
    assert (failing["sign"], failing["word"], failing["errors"]) == ("breach", "failing", "100 %")
    assert "outcome=bad" in failing["evidence"]
    assert (quiet["sign"], quiet["word"]) == ("", "")
    unsure = route_row(BOT, ALIVE, seen("1", 3))["versions"][0]
    assert unsure["sign"] == "unknown"
    assert unsure["word"].startswith("Too few to tell; about ")
    assert unsure["word"].endswith(" requests in 5 min would.")


def test_versions_that_are_gone_and_requests_that_reached_none_are_shown_apart() -> None:
    rows = [traffic("", other=10), traffic("0", good=5), traffic("1", good=99, bad=1)]
    row = route_row(BOT, ALIVE, RouteEvidence(rows))
    one, two, gone = row["versions"]
    assert (one["share"], one["per_minute"], one["errors"], one["n"]) == ("95 %", "20", "1 %", "100")
    assert (two["per_minute"], two["n"], two["p95"]) == ("", "", "")
    assert (gone["name"], gone["share"], gone["upstreams"]) == ("0", "0 %", "")
    assert row["refused"] == "2 requests"


def test_who_moves_is_the_sum_of_what_versions_gain() -> None:
    plan = plan_weights(BOT, {"1": 50, "2": 50})
    assert (plan["moved"], plan["changes"]) == ("45 %", True)
    assert plan["whom"].startswith("of the users move")
    assert plan_weights(BOT, {"1": 19, "2": 1})["changes"] is False
    assert "requests" in plan_weights(replace(BOT, sticky=Sticky.NONE), {"2": 1})["whom"]


def test_the_headline_names_what_is_off_and_admits_what_nobody_knows() -> None:
    rows = [route_row(replace(BOT, service=name, kill=Kill("x", "jo", 1)), ALIVE, NOTHING) for name in "abcde"]
    said = answers([*rows, route_row(BOT, ALIVE, NOTHING)], ALIVE, "")
    assert said["how"] == "Of 6 routes, 5 are switched off and 1 has no traffic, by 1 worker."
    assert said["todo"].startswith("production/a, production/b, production/c and 2 more: open it")
    assert said["mood"] == "breach"
    well = answers([route_row(BOT, ALIVE, seen("1", 200))], ALIVE, "")
    assert (well["how"], well["todo"], well["mood"]) == ("The one route is answering well, by 1 worker.", "", "ok")
    quiet = answers([route_row(BOT, ALIVE, NOTHING)], ALIVE, "")
    assert (quiet["how"], quiet["mood"]) == ("The one route has no traffic, by 1 worker.", "unknown")
    nobody = answers([route_row(BOT, GatewayStanding(), NOTHING)], GatewayStanding(), "")
    assert (nobody["mood"], "unknown" in nobody["how"]) == ("warning", True)


def test_a_filter_looks_at_environment_state_and_names() -> None:
    row = route_row(BOT, ALIVE, NOTHING)
    assert RouteFilter("production", "no traffic", "BOT").fits(row)
    assert RouteFilter(text="2").fits(row)
    assert not RouteFilter("staging").fits(row)
    assert not RouteFilter(state="unknown").fits(row)
