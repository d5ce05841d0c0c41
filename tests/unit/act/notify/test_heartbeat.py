"""The watcher outside is called as long as everything goes round, and only then."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from evenkeel.act.notify.heartbeat import Heartbeat, HeartbeatDependencies
from evenkeel.act.notify.model import Request, Response
from evenkeel.org.config.notify import DeadManConfig
from evenkeel.org.config.secrets import Secrets
from evenkeel.testing.clock import SimClock


@dataclass
class Outside:
    """A watcher, and the house that calls it."""

    clock: SimClock = field(default_factory=SimClock)
    config: DeadManConfig | None = field(default_factory=lambda: DeadManConfig(url="env:WATCHER", every=60))
    environment: dict[str, str] = field(default_factory=lambda: {"WATCHER": "https://watch.example/s3cret"})
    still: list[str] = field(default_factory=list)
    status: int = 200
    calls: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        self.calls.append(request)
        return Response(self.status, b"")

    def heartbeat(self) -> Heartbeat:
        given = HeartbeatDependencies(
            self.clock, lambda: self.config, Secrets(self.environment), self.send, lambda: self.still
        )
        return Heartbeat(given)


@pytest.fixture
def outside() -> Outside:
    return Outside()


def test_it_is_called_at_once_and_then_as_often_as_configured(outside: Outside) -> None:
    heartbeat = outside.heartbeat()
    called = []
    for _ in range(121):
        called.append(heartbeat.step())
        outside.clock.advance(1.0)
    assert [second for second, was in enumerate(called) if was] == [0, 60, 120]
    assert (outside.calls[0].method, outside.calls[0].url) == ("GET", "https://watch.example/s3cret")
    assert heartbeat.heard_at_us == outside.clock.now_us() - 1_000_000


def test_it_is_not_called_while_something_stands_still_and_at_once_afterwards(outside: Outside) -> None:
    heartbeat = outside.heartbeat()
    outside.still = ["fold"]
    assert not heartbeat.step()
    assert heartbeat.problem == "It is not called: fold stands still."
    outside.still = []
    assert heartbeat.step()
    assert heartbeat.problem == ""


@pytest.mark.parametrize(("status", "said"), [(0, "It was not reached."), (500, "It answered 500.")])
def test_a_call_in_vain_is_told_and_repeated_in_time(outside: Outside, status: int, said: str) -> None:
    heartbeat = outside.heartbeat()
    outside.status = status
    assert not heartbeat.step()
    assert (heartbeat.problem, heartbeat.heard_at_us) == (said, None)
    outside.status = 204
    outside.clock.advance(60.0)
    assert heartbeat.step()
    assert heartbeat.problem == ""


def test_a_secret_that_is_not_there_is_named_and_not_shown(outside: Outside) -> None:
    heartbeat = outside.heartbeat()
    outside.environment.clear()
    assert not heartbeat.step()
    assert "no environment variable WATCHER" in heartbeat.problem
    assert outside.calls == []


def test_without_a_watcher_nothing_is_called_and_nothing_is_wrong(outside: Outside) -> None:
    heartbeat = outside.heartbeat()
    outside.config = None
    assert not heartbeat.step()
    assert (heartbeat.problem, outside.calls) == ("", [])
