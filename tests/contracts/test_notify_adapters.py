"""Every adapter lives a life with a receiver that takes only what its provider documents, over real sockets.

Sent with the real transport; `thread` is kept between messages as the outbox keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from evenkeel.act.notify.email import Email
from evenkeel.act.notify.model import Adapter, Event, Level, Message, Receipt, Security
from evenkeel.act.notify.opsgenie import Opsgenie
from evenkeel.act.notify.pagerduty import PagerDuty
from evenkeel.act.notify.slack import Slack, SlackWebhook
from evenkeel.act.notify.teams import Teams
from evenkeel.act.notify.transport import Transport
from evenkeel.act.notify.webhook import Webhook
from evenkeel.testing.clock import SimClock
from evenkeel.testing.receivers import opsgenie, pagerduty, slack, webhook
from evenkeel.testing.receivers.mail import read_mail
from evenkeel.testing.receivers.opsgenie import OpsgenieReceiver
from evenkeel.testing.receivers.pagerduty import PagerDutyReceiver
from evenkeel.testing.receivers.server import Fault, Receiver, Reply
from evenkeel.testing.receivers.slack import SlackReceiver
from evenkeel.testing.receivers.smtp import SmtpReceiver
from evenkeel.testing.receivers.teams import TeamsReceiver
from evenkeel.testing.receivers.webhook import WebhookReceiver

SITE = "https://keel.acme.org"
KEY = "evenkeel-00000000000000000000000000000001"
FIRST = Message(
    event=Event.TRIGGER,
    dedup_key=KEY,
    level=Level.CRITICAL,
    title="Availability of bot is 91 % & falling <fast>",
    text="It was between 90.1 % and 92.3 % in 5 min.\nNext: see what the failed requests have in common.",
    environment="production",
    service="bot",
    at_us=1_767_225_600_000_000,
    facts=(("burn rate", "> 14.4"), ("window", "5 min and 1 h")),
    links=(("Alert", "/alerts/1"), ("Evidence", "/services/production/bot?from=1&to=2")),
    labels={"objective": "availability", "severity": "page"},
)
LIFE = tuple(
    replace(FIRST, event=event, title=title, at_us=FIRST.at_us + n * 60_000_000)
    for n, (event, title) in enumerate(
        (
            (Event.TRIGGER, FIRST.title),
            (Event.TRIGGER, "Availability of bot is 80 %"),
            (Event.ACKNOWLEDGE, "Ada looks at it"),
            (Event.RESOLVE, "Availability of bot is 99.95 %"),
            (Event.TRIGGER, "Availability of bot is 85 %"),
            (Event.ACKNOWLEDGE, "Ada looks at it again"),
        )
    )
)
TEST = replace(FIRST, event=Event.TEST, dedup_key="evenkeel-test-1", title="A test of this channel", level=Level.INFO)
CHANGE = replace(FIRST, event=Event.CHANGE, dedup_key="evenkeel-change-1", title="bot 2.1 was deployed")


@dataclass
class House:
    """An adapter, its receiver, and what is known of threads."""

    adapter: Adapter
    receiver: Any
    secrets: tuple[str, ...]
    threads: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def send(self, message: Message, timeout_s: float = 10.0) -> Receipt:
        """One attempt, as the sender makes it."""
        thread = self.threads.get(message.dedup_key)
        responses = []
        for request in self.adapter.render(message, thread):
            responses.append(Transport(timeout_s=timeout_s).send(request))
            if not 200 <= responses[-1].status < 300:
                break
        receipt = self.adapter.read(message, tuple(responses), thread)
        if receipt.thread is not None:
            self.threads[message.dedup_key] = receipt.thread
        return receipt

    def live(self) -> None:
        """All of a life, each message delivered."""
        for message in (*LIFE, TEST, CHANGE):
            receipt = self.send(message)
            assert (receipt.delivered, receipt.retry) == (True, False), (message.event, receipt)
        assert self.receiver.problems == []


def _pagerduty() -> House:
    receiver = PagerDutyReceiver()
    adapter = PagerDuty(routing_key=pagerduty.ROUTING_KEY, site_url=SITE, base_url=receiver.url)
    return House(adapter, receiver, (pagerduty.ROUTING_KEY,))


def _slack() -> House:
    receiver = SlackReceiver()
    adapter = Slack(token=slack.TOKEN, channel=slack.CHANNEL_NAME, site_url=SITE, base_url=receiver.api_url)
    return House(adapter, receiver, (slack.TOKEN,))


def _slack_webhook() -> House:
    receiver = SlackReceiver()
    return House(SlackWebhook(url=receiver.webhook_url, site_url=SITE), receiver, (slack.WEBHOOK_PATH,))


def _teams() -> House:
    receiver = TeamsReceiver()
    return House(Teams(url=receiver.webhook_url, site_url=SITE), receiver, ("sig=abcdefghijklmnop",))


def _opsgenie() -> House:
    receiver = OpsgenieReceiver()
    adapter = Opsgenie(api_key=opsgenie.API_KEY, site_url=SITE, base_url=receiver.url)
    return House(adapter, receiver, (opsgenie.API_KEY,))


def _webhook() -> House:
    clock = SimClock()
    receiver = WebhookReceiver(now_s=clock.now_us() // 1_000_000)
    secrets = ("the next secret", webhook.SECRET)
    return House(Webhook(url=receiver.webhook_url, site_url=SITE, clock=clock, secrets=secrets), receiver, secrets)


def _email() -> House:
    receiver = SmtpReceiver()
    adapter = Email(
        host="127.0.0.1", port=receiver.port, sender="Evenkeel <keel@acme.org>",
        recipients=("ada@acme.org", "Grace <grace@acme.org>"), site_url=SITE, security=Security.PLAIN,
    )  # fmt: skip
    return House(adapter, receiver, ())


HOUSES: dict[str, Callable[[], House]] = {
    "pagerduty": _pagerduty,
    "slack": _slack,
    "slack-webhook": _slack_webhook,
    "teams": _teams,
    "opsgenie": _opsgenie,
    "webhook": _webhook,
    "email": _email,
}
OVER_HTTP = [name for name in HOUSES if name != "email"]


@pytest.fixture
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    made = HOUSES[request.param]()
    yield made
    made.receiver.stop()


def only(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("house", names, indirect=True)


@only(*HOUSES)
def test_a_whole_life_is_accepted(house: House) -> None:
    house.live()


@only("pagerduty")
def test_pagerduty_ends_with_one_alert_open_and_acknowledged_and_all_others_resolved(house: House) -> None:
    house.live()
    mine = [alert for alert in house.receiver.alerts if alert.dedup_key == KEY]
    assert [(alert.state, len(alert.triggers)) for alert in mine] == [("resolved", 2), ("acknowledged", 1)]
    assert [alert.state for alert in house.receiver.alerts if alert.dedup_key != KEY] == ["resolved"]
    (change,) = house.receiver.changes
    assert change["payload"]["summary"] == "bot 2.1 was deployed (bot in production)"
    trigger = mine[0].triggers[0]
    assert trigger["payload"]["severity"] == "critical"
    assert trigger["client_url"] == trigger["links"][0]["href"] == f"{SITE}/alerts/1"


@only("slack")
def test_slack_ends_with_one_root_that_says_its_state_and_its_history_in_the_thread(house: House) -> None:
    house.live()
    root, test, change = house.receiver.roots
    assert root.text.startswith("👀 Acknowledged: Ada looks at it again")
    assert root.edits == len(LIFE) - 1
    replies = house.receiver.replies(root.ts)
    assert len(replies) == len(LIFE) - 1
    # What begins again after its end is seen in the channel; the rest stays in the thread.
    assert [reply.is_broadcast for reply in replies] == [False, False, False, True, False]
    assert (test.text[:7], change.text[:9]) == ("🧪 Test:", "🔁 Change:")
    assert house.receiver.replies(test.ts) == house.receiver.replies(change.ts) == []


@only("slack")
def test_slack_shows_a_button_to_acknowledge_while_it_fires_and_none_after(house: House) -> None:
    def buttons() -> list[tuple[str, str]]:
        blocks = house.receiver.roots[0].blocks
        return [(each["text"]["text"], each["url"]) for b in blocks if b["type"] == "actions" for each in b["elements"]]

    house.send(LIFE[0])
    assert buttons()[0] == ("Acknowledge", f"{SITE}/alerts/1")
    house.send(LIFE[2])
    assert [words for words, _ in buttons()] == ["Alert", "Evidence"]


@only("slack")
def test_a_root_that_somebody_deleted_is_posted_anew(house: House) -> None:
    house.send(LIFE[0])
    house.receiver.messages.clear()
    receipt = house.send(LIFE[1])
    assert (receipt.delivered, receipt.retry) == (False, True)
    assert house.send(LIFE[1]).delivered
    (root,) = house.receiver.roots
    assert "80 %" in root.text


@only("slack-webhook")
def test_a_webhook_of_slack_gets_a_message_each_the_last_with_the_final_state(house: House) -> None:
    house.live()
    assert len(house.receiver.roots) == len(LIFE) + 2
    assert house.receiver.roots[len(LIFE) - 1].text.startswith("👀 Acknowledged")


@only("teams")
def test_teams_gets_a_card_each_the_last_with_the_final_state(house: House) -> None:
    house.live()
    titles = [card["body"][0]["text"] for card in house.receiver.cards]
    life = ["🔴 Critical", "🔴 Critical", "👀 Acknowledged", "✅ Resolved", "🔴 Critical", "👀 Acknowledged"]
    assert [title.split(":")[0] for title in titles] == [*life, "🧪 Test", "🔁 Change"]


@only("opsgenie")
def test_opsgenie_ends_with_one_alert_acknowledged_and_all_others_closed(house: House) -> None:
    house.live()
    mine = [alert for alert in house.receiver.alerts if alert.alias == KEY]
    assert [(alert.state, alert.count) for alert in mine] == [("closed", 2), ("acknowledged", 1)]
    assert [alert.state for alert in house.receiver.alerts if alert.alias != KEY] == ["closed"]
    assert any("80 %" in note for note in mine[0].notes)  # what came later is not lost in a count
    assert mine[0].created["priority"] == "P1"


@only("webhook")
def test_the_webhook_gets_every_message_once_and_whole(house: House) -> None:
    house.live()
    documents = list(house.receiver.documents.values())
    assert [each["event"] for each in documents] == [m.event for m in (*LIFE, TEST, CHANGE)]
    assert documents[0]["links"][1]["url"] == f"{SITE}/services/production/bot?from=1&to=2"
    assert documents[0]["facts"][0] == {"name": "burn rate", "value": "> 14.4"}


@only("email")
def test_mails_of_one_alert_are_one_thread(house: House) -> None:
    house.live()
    mails = [read_mail(mail.data) for mail in house.receiver.mails]
    thread, others = mails[: len(LIFE)], mails[len(LIFE) :]
    root = str(thread[0]["Message-ID"])
    assert all(str(mail["References"]).split()[0] == root for mail in thread[1:])
    assert [str(mail["In-Reply-To"]) for mail in thread[1:]] == [str(mail["Message-ID"]) for mail in thread[:-1]]
    assert {str(mail["Subject"]).removeprefix("Re: ") for mail in thread} == {f"[Critical] {FIRST.title}"}
    body = thread[-1].get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith("Acknowledged: Ada looks at it again")
    assert all("References" not in mail for mail in others)
    assert house.receiver.mails[0].recipients == ("ada@acme.org", "grace@acme.org")


@only("pagerduty", "opsgenie")
def test_resolving_what_was_never_opened_makes_nothing(house: House) -> None:
    assert house.send(LIFE[3]).delivered
    assert house.receiver.alerts == []


@only(*OVER_HTTP)
def test_too_many_requests_wait_as_long_as_is_asked(house: House) -> None:
    house.receiver.misbehave(Fault(Reply(429, b"slow down", {"retry-after": "7"})))
    receipt = house.send(LIFE[0])
    assert (receipt.delivered, receipt.retry, receipt.retry_after_s) == (False, True, 7.0)
    assert house.send(LIFE[0]).delivered


@only(*OVER_HTTP)
@pytest.mark.parametrize(
    ("fault", "retry"),
    [
        (Fault(Reply(500, b"oops")), True),
        (Fault(Reply(503)), True),
        (Fault(reset=True), True),
        (Fault(delay_s=30.0), True),
        (Fault(Reply(302, b"", {"location": "http://127.0.0.1:1/"})), False),
        (Fault(Reply(400, b"bad")), False),
        (Fault(Reply(401, b"who?")), False),
        (Fault(Reply(410, b"gone")), False),
    ],
    ids=["500", "503", "reset", "slow", "redirected", "400", "401", "410"],
)
def test_trouble_is_tried_again_and_refusal_is_not(house: House, fault: Fault, retry: bool) -> None:
    house.receiver.misbehave(fault)
    receipt = house.send(LIFE[0], timeout_s=0.3 if fault.delay_s else 10.0)
    assert (receipt.delivered, receipt.retry) == (False, retry), receipt
    assert house.send(LIFE[0]).delivered


@only("pagerduty", "slack", "slack-webhook", "opsgenie")
def test_a_page_of_a_proxy_is_no_receipt(house: House) -> None:
    house.receiver.misbehave(Fault(Reply(200, b"<html>Please sign in</html>")))
    receipt = house.send(LIFE[0])
    assert (receipt.delivered, receipt.retry) == (False, True)
    assert "sign in" in receipt.detail


@only("pagerduty", "opsgenie")
def test_an_answer_that_was_lost_makes_no_second_alert(house: House) -> None:
    house.receiver.misbehave(Fault(reset=True, applied=True))
    assert house.send(LIFE[0]).retry
    assert house.send(LIFE[0]).delivered
    assert len(house.receiver.alerts) == 1


@only("webhook")
def test_a_delivery_that_came_twice_has_the_same_id(house: House) -> None:
    house.receiver.misbehave(Fault(reset=True, applied=True))
    assert house.send(LIFE[0]).retry
    assert house.send(LIFE[0]).delivered
    assert (len(house.receiver.received), len(house.receiver.documents)) == (2, 1)


@only(*HOUSES)
def test_no_secret_is_in_what_people_read(house: House) -> None:
    echo = " ".join(house.secrets).encode()
    if isinstance(house.receiver, Receiver):
        house.receiver.misbehave(Fault(Reply(400, b"You sent " + echo + b" which is wrong")))
    refused = house.send(LIFE[0])
    house.send(LIFE[0])
    house.receiver.stop()
    lost = house.send(LIFE[1])
    assert not lost.delivered
    shown = f"{refused} {lost} {house.adapter!r} {house.adapter.render(LIFE[1], None)!r}"
    assert [secret for secret in house.secrets if secret in shown] == []


WRONG: dict[str, Callable[[House], Adapter]] = {
    "pagerduty": lambda house: replace(house.adapter, routing_key="f" * 32),  # type: ignore[type-var]
    "slack": lambda house: replace(house.adapter, token="xoxb-other"),  # type: ignore[type-var]
    "teams": lambda house: replace(house.adapter, url=f"{house.receiver.webhook_url}x"),  # type: ignore[type-var]
    "opsgenie": lambda house: replace(house.adapter, api_key="other"),  # type: ignore[type-var]
    "webhook": lambda house: replace(house.adapter, secrets=("other",)),  # type: ignore[type-var]
}


@only(*WRONG)
def test_a_wrong_secret_is_refused_and_not_tried_again(house: House, request: pytest.FixtureRequest) -> None:
    house.adapter = WRONG[request.node.callspec.params["house"]](house)
    receipt = house.send(LIFE[0])
    assert (receipt.delivered, receipt.retry) == (False, False)
    assert house.receiver.problems != []


@only("slack")
@pytest.mark.parametrize(
    ("error", "retry"),
    [("ratelimited", True), ("internal_error", True), ("invalid_auth", False), ("channel_not_found", False)],
)
def test_an_error_of_slack_in_a_200_is_an_error(house: House, error: str, retry: bool) -> None:
    body = b'{"ok": false, "error": "%s"}' % error.encode()
    house.receiver.misbehave(Fault(Reply(200, body)))
    receipt = house.send(LIFE[0])
    assert (receipt.delivered, receipt.retry) == (False, retry)
    assert error in receipt.detail


@only("slack")
def test_a_root_that_may_not_be_edited_is_told_and_the_message_delivered(house: House) -> None:
    house.send(LIFE[0])
    house.receiver.misbehave(Fault(Reply(200, b'{"ok": false, "error": "edit_window_closed"}')))
    receipt = house.send(LIFE[1])
    assert receipt.delivered
    assert "edit_window_closed" in receipt.detail
    assert len(house.receiver.replies(house.receiver.roots[0].ts)) == 1
