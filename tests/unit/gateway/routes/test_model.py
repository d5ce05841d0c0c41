"""Routes know their names and versions."""

from __future__ import annotations

from evenkeel.gateway.routes.model import Route, Version


def test_a_route_is_called_by_environment_and_service_and_finds_its_versions() -> None:
    route = Route("production", "bot", (Version("1", 1.0, ("a",)), Version("2", 0.0, ("b",))))
    assert route.name == "production/bot"
    found = route.version("2")
    assert found is not None
    assert found.upstreams == ("b",)
    assert route.version("3") is None
