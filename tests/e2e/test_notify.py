"""Notifications of the running product, at receivers that take only what the providers document."""

from __future__ import annotations

import json
import os
import re
import signal
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evenkeel.testing.receivers.pagerduty import ROUTING_KEY, PagerDutyReceiver
from evenkeel.testing.receivers.server import Received, Reply
from evenkeel.testing.receivers.slack import CHANNEL_ID, TOKEN, SlackReceiver

pytestmark = pytest.mark.e2e

#: From the moment an alert is told until the receiver has it; the alert path's own objective.
DELIVERED_S = 10.0
SECRETS = {"PAGER": ROUTING_KEY, "CHAT": TOKEN}


class Pager(PagerDutyReceiver):
    """PagerDuty, which may be down."""

    is_down = False

    def answer(self, request: Received) -> Reply:
        return Reply(503, b"later") if self.is_down else super().answer(request)


@pytest.fixture
def pager() -> Iterator[Pager]:
    with Pager() as receiver:
        yield receiver


@pytest.fixture
def chat() -> Iterator[SlackReceiver]:
    with SlackReceiver() as receiver:
        yield receiver


def configure(home: Path, pager: Pager, chat: SlackReceiver, *, routes: str = "") -> None:
    home.mkdir(parents=True, exist_ok=True)
    text = f"""
notify:
  channels:
    pager: {{type: pagerduty, routing_key: 'env:PAGER', base_url: '{pager.url}'}}
    chat: {{type: slack, token: 'env:CHAT', channel: {CHANNEL_ID}, base_url: '{chat.api_url}'}}
{routes}
"""
    fresh = home / ".new"
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(home / "evenkeel.yaml")


def told(server: Any, service: str) -> list[Any]:
    """The alerts of a service that people were told of, first ones first."""
    alerts = server.api(f"/alerts?state=firing&service={service}")["alerts"]
    return sorted((each for each in alerts if each["told_at"]), key=lambda each: each["told_at"])


def keys_of(receiver: PagerDutyReceiver) -> list[str]:
    return [alert.dedup_key for alert in receiver.alerts]


def test_a_fault_pages_and_whoever_acknowledges_it_is_seen_everywhere(
    start_server: Callable[..., Any],
    wait_until: Callable[..., Any],
    run: Any,
    tmp_path: Path,
    pager: Pager,
    chat: SlackReceiver,
) -> None:
    home = tmp_path / "home"
    configure(home, pager, chat, routes="  default: [pager, chat]")
    server = start_server(home, env=SECRETS)
    server.feed("good-bot", failing=0.0)
    server.feed("broken-bot", failing=0.2)
    (alert, *_) = wait_until(lambda: told(server, "broken-bot"), within_s=60, what="people are told")
    pager.wait_until(lambda: bool(pager.alerts), DELIVERED_S)
    chat.wait_until(lambda: bool(chat.roots), DELIVERED_S)
    trigger, root = pager.alerts[0].triggers[0], chat.roots[0]
    assert "broken-bot" in trigger["payload"]["summary"]
    assert (trigger["payload"]["severity"], trigger["payload"]["source"].count("broken-bot")) == ("critical", 1)
    linked = re.search(rf"{re.escape(server.url)}/alerts/[0-9a-f]+", str(root.blocks))
    assert linked is not None, root.blocks
    page = urllib.request.Request(linked[0], headers={"cookie": f"evenkeel_session={server.sign_in()}"})
    with urllib.request.urlopen(page, timeout=30) as answer:
        assert "broken-bot" in answer.read().decode()
    run.json("alerts", "ack", alert["id"], "--reason", "on it", "--home", home)
    pager.wait_until(lambda: pager.alerts[0].state == "acknowledged", DELIVERED_S)
    chat.wait_until(lambda: bool(chat.replies(root.ts)), DELIVERED_S)
    assert (chat.messages[root.ts].edits > 0, "cknowledged" in str(chat.messages[root.ts].blocks)) == (True, True)
    sent = [each for each in server.api("/notify/deliveries")["deliveries"] if not each["synthetic"]]
    assert {each["state"] for each in sent} == {"delivered"}
    assert max(each["latency_s"] for each in sent if each["channel"] == "pager") < 2.0, "it leaves within a second"
    assert (pager.problems, chat.problems) == ([], [])
    assert not [key for key in keys_of(pager) if "good-bot" in str(key)]
    assert len(set(keys_of(pager))) == len(keys_of(pager)), "one alert for each key"
    for secret in (ROUTING_KEY, TOKEN):
        assert secret not in server.log.read_text(encoding="utf-8")
        assert secret not in str(server.api("/audit"))


