"""From a fault to a notification, on the running product, beside a real Prometheus and Alertmanager on the same fault.

Twenty services of one `evenkeel up` get ten requests a second each over the event API, after an hour of history; one
after the other all of their requests fail, and a webhook notes when it is told. The outage rule is satisfied as soon
as `judge_outage` asks for no more failures, counted from the first one as it was sent. Prometheus scrapes the same
product every 15 s, with the rules that it exports and the same history; Alertmanager groups for 30 s, and tells the
same receiver of three of the services.
"""

from __future__ import annotations

import http.client
import json
import math
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

import duckdb
from bench.processes import until, up
from bench.prometheus import GROUP_WAIT_S, INTERVAL_S, Subject, missing, watching
from bench.report import Row

from evenkeel.app.home import Home
from evenkeel.judge.slo.outage import judge_outage
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.telemetry.series import OutcomeAt
from evenkeel.testing.receivers.server import Received, Reply
from evenkeel.testing.receivers.webhook import SECRET, WebhookReceiver

HEADING = "From a fault to a notification: total outages at 10 requests/s of the running product"
SERVICES: Final = tuple(f"bot-{number:02}" for number in range(20))
COMPARED: Final = SERVICES[:3]
PER_SECOND: Final = 10
PAST_S: Final = 3_600
LEAD_S: Final = 60.0  # of live traffic before anything breaks
GAP_S: Final = 5.0  # between two faults: a third of a scrape
TOLD_S: Final = 60.0
TOLD_BY_ALERTMANAGER_S: Final = 240.0
KNOWN_S: Final = 60.0
REQUIRED_AFTER_RULE_S: Final = 10.0
REQUIRED_AFTER_FAULT_S: Final = 30.0
BUDGET: Final = 0.001


