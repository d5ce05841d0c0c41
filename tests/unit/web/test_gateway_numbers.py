"""Numbers of the gateway's workers, told by worker: what Prometheus takes for a counter never falls."""

from __future__ import annotations

from typing import Any

from evenkeel.org.access.model import Scope
from evenkeel.web.gateway_numbers import GatewayNumbers, WorkerNumbers

REQUESTS = ("evenkeel_gateway_requests_total", (("operation", "chat"), ("status", "200")))
OPEN = ("evenkeel_gateway_open", ())


def said(worker: str, pid: int, requests: float, open_now: float = 0.0) -> WorkerNumbers:
    return WorkerNumbers(worker, pid, {REQUESTS: requests, OPEN: open_now})


class Workers:
    """What workers say, as it changes."""

    def __init__(self, *first: WorkerNumbers) -> None:
        self.now = list(first)
        self.numbers = GatewayNumbers(lambda: self.now)

    def total(self, worker: str, *now: WorkerNumbers) -> float | None:
        """Requests of a worker, once they say this."""
        self.now = list(now)
        label = ("worker", worker)
        return next((n for name, labels, n in self.numbers.read() if name == REQUESTS[0] and label in labels), None)


def test_each_worker_has_its_own_series() -> None:
    workers = Workers()
    assert workers.total("g0", said("g0", 1, 5), said("g1", 2, 7)) == 5
    assert workers.total("g1", said("g0", 1, 5), said("g1", 2, 7)) == 7


def test_a_worker_that_is_started_again_goes_on_where_it_was() -> None:
    workers = Workers()
    assert workers.total("g0", said("g0", 1, 50)) == 50
    assert workers.total("g0") == 50
    assert workers.total("g0", said("g0", 2, 60)) == 110
    assert workers.total("g0", said("g0", 2, 3)) == 113, "the same number may be another process's"


def test_a_worker_that_was_there_before_begins_at_nothing() -> None:
    workers = Workers(said("g0", 1, 1_000))
    assert workers.total("g0", said("g0", 1, 1_000)) == 0
    assert workers.total("g0", said("g0", 1, 1_004)) == 4
    assert workers.total("g0", said("g0", 9, 2)) == 6


def test_one_that_was_there_before_and_silent_begins_at_what_it_says_first() -> None:
    workers = Workers(WorkerNumbers("g0", 1, None))
    assert workers.total("g0", said("g0", 1, 1_000)) == 0
    assert workers.total("g0", said("g0", 1, 1_002)) == 2


def test_of_a_worker_that_says_nothing_only_what_was_counted_is_known() -> None:
    workers = Workers(said("g0", 1, 0, open_now=3))
    workers.total("g0", said("g0", 1, 4, open_now=3))
    workers.now = [WorkerNumbers("g0", 1, None)]
    told = {name: value for name, _, value in workers.numbers.read()}
    assert told == {"evenkeel_gateway_worker_up": 0.0, REQUESTS[0]: 4.0}


def test_a_scraper_reads_them_beside_everything_else(world: Any) -> None:
    world.numbers = [said("g0", 1, 5, open_now=2), WorkerNumbers("g1", 2, None)]
    lines = world.program(Scope.READ).get("/metrics").text.splitlines()
    assert 'evenkeel_gateway_requests_total{worker="g0",operation="chat",status="200"} 5' in lines
    assert 'evenkeel_gateway_open{worker="g0"} 2' in lines
    assert 'evenkeel_gateway_worker_up{worker="g1"} 0' in lines
    assert lines.index("# TYPE evenkeel_gateway_requests_total counter") > 0
