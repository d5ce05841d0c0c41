"""Pulling at work: who is asked, what is told of it, and how an SLI is read."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from evenkeel.app.configuration import Configuration
from evenkeel.app.control import Control
from evenkeel.app.home import Home
from evenkeel.app.pulling import PATIENCE_US, Pulling, PullingDependencies, plan_of, pulled_query
from evenkeel.judge.slo.model import ErrorsSli, Slo, SourceSli
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE, US_PER_SECOND, Window
from evenkeel.observe.sources.pull import PullPlan
from evenkeel.org.config.secrets import Secrets
from evenkeel.org.config.sources import SourceConfig
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.clock import SimClock
from evenkeel.web.health import Check, Level

NOON_US = 20_000 * US_PER_DAY
SLI = SourceSli("prometheus", total="all", bad="some")


def slo(sli: Any, name: str = "checkout") -> Slo:
    return Slo(ServiceKey("production", "shop"), name, name, sli, 0.99)


@dataclass
class Answering:
    """Answers any query with one point a minute: 10 of `all`, 1 of anything else; or with a status."""

    url: str = ""
    status: int = 200
    seen: list[tuple[str, str]] = field(default_factory=list)  # (query, authorization)


@pytest.fixture
def source() -> Iterator[Answering]:
    answering = Answering()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            answering.seen.append((form["query"][0], self.headers.get("authorization", "")))
            value = "10" if form["query"] == ["all"] else "1"
            points = [[at, value] for at in range(int(form["start"][0]), int(form["end"][0]) + 1, 60)]
            data = {"resultType": "matrix", "result": [{"metric": {}, "values": points}]}
            body = json.dumps({"status": "success", "data": data}).encode()
            self.send_response(answering.status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answering.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield answering
    server.shutdown()
    server.server_close()


@dataclass
class Desk:
    """Pulling with everything it stands on."""

    home: Home
    records: Records
    clock: SimClock
    slos: list[Slo]
    environment: dict[str, str] = field(default_factory=dict)

    def pulling(self, configuration: str) -> Pulling:
        self.home.create()
        self.home.configuration.write_text(configuration, encoding="utf-8")
        current = Configuration(self.home.configuration)
        assert current.problems == []
        secrets = Secrets(self.environment)
        return Pulling(PullingDependencies(self.records, current, lambda: self.slos, self.clock, secrets))


@pytest.fixture
def desk(home: Home) -> Iterator[Desk]:
    records = Records.open("sqlite://")
    yield Desk(home, records, SimClock(NOON_US), [slo(SLI), slo(ErrorsSli(), "errors")])
    records.close()


def only(pulling: Pulling) -> Check:
    (check,) = pulling.checks()
    return check


def test_what_slos_ask_is_pulled_at_the_pace_of_the_source_and_read_by_the_minute(
    desk: Desk, source: Answering
) -> None:
    pulling = desk.pulling(f"sources: {{prometheus: {{url: '{source.url}', every: 1m, backfill_days: 1}}}}")
    assert "first time" in only(pulling).finding
    pulling.step()
    pulling.step()
    assert [query for query, _ in source.seen] == ["some", "all"]  # the second step had nothing new to ask
    last = Window(NOON_US - 3 * US_PER_MINUTE, NOON_US)
    assert [(m.at_us, m.total, m.bad) for m in pulling.read(SLI, last)] == [
        (NOON_US - 3 * US_PER_MINUTE, 10.0, 1.0), (NOON_US - 2 * US_PER_MINUTE, 10.0, 1.0),
    ]  # fmt: skip
    desk.clock.advance(61)
    pulling.step()
    assert len(source.seen) == 4
    assert (only(pulling).level, only(pulling).finding) == (Level.OK, "Read until 1.0 min ago.")


def test_two_slos_that_ask_the_same_are_one_query(desk: Desk) -> None:
    desk.slos.append(slo(SLI, "the same"))
    assert [query.id for query in desk.pulling("").queries()] == [pulled_query(SLI).id]


def test_a_token_is_sent_and_one_that_is_missing_is_told(desk: Desk, source: Answering) -> None:
    text = f"sources: {{prometheus: {{url: '{source.url}', token: 'env:TOKEN'}}}}"
    pulling = desk.pulling(text)
    pulling.step()
    assert source.seen == []
    desk.clock.advance(PATIENCE_US / US_PER_SECOND + 1)
    assert "no environment variable TOKEN" in only(pulling).finding
    desk.environment["TOKEN"] = "s3cret"
    pulling.step()
    assert source.seen[0][1] == "Bearer s3cret"
    assert only(pulling).level is Level.OK


def test_a_source_that_answers_503_is_told_once_it_lasts_and_its_minutes_are_unknown(
    desk: Desk, source: Answering
) -> None:
    source.status = 503
    pulling = desk.pulling(f"sources: {{prometheus: {{url: '{source.url}'}}}}")
    pulling.step()
    assert only(pulling).level is Level.OK  # it may be over in a moment
    desk.clock.advance(300)
    pulling.step()
    assert only(pulling).level is Level.WARNING
    assert only(pulling).finding.startswith("For 5 min: It answers 503.")
    assert pulling.read(SLI, Window(0, NOON_US)) == []
    source.status = 200
    desk.clock.advance(61)
    pulling.step()
    assert only(pulling).level is Level.OK
    assert len(pulling.read(SLI, Window(NOON_US - 10 * US_PER_MINUTE, NOON_US))) == 10


def test_a_source_that_nobody_configured_is_told(desk: Desk) -> None:
    pulling = desk.pulling("")
    pulling.step()
    assert (only(pulling).name, only(pulling).level) == ("source prometheus", Level.WARNING)
    assert "not configured" in only(pulling).finding


def test_a_source_that_nobody_asks_is_well(desk: Desk) -> None:
    desk.slos.clear()
    assert only(desk.pulling("sources: {prometheus: {url: 'http://localhost:1'}}")).finding == "No SLO counts by it."


def test_another_process_goes_on_where_this_one_was(desk: Desk, source: Answering) -> None:
    text = f"sources: {{prometheus: {{url: '{source.url}'}}}}"
    desk.pulling(text).step()
    asked = len(source.seen)
    desk.pulling(text).step()
    assert len(source.seen) == asked


def test_control_pulls_for_its_own_slos(control: Control) -> None:
    control.pulling.step()
    assert control.pulling.queries() == []


def test_a_plan_is_what_is_configured() -> None:
    source = SourceConfig(url="http://localhost:9090", every=120, delay=30, backfill_days=3)
    assert plan_of(source) == PullPlan(120, 30, 3)
