"""A real Alertmanager that delivers to a real evenkeel: alone, as a pair of twins, and while evenkeel is away."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

CONFIG = """
route: {{receiver: evenkeel, group_by: [alertname], group_wait: 100ms, group_interval: 1s, repeat_interval: 1h}}
receivers:
  - name: evenkeel
    webhook_configs:
      - url: {url}/api/v1/receive/alertmanager
        send_resolved: true
        http_config: {{authorization: {{credentials: {key}}}}}
"""


@dataclass
class Alertmanager:
    """One of them."""

    url: str
    process: subprocess.Popen[bytes]

    def post(self, **alert: Any) -> None:
        """Tell it of an alert, as Prometheus does."""
        request = urllib.request.Request(f"{self.url}/api/v2/alerts", json.dumps([alert]).encode())
        request.add_header("content-type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


@pytest.fixture
def start_alertmanager(tmp_path: Path, wait_until: Callable[..., Any]) -> Iterator[Callable[..., Alertmanager]]:
    """start_alertmanager(server): one that delivers to it."""
    program = shutil.which("prometheus-alertmanager")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("Alertmanager is not installed, and in CI it must be")
        pytest.skip("Alertmanager is not installed (Debian package prometheus-alertmanager)")
    started: list[Alertmanager] = []

    def start(server: Any) -> Alertmanager:
        folder = tmp_path / f"alertmanager-{len(started)}"
        folder.mkdir()
        (folder / "config.yml").write_text(CONFIG.format(url=server.url, key=server.key()))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [program, f"--config.file={folder / 'config.yml'}", f"--storage.path={folder}",
                 f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        made = Alertmanager(f"http://127.0.0.1:{port}", process)
        started.append(made)
        wait_until(made.is_ready, within_s=30, what="Alertmanager is ready")
        return made

    yield start
    for each in started:
        each.process.terminate()
        each.process.wait(30)


def now() -> str:
    return datetime.now(UTC).isoformat()


def received(server: Any, name: str) -> list[Any]:
    return [
        alert for alert in server.api("/alerts?source=alertmanager")["alerts"] if alert["labels"]["alertname"] == name
    ]


def test_what_alertmanager_pages_is_in_the_inbox_until_it_is_resolved(
    server: Any, start_alertmanager: Callable[..., Alertmanager], wait_until: Callable[..., Any]
) -> None:
    alertmanager, began = start_alertmanager(server), now()
    labels = {"alertname": "HighErrors", "service": "shop", "severity": "page", "quoted": '"ü\n'}
    alert = {"labels": labels, "annotations": {"summary": "Errors of shop."}, "generatorURL": "http://p.example/graph"}
    alertmanager.post(**alert, startsAt=began)
    (found,) = wait_until(lambda: received(server, "HighErrors"), within_s=30, what="the alert arrives")
    assert (found["state"], found["severity"], found["sentence"]) == ("firing", "page", "Errors of shop.")
    assert found["labels"] == labels
    assert found["evidence"] == "http://p.example/graph"
    alertmanager.post(**alert, startsAt=began, endsAt=now())
    wait_until(
        lambda: [each["state"] for each in received(server, "HighErrors")] == ["resolved"],
        within_s=30, what="its end arrives",
    )  # fmt: skip
    (over,) = received(server, "HighErrors")
    assert over["id"] == found["id"]


def test_two_alertmanagers_that_say_the_same_are_one_alert(
    server: Any, start_alertmanager: Callable[..., Alertmanager], wait_until: Callable[..., Any]
) -> None:
    pair, began = [start_alertmanager(server) for _ in range(2)], now()
    for alertmanager in pair:
        alertmanager.post(labels={"alertname": "Twice", "service": "shop"}, startsAt=began)
    for alertmanager in pair:

        def has_delivered(url: str = alertmanager.url) -> bool:
            with urllib.request.urlopen(f"{url}/metrics", timeout=30) as answer:
                lines = answer.read().decode().splitlines()
            sent = 'alertmanager_notifications_total{integration="webhook"} '
            return any(line.startswith(sent) and float(line.removeprefix(sent)) >= 1 for line in lines)

        wait_until(has_delivered, within_s=30, what="both have delivered")
    (alert,) = wait_until(lambda: received(server, "Twice"), within_s=30, what="the alert arrives")
    history = server.api(f"/alerts/{alert['id']}")["history"]
    assert [entry["what"] for entry in history] == ["opened"]


def test_what_fires_while_evenkeel_is_away_arrives_when_it_is_back(
    start_server: Callable[..., Any],
    start_alertmanager: Callable[..., Alertmanager],
    wait_until: Callable[..., Any],
    tmp_path: Path,
) -> None:
    server = start_server(tmp_path / "home")
    alertmanager = start_alertmanager(server)
    port = server.url.rpartition(":")[2]
    assert server.stop() == 0
    alertmanager.post(labels={"alertname": "Away", "service": "shop"}, startsAt=now())
    # Only the port that Alertmanager knows is asked for: its neighbours may be somebody's by now.
    back = start_server(tmp_path / "home", "--port", port, "--intake-port", 0, "--gateway-port", 0)
    wait_until(lambda: received(back, "Away"), within_s=60, what="the alert arrives after all")