class Inbox(WebhookReceiver):
    """The receiver of both, which notes when each service was first told, and of what."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, str], float] = {}  # (service, rule or who told) -> wall clock
        super().__init__()

    def answer(self, request: Received) -> Reply:
        """What the product sends is checked; what Alertmanager sends is read."""
        now_s = time.time()
        document = request.json
        if request.path == "/alertmanager":
            for alert in document["alerts"]:
                self._note(alert["labels"]["sloth_service"], "alertmanager", now_s)
            return Reply(204)
        reply = super().answer(request)
        if document["event"] == "trigger" and document["level"] == "critical":
            self._note(document["service"], "page", now_s)
            self._note(document["service"], f"first {document['labels']['rule']}", now_s)
            if "Nothing succeeds" in document["text"]:
                self._note(document["service"], "outage", now_s)
        return reply

    def _note(self, service: str, what: str, now_s: float) -> None:
        self.told.setdefault((service, what), now_s)

    def has(self, what: str, services: Sequence[str]) -> bool:
        """Whether all of them were told so."""
        return all((service, what) in self.told for service in services)


class Live:
    """Ten requests a second of each service over one connection; those of broken ones fail."""

    def __init__(self, port: int, key: str) -> None:
        self.failed_at_s: dict[str, float] = {}  # service -> when its first failing request was
        self.error: Exception | None = None
        self._broken: set[str] = set()
        self._headers = {"content-type": "application/json", "x-evenkeel-key": key}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._connection.close()

    def wait(self, seconds: float) -> None:
        """Let it go on. Raises RuntimeError when it ended of itself."""
        self._thread.join(seconds)
        if not self._thread.is_alive():
            raise RuntimeError("traffic ended") from self.error

    def fail(self, service: str) -> None:
        """From now on nothing of this service succeeds."""
        self._broken.add(service)

    def _run(self) -> None:
        due_s = time.monotonic()
        try:
            while not self._stop.is_set():
                self._send(time.time())
                due_s += 1 / PER_SECOND
                self._stop.wait(due_s - time.monotonic())
        except (OSError, http.client.HTTPException, RuntimeError) as error:
            self.error = error

    def _send(self, now_s: float) -> None:
        broken = set(self._broken)
        rows = [
            {"kind": "inference", "service": service, "at": now_s, "latency_s": 0.2, "status_code": 500 if bad else 200}
            for service in SERVICES
            for bad in (service in broken,)
        ]
        self._connection.request("POST", "/v1/events", json.dumps(rows), self._headers)
        answer = self._connection.getresponse()
        said = json.loads(answer.read())
        if answer.status != 200 or said["rejected"]:
            raise RuntimeError(f"events were answered {answer.status}: {said}")
        for service in broken - self.failed_at_s.keys():
            self.failed_at_s[service] = now_s


def measure(*, full: bool = False) -> Sequence[Row]:
    """Twenty outages, three of them seen by Prometheus too."""
    del full
    reason = missing()
    with tempfile.TemporaryDirectory() as directory, Inbox() as inbox, ExitStack() as stack:
        home = Home(Path(directory) / "home")
        home.create()
        _configure(home, inbox)
        past_end_s = _import_past(home, Path(directory))
        _, _, _, served = stack.enter_context(up(home.root))
        keys = {scope: _key(home, scope) for scope in ("intake", "read")}
        live = stack.enter_context(Live(home.intake_port(), keys["intake"]))
        began_s = time.monotonic()
        until(lambda: _known(served["url"], keys["read"]) == len(SERVICES), KNOWN_S, "all services are known")
        if not reason:
            subject = Subject(
                home.root, served["url"], keys["read"], f"{inbox.url}/alertmanager", COMPARED, PER_SECOND, PAST_S,
                past_end_s,
            )  # fmt: skip
            stack.enter_context(watching(Path(directory) / "prometheus", subject))
        live.wait(max(0.0, began_s + LEAD_S - time.monotonic()))
        if inbox.told:
            raise RuntimeError(f"told before anything broke: {sorted(inbox.told)}")
        _break(live, inbox)
        if not reason:
            inbox.wait_until(lambda: inbox.has("alertmanager", COMPARED), TOLD_BY_ALERTMANAGER_S)
        if inbox.problems:
            raise RuntimeError(f"the receiver refused: {inbox.problems}")
    return _rows(inbox, live.failed_at_s, reason)


def _break(live: Live, inbox: Inbox) -> None:
    """One service after the other, until the last one is told of."""
    for service in SERVICES:
        live.fail(service)
        live.wait(GAP_S)
    inbox.wait_until(lambda: inbox.has("outage", SERVICES), TOLD_S)


def _rows(inbox: Inbox, failed_at_s: dict[str, float], reason: str) -> list[Row]:
    def after(what: str, services: Sequence[str]) -> list[float]:
        return sorted(inbox.told[service, what] - failed_at_s[service] for service in services)

    by_rule, by_fault = [each - satisfied_after_s() for each in after("outage", SERVICES)], after("page", SERVICES)
    first = [min((at, what) for (who, what), at in inbox.told.items() if who == service and what.startswith("first "))
             for service in SERVICES]  # fmt: skip
    rules = sorted({what.removeprefix("first ") for _, what in first})
    rows = [
        Row(
            f"outage rule satisfied to notification, p95 of {len(SERVICES)}",
            by_rule[math.ceil(0.95 * len(by_rule)) - 1],
            "s",
            REQUIRED_AFTER_RULE_S,
            at_most=True,
            beside=f"median {statistics.median(by_rule):.2f}, worst {by_rule[-1]:.2f}",
        ),
        Row(
            f"fault to first page, the worst of {len(SERVICES)}",
            by_fault[-1],
            "s",
            REQUIRED_AFTER_FAULT_S,
            at_most=True,
            beside=f"median {statistics.median(by_fault):.1f}, by {' or '.join(rules)}"
            + (f"; Prometheus left out: {reason}" if reason else ""),
        ),
    ]
    if reason:
        return rows
    theirs, ours = after("alertmanager", COMPARED), after("page", COMPARED)
    beside = f"{theirs[0]:.0f} to {theirs[-1]:.0f}, scraped every {INTERVAL_S} s, grouped for {GROUP_WAIT_S} s; ours of"
    beside += f" the same faults {statistics.median(ours):.1f}"
    what = f"the same through Prometheus and Alertmanager, median of {len(COMPARED)}"
    return [*rows, Row(what, statistics.median(theirs), "s", beside=beside)]


def satisfied_after_s() -> float:
    """Seconds of failures, one each tenth of a second, until the outage rule asks for no more."""
    failures: list[OutcomeAt] = []
    for number in range(60 * PER_SECOND):
        at_us = number * US_PER_SECOND // PER_SECOND
        failures.insert(0, OutcomeAt(at_us, bad=True, probe=False, caller=None, weight=1.0))
        run = judge_outage(failures, per_minute=60.0 * PER_SECOND, budget_ratio=BUDGET, now_us=at_us)
        if run is not None and run.fires:
            return at_us / US_PER_SECOND
    raise RuntimeError("a minute of failures is no outage")


def _configure(home: Home, inbox: Inbox) -> None:
    secret = home.root / "hook.secret"
    secret.write_text(SECRET, encoding="utf-8")
    channel = {"type": "webhook", "url": inbox.webhook_url, "secret": f"file:{secret}"}
    document = {"notify": {"channels": {"hook": channel}, "default": ["hook"]}}
    (home.root / "evenkeel.yaml").write_text(json.dumps(document), encoding="utf-8")  # JSON is YAML


def _import_past(home: Home, folder: Path) -> float:
    """An hour of good requests of every service, up to now; answers when it ended."""
    now_s, file, mapping = time.time(), folder / "past.parquet", folder / "mapping.yaml"
    duckdb.sql(
        f"COPY (SELECT {now_s - PAST_S} + n / {PER_SECOND} AS at, printf('bot-%02d', i) AS service, 200 AS status,"
        f" 0.2 AS took FROM range({PAST_S * PER_SECOND}) a(n), range({len(SERVICES)}) b(i) ORDER BY 1) TO '{file}'"
    )
    columns = {"at": "at", "service": "service", "status_code": "status", "latency_s": "took"}
    mapping.write_text(json.dumps({"name": "bench", "columns": columns, "time": "seconds"}), encoding="utf-8")
    _evenkeel("import", str(file), "--mapping", str(mapping), "--home", str(home.root))
    return now_s


def _key(home: Home, scope: str) -> str:
    said = _evenkeel("keys", "create", f"bench {scope}", "--scope", scope, "--home", str(home.root), "--json")
    return json.loads(said)["secret"]


def _evenkeel(*arguments: str) -> str:
    command = [sys.executable, "-m", "evenkeel.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _known(url: str, key: str) -> int:
    request = urllib.request.Request(f"{url}/api/v1/services", headers={"authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        services: list[Any] = json.load(answer)["services"]
    return len(services)
