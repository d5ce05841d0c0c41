"""Whatever a message says, what is sent is within every documented limit, JSON or mail, and UTF-8."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from evenkeel.act.notify.cutting import cut, fit_key, length, mend
from evenkeel.act.notify.email import Email
from evenkeel.act.notify.model import Adapter, Event, Level, Message, Request, Security
from evenkeel.act.notify.opsgenie import Opsgenie
from evenkeel.act.notify.pagerduty import PagerDuty
from evenkeel.act.notify.slack import Slack, SlackWebhook
from evenkeel.act.notify.slack_blocks import escape
from evenkeel.act.notify.teams import Teams
from evenkeel.act.notify.webhook import Webhook
from evenkeel.testing.clock import SimClock
from evenkeel.testing.receivers import opsgenie, pagerduty, slack, webhook
from evenkeel.testing.receivers.mail import find_problems
from evenkeel.testing.receivers.opsgenie import OpsgenieReceiver
from evenkeel.testing.receivers.pagerduty import PagerDutyReceiver
from evenkeel.testing.receivers.server import Received, Receiver
from evenkeel.testing.receivers.slack import SlackMessage, SlackReceiver
from evenkeel.testing.receivers.teams import TeamsReceiver
from evenkeel.testing.receivers.webhook import WebhookReceiver

SITE = "https://keel.acme.org"
#: Everything a Python string can hold, half characters too; and what is long, escaped, or seen as one.
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
CLUSTERS = (FAMILY, "🇩🇪", "e\u0301", "👍🏽", "a", "ก็", "✊🏿", "\u2764\ufe0f", "\u1100\u1161\u11a8")
SPECIAL = (*CLUSTERS, "한", "\ud83d", "\udc4d", "&<>", '"\\', "\x00\x1b\r\n", "](http://x)", "\u2028")
PIECES = st.one_of(st.text(st.characters(), max_size=40), st.sampled_from(SPECIAL))
TEXTS = st.builds(lambda piece, times: (piece * times)[:20_000], PIECES, st.sampled_from((1, 1, 2, 30, 700, 20_000)))
SHORT = st.builds(lambda text: text[:3_000], TEXTS)
LINKS = st.one_of(
    st.just("/alerts/1"),
    st.builds(lambda text: f"/services/{text}", PIECES),
    st.builds(lambda text: f"https://acme.org/{text}", SHORT),
    st.sampled_from(["javascript:alert(1)", "//acme.org", "", "ftp://x"]),
)
MESSAGES = st.builds(
    Message,
    event=st.sampled_from(Event),
    dedup_key=st.text("abc-0123", min_size=1, max_size=255),
    level=st.sampled_from(Level),
    title=SHORT,
    text=TEXTS,
    environment=SHORT,
    service=SHORT,
    at_us=st.integers(0, 4_000_000_000_000_000),
    facts=st.lists(st.tuples(PIECES, SHORT), max_size=60).map(tuple),
    links=st.lists(st.tuples(PIECES, LINKS), max_size=12).map(tuple),
    labels=st.dictionaries(PIECES, SHORT, max_size=60),
)
#: Ten texts of 60 kB each: over the limit of every body.
HUGE = Message(
    Event.TRIGGER, "k", Level.CRITICAL, "한" * 20_000, "한\n" * 60_000, "한" * 20_000, "한" * 20_000, 1,
    tuple((f"{n}한" * 500, "한" * 20_000) for n in range(60)), (("한" * 500, "https://acme.org/" + "한" * 900),) * 12,
    {f"{n}한" * 500: "한" * 20_000 for n in range(60)},
)  # fmt: skip
LIMITED = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Pair:
    """An adapter, and the receiver whose checks are asked without a socket between."""

    def __init__(self, adapter: Adapter, receiver: Receiver, thread: dict[str, Any] | None = None) -> None:
        self.adapter, self.receiver, self.thread = adapter, receiver, thread

    def give(self, request: Request) -> None:
        scheme_and_host = self.receiver.url
        assert request.url.startswith(scheme_and_host)
        received = Received(request.method, request.url[len(scheme_and_host) :], request.headers, request.body)
        self.receiver.received.append(received)
        reply = self.receiver.answer(received)
        assert 200 <= reply.status < 300
        assert json.loads(reply.body).get("ok", True) if reply.body.startswith(b"{") else True


def _pairs() -> dict[str, Pair]:
    pd, sl, te, og, wh = PagerDutyReceiver(), SlackReceiver(), TeamsReceiver(), OpsgenieReceiver(), WebhookReceiver()
    sl.messages["1.1"] = SlackMessage("1.1", "root", [])
    root = {"channel": slack.CHANNEL_ID, "ts": "1.1", "state": "trigger"}
    bot = Slack(token=slack.TOKEN, channel=slack.CHANNEL_ID, site_url=SITE, base_url=sl.api_url)
    genie = Opsgenie(api_key=opsgenie.API_KEY, site_url=SITE, base_url=og.url)
    own = Webhook(url=wh.webhook_url, site_url=SITE, clock=SimClock(), secrets=(webhook.SECRET,))
    return {
        "pagerduty": Pair(PagerDuty(routing_key=pagerduty.ROUTING_KEY, site_url=SITE, base_url=pd.url), pd),
        "slack": Pair(bot, sl),
        "slack, known": Pair(bot, sl, root),
        "slack webhook": Pair(SlackWebhook(url=sl.webhook_url, site_url=SITE), sl),
        "teams": Pair(Teams(url=te.webhook_url, site_url=SITE), te),
        "opsgenie": Pair(genie, og),
        "opsgenie, known": Pair(genie, og, {"open": True}),
        "webhook": Pair(own, wh),
    }


@pytest.fixture(scope="module")
def pairs() -> Iterator[dict[str, Pair]]:
    made = _pairs()
    yield made
    for pair in made.values():
        pair.receiver.stop()


@LIMITED
@given(message=MESSAGES)
@example(HUGE)
@example(replace(HUGE, event=Event.CHANGE))
@example(replace(HUGE, title="", text="", environment="", service="", facts=(("", ""),), links=(), labels={"": ""}))
def test_what_is_sent_is_what_each_provider_documents(pairs: dict[str, Pair], message: Message) -> None:
    for pair in pairs.values():
        for request in pair.adapter.render(message, pair.thread):
            pair.give(request)


@LIMITED
@given(message=MESSAGES, is_known=st.booleans())
@example(HUGE, True)
def test_a_mail_is_what_the_standards_ask(message: Message, is_known: bool) -> None:
    adapter = Email(
        host="mx", port=25, sender="Kéel <keel@acme.org>", recipients=("ada@acme.org",), site_url=SITE,
        security=Security.PLAIN,
    )  # fmt: skip
    thread = {"root": "<a@b>", "last": "<c@d>", "subject": "[Critical] it"} if is_known else None
    for request in adapter.render(message, thread):
        assert find_problems(request.body) == []
        assert request == adapter.render(message, thread)[0]  # the same mail twice is the same bytes


@LIMITED
@given(text=TEXTS, limit=st.integers(1, 300))
def test_a_cut_keeps_the_beginning_and_the_limit(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert length(short) <= limit
    short.encode()  # no half characters
    assert short == mend(text) or (short.endswith("…") and mend(text).startswith(short[:-1]))


@LIMITED
@given(clusters=st.lists(st.sampled_from(CLUSTERS), max_size=40), limit=st.integers(1, 60))
def test_a_cut_falls_between_what_people_see_as_characters(clusters: list[str], limit: int) -> None:
    text = "".join(clusters)
    kept = cut(text, limit).removesuffix("…")
    ends = ["".join(clusters[:n]) for n in range(len(clusters) + 1)]
    assert kept in ends


@LIMITED
@given(text=TEXTS, limit=st.integers(6, 300))
def test_what_is_escaped_is_within_its_limit(text: str, limit: int) -> None:
    escaped = escape(text, limit)
    assert length(escaped) <= limit
    assert "<" not in escaped
    assert ">" not in escaped


@LIMITED
@given(one=st.text(max_size=600), other=st.text(max_size=600))
def test_keys_that_differ_stay_different(one: str, other: str) -> None:
    assume(mend(one) != mend(other))
    assert fit_key(one, 255) != fit_key(other, 255)
    assert length(fit_key(one, 255)) <= 255