def test_what_could_not_be_sent_is_sent_after_a_kill_with_the_same_key_and_a_changed_route_needs_no_restart(
    start_server: Callable[..., Any],
    wait_until: Callable[..., Any],
    tmp_path: Path,
    pager: Pager,
    chat: SlackReceiver,
) -> None:
    home = tmp_path / "home"
    configure(home, pager, chat, routes="  default: [pager]")
    pager.is_down = True
    server = start_server(home, env=SECRETS)
    server.feed("first-bot", failing=0.2)
    wait_until(lambda: told(server, "first-bot"), within_s=60, what="people are told")
    pager.wait_for(2, 30.0)
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()
    tried = {each.json["dedup_key"] for each in pager.received}
    pager.is_down = False
    back = start_server(home, env=SECRETS)
    pager.wait_until(lambda: tried <= set(keys_of(pager)), 60.0)
    assert len(set(keys_of(pager))) == len(keys_of(pager)), "one alert for each key"
    configure(
        home, pager, chat, routes="  routes: [{match: {service: second-bot}, channels: [chat]}]\n  default: [pager]"
    )
    assert not chat.roots
    # What is judged is judged by the configuration as it is then; a new service is judged after this.
    back.feed("second-bot", failing=0.2)
    wait_until(lambda: told(back, "second-bot"), within_s=60, what="people are told")
    chat.wait_until(lambda: bool(chat.roots), DELIVERED_S)
    assert "second-bot" in chat.roots[-1].text
    assert not [each for alert in pager.alerts for each in alert.triggers if "second-bot" in str(each)]
    assert (pager.problems, chat.problems) == ([], [])


def test_a_test_is_really_sent_and_its_receipt_printed_and_failures_are_said(
    start_server: Callable[..., Any],
    wait_until: Callable[..., Any],
    run: Any,
    tmp_path: Path,
    pager: Pager,
    chat: SlackReceiver,
) -> None:
    home = tmp_path / "home"
    configure(home, pager, chat, routes="  default: [chat]")
    server = start_server(home, env=SECRETS | {"PAGER": "f" * 32})  # a key that is not of this service
    found = run("notify", "test", "--json", "--home", home)
    assert found.stdout, found.stderr
    by_channel = {each["channel"]: each for each in json.loads(found.stdout)["deliveries"]}
    assert found.returncode == 1
    assert by_channel["chat"]["state"] == "delivered"
    assert by_channel["chat"]["latency_s"] < 2.0, "it leaves within a second"
    assert chat.roots[0].ts in by_channel["chat"]["detail"]
    assert by_channel["pager"]["state"] == "failed"
    assert "routing_key is of no integration" in by_channel["pager"]["detail"]
    said = run("notify", "test", "chat", "--home", home)
    assert (said.returncode, "delivered chat after" in said.stdout) == (0, True), said.stdout
    unknown = run("notify", "test", "chatt", "--home", home)
    assert (unknown.returncode, "Channels: pager, chat" in unknown.stderr) == (3, True), unknown.stderr
    listed = run.json("notify", "channels", "--home", home)
    counts = {each["name"]: (each["delivered_24h"], each["failed_24h"], each["waiting"]) for each in listed["channels"]}
    assert counts == {"pager": (0, 1, 0), "chat": (2, 0, 0)}
    assert listed["path"]["status"] == "unknown", "a synthetic page or none cannot show 99.9 %"
    last = run.json("notify", "deliveries", "--channel", "chat", "--home", home)["deliveries"]
    assert [(each["event"], each["state"]) for each in last] == [("test", "delivered")] * 2
    synthetic = wait_until(
        lambda: [each for each in server.api("/notify/deliveries")["deliveries"] if each["synthetic"]],
        within_s=30, what="the synthetic page",
    )  # fmt: skip
    wait_until(lambda: server.api("/notify/path")["messages"] == 1, within_s=30, what="it is counted")
    assert len(synthetic) == 1
    acts = [row for row in server.api("/audit")["rows"] if row["action"] == "notify.test"]
    assert sorted((row["actor"], row["target"]) for row in acts) == [
        ("command line", "chat"), ("command line", "chat"), ("command line", "pager"),
    ]  # fmt: skip
    metrics = urllib.request.Request(f"{server.url}/metrics", headers={"authorization": f"Bearer {server.key('read')}"})
    with urllib.request.urlopen(metrics, timeout=30) as answer:
        text = answer.read().decode()
    assert re.search(r"^evenkeel_notification_delivery_seconds_count\S* 3$", text, re.MULTILINE), text
    assert re.search(r'^evenkeel_notifications_total\{channel="pager",state="failed"\} 1$', text, re.MULTILINE), text
    assert "f" * 32 not in server.log.read_text(encoding="utf-8") + str(by_channel) + text
