"""From a fault to a notification and to its end: one outage at ten requests a second, told to a webhook."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from evenkeel.testing.receivers.webhook import SECRET, WebhookReceiver

pytestmark = pytest.mark.e2e

SENTENCE = r"Nothing succeeds: the last (\d+) requests failed, in a row over [\d.]+ s\.\n"
EVERY_S = 0.1
PAST_S = 600
#: The issue's own objective of a total outage, from the first failure to the notification.
TOLD_S = 30.0
#: A condition must be clear for so long before its alert is over.
SETTLE_S = 60.0
#: The run of failures is over with the next success.
OVER_S = SETTLE_S + 30.0


class Traffic:
    """Ten requests a second of one service, which fail while `is_down`."""

    def __init__(self, server: Any) -> None:
        self.is_down = False
        self.refused: list[Any] = []
        self._server = server
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        now_s = time.time()
        past = [self._request(now_s - PAST_S + n * EVERY_S) for n in range(round(PAST_S / EVERY_S))]
        assert self._server.post("/v1/events", past)[1]["rejected"] == []
        self._server.await_fold()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _request(self, at_s: float) -> dict[str, Any]:
        status = 500 if self.is_down else 200
        return {"kind": "request", "service": "shop", "at": at_s, "latency_s": 0.2, "status_code": status}

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._stop.is_set():
            status, answer = self._server.post("/v1/events", [self._request(time.time())])
            if status != 200 or answer["rejected"]:
                self.refused.append((status, answer))
            due_s += EVERY_S
            self._stop.wait(due_s - time.monotonic())


@pytest.fixture
def hook() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


def configure(home: Path, hook: WebhookReceiver) -> None:
    home.mkdir()
    # An alert is over when its windows are clear, which takes those of burn rates minutes: here the outage is alone.
    text = f"""
notify:
  channels: {{hook: {{type: webhook, url: '{hook.webhook_url}', secret: 'env:HOOK'}}}}
  default: [hook]
services:
  shop:
    judged: true
    objectives:
      availability: {{enabled: false}}
      error_rate: {{enabled: false}}
      latency_p95: {{enabled: false}}
      latency_p99: {{enabled: false}}
    slos: {{requests: {{sli: errors, target: 99.9 %, alerts: none}}}}
"""
    (home / "evenkeel.yaml").write_text(text, encoding="utf-8")


def heard(hook: WebhookReceiver, event: str) -> list[dict[str, Any]]:
    return [document for document in hook.documents.values() if document["event"] == event]


def test_an_outage_is_told_within_half_a_minute_and_its_end_under_the_same_key(
    start_server: Callable[..., Any], wait_until: Callable[..., Any], tmp_path: Path, hook: WebhookReceiver
) -> None:
    configure(tmp_path / "home", hook)
    server = start_server(tmp_path / "home", env={"HOOK": SECRET})
    with Traffic(server) as traffic:
        wait_until(lambda: "shop" in server.services(), within_s=30, what="the service is known")
        broken = time.monotonic()
        traffic.is_down = True
        hook.wait_until(lambda: bool(heard(hook, "trigger")), 60.0)
        took_s = time.monotonic() - broken
        (trigger,) = heard(hook, "trigger")
        said = re.match(
            r"Nothing succeeds: the last (\d+) requests failed, in a row over [\d.]+ s\.\n", trigger["text"]
        )
        assert said is not None, trigger
        assert int(said[1]) >= 50, "of a hundred, all that had come by then"
        assert (trigger["service"], trigger["level"]) == ("shop", "critical")
        assert trigger["labels"]["rule"] == "hard-outage"
        print(f"{took_s:.1f} s from the fault to the notification")
        assert 10.0 <= took_s <= TOLD_S, "no sooner than a restart takes, and within the objective"
        traffic.is_down = False
        mended = time.monotonic()
        hook.wait_until(lambda: bool(heard(hook, "resolve")), OVER_S)
        (resolve,) = heard(hook, "resolve")
        assert resolve["dedup_key"] == trigger["dedup_key"]
        assert time.monotonic() - mended >= SETTLE_S
        (alert,) = server.api("/alerts?service=shop")["alerts"]
        assert alert["state"] == "resolved"
    assert (hook.problems, traffic.refused) == ([], [])
    assert len(hook.documents) == 2, [document["title"] for document in hook.documents.values()]
