"""What a drill says about now."""

from __future__ import annotations

import pytest

from evenkeel.gateway.drill.model import Drill, Proof, Standing
from evenkeel.gateway.drill.rules import own_key, own_route, stand
from evenkeel.gateway.keys.table import parse_keys
from evenkeel.gateway.routes.model import RouteTable
from evenkeel.gateway.routes.table import parse_routes, routes_document

WELL = Drill(1_000_000_000, (Proof("g0", 0.1, 0.2, 0.3), Proof("g1", 0.2, 0.1, 0.1)))


@pytest.mark.parametrize(
    ("drill", "age_s", "standing", "words"),
    [
        (None, 0, Standing.UNKNOWN, "No flip was proven yet"),
        (WELL, 10, Standing.PROVEN, "Proven in 2 workers 10 s ago: flip 0.200 s, kill 0.200 s, old key dead 0.300 s."),
        (WELL, 181, Standing.UNKNOWN, "is not known"),
        (Drill(WELL.at_us, (Proof("g0", 0.1, 1.0, 0.1),)), 1, Standing.FAILED, "g0 took 1.00 s for a kill"),
        (Drill(WELL.at_us, (Proof("g0", fault="does not obey a flip"),)), 1, Standing.FAILED, "g0 does not obey"),
        (Drill(WELL.at_us, ()), 1, Standing.FAILED, ""),
    ],
    ids=str,
)
def test_what_is_known_follows_from_the_last_drill_and_its_age(
    drill: Drill | None, age_s: int, standing: Standing, words: str
) -> None:
    found, finding, todo = stand(drill, None, WELL.at_us + age_s * 1_000_000, 60.0)
    assert (found, words in finding) == (standing, True)
    assert bool(todo) is (standing is not Standing.PROVEN)


def test_a_failure_says_when_it_was_last_proven() -> None:
    failed = Drill(WELL.at_us + 60_000_000, (Proof("g0", fault="does not obey a flip"),))
    assert "1970-01-01T00:16:40" in stand(failed, WELL, failed.at_us, 60.0)[1]


def test_its_route_and_key_are_what_workers_read() -> None:
    own = own_route("http://127.0.0.1:5", "b")
    table = parse_routes(routes_document(RouteTable(1, 0, own.effective.routes, own.upstreams)))
    assert [version.weight for version in table.routes["evenkeel:drill/drill"].versions] == [0.0, 1.0]
    keys = parse_keys({"version": 1, "generation": 1, "keys": [own_key("s")]})
    (key,) = keys.keys.values()
    assert (key.environment, key.allows("drill"), key.allows("bot")) == ("evenkeel:drill", True, False)
