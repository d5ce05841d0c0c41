"""Notifications at work in a control of one's own: alerts are sent, and the health page says how that goes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from evenkeel.act.alerts.model import What
from evenkeel.act.notify.deliveries import State
from evenkeel.app.control import Control
from evenkeel.app.home import Home
from evenkeel.app.notifying import LOOK_EVERY_S
from evenkeel.app.stores import Stores
from evenkeel.judge.slo.model import Family, Firing, Observation, RuleId, Severity
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.health import Check, Level

FIRING = Firing(
    RuleId(ServiceKey("production", "bot"), "error_rate", "threshold"),
    Family.THRESHOLD, Severity.PAGE, 5, "2 % of 400 requests in 5 min.", "/events",
)  # fmt: skip


class Receiver(ThreadingHTTPServer):
    """Takes everything, or refuses it."""

    def __init__(self) -> None:
        self.status = 200
        self.paths: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                receiver.paths.append(self.path)
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = _answer  # noqa: N815

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def configure(home: Home, receiver: Receiver) -> Callable[[str], None]:
    def write(rest: str = "") -> None:
        text = f"notify:\n  channels:\n    hook: {{type: webhook, url: '{receiver.url}/hook'}}\n{rest}"
        Path(home.root / "evenkeel.yaml").write_text(text, encoding="utf-8")

    home.create()
    return write


@pytest.fixture
def started(configure: Callable[[str], None], home: Home) -> Iterator[Control]:
    """A control whose notifications go round as in production, and nothing else does."""
    configure("  default: [hook]\n")
    control = Control(Stores.open(home))
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            control.notifying.send()

    sender = threading.Thread(target=loop)
    sender.start()
    pause = threading.Event()
    while not control.notifying.sending.stepped_at_us:
        pause.wait(0.01)
    yield control
    stop.set()
    control.stop()
    sender.join()


def check(control: Control, name: str) -> Check:
    return next(each for each in control.notifying.checks() if each.name == name)


def ended(control: Control, state: State) -> None:
    """Wait until the newest message is that far."""
    pause = threading.Event()
    for _ in range(500):
        found = control.notifying.notifications.deliveries(1)
        if found and found[0].state is state:
            return
        pause.wait(0.01)
    raise AssertionError(control.notifying.notifications.deliveries(1))


def history(control: Control, alert_id: str, what: What) -> list[str]:
    """Lines of one kind, newest first, once what is being sent is written down."""
    control.notifying.sending.stop()
    return [entry.text for entry in control.alerts.history(alert_id) if entry.what is what]


def test_an_alert_is_sent_and_its_history_says_to_whom(started: Control, receiver: Receiver) -> None:
    now_us = started.stores.clock.now_us()
    started.alerts.reconcile(Observation(now_us, (FIRING,)), now_us)
    ended(started, State.DELIVERED)
    assert receiver.paths == ["/hook"]
    (alert,) = started.alerts.firing()
    assert history(started, alert.id, What.TOLD) == [
        "Delivered to hook: Answered 200.",
        "Waits for hook.",
        "Handed to notifications: it fires.",
    ]
    assert check(started, "notifications").finding == "1 channel configured."
    assert "too few" not in check(started, "alert path").finding
    assert started.notifying.meter.read().totals == {("hook", "delivered"): 1}


def test_what_a_channel_refused_is_not_called_sent(started: Control, receiver: Receiver) -> None:
    receiver.status = 404
    now_us = started.stores.clock.now_us()
    started.alerts.reconcile(Observation(now_us, (FIRING,)), now_us)
    ended(started, State.FAILED)
    (alert,) = started.alerts.firing()
    assert history(started, alert.id, What.UNTOLD) == ["Given up for hook: Answered 404."]
    assert not any("Sent" in text or "Delivered" in text for text in history(started, alert.id, What.TOLD))


def test_an_alert_with_nowhere_to_go_is_a_finding_and_in_its_history(
    control: Control, configure: Callable[[str], None]
) -> None:
    now_us = control.stores.clock.now_us()
    control.alerts.reconcile(Observation(now_us, (FIRING,)), now_us)
    (alert,) = control.alerts.firing()
    told = [entry.text for entry in control.alerts.history(alert.id) if entry.what is What.TOLD]
    assert "Nowhere to go: no route leads to a channel." in told
    untold = "No channel is configured: nobody is told of alerts. See /settings/notifications. There were 1 in 24 h."
    assert check(control, "notifications").finding == untold
    configure("")
    control.configuration.refresh()
    found = check(control, "routes")
    assert (found.level, found.facts["nowhere_24h"]) == (Level.WARNING, 1)


def test_a_changed_configuration_changes_channels_and_a_refusing_one_is_a_finding(
    started: Control, receiver: Receiver, configure: Callable[[str], None]
) -> None:
    receiver.status = 404
    configure("    second: {type: webhook, url: 'http://127.0.0.1:9/'}\n  default: [second]\n")
    assert started.configuration.refresh()
    assert {state.name for state in started.notifying.notifications.channels()} == {"hook", "second"}
    found = started.notifying.notifications.test("hook", "ada")
    assert found.state is State.FAILED
    trouble = check(started, "channel hook")
    assert trouble.level is Level.WARNING
    assert "1 message given up in 24 h" in trouble.finding


def test_a_synthetic_page_needs_no_channel(started: Control) -> None:
    started.notifying.try_path()
    ended(started, State.DELIVERED)
    (page,) = started.notifying.notifications.deliveries()
    assert page.synthetic
    assert check(started, "alert path").facts == {"status": "unknown", "messages": 1, "late": 0}


def test_the_watcher_is_called_only_while_fold_judge_and_outbox_go_round(
    started: Control, receiver: Receiver, configure: Callable[[str], None]
) -> None:
    configure(f"  dead_man: {{url: '{receiver.url}/alive', every: 10s}}\n")
    started.configuration.refresh()
    started.folding.stepped_at_us -= 31_000_000
    assert started.notifying.stands_still() == ["fold"]
    started.notifying.call_watcher()
    assert check(started, "dead-man's switch").finding == "It is not called: fold stands still."
    started.folding.stepped_at_us += 31_000_000
    started.notifying.call_watcher()
    assert receiver.paths == ["/alive"]
    found = check(started, "dead-man's switch")
    assert (found.level, found.finding) == (Level.OK, "Called every 10 s, and it answers.")


def test_a_sender_that_stands_still_is_a_breach(control: Control) -> None:
    assert check(control, "notifications").level is Level.OK  # not begun, as for a look offline
    control.notifying.sending.stepped_at_us = control.stores.clock.now_us() - 31_000_000
    assert check(control, "notifications").level is Level.BREACH
    assert control.notifying.stands_still() == ["outbox"]


def test_a_round_that_fails_is_followed_by_a_pause(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def fail() -> None:
        raise OSError("no room")

    monkeypatch.setattr(control.notifying.sending, "step", fail)
    monkeypatch.setattr(control.notifying.sending, "wait", waited.append)
    with pytest.raises(OSError, match="no room"):
        control.notifying.send()
    assert waited == [LOOK_EVERY_S]
