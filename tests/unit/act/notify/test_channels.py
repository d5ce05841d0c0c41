"""Channels as configured become what is spoken to; their secrets are read at use, and shown never."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.act.notify.channels import PACES, Channels
from evenkeel.act.notify.email import Email
from evenkeel.act.notify.model import Event, Level, Message, Security
from evenkeel.act.notify.opsgenie import Opsgenie
from evenkeel.act.notify.pacing import Pace
from evenkeel.act.notify.pagerduty import PagerDuty
from evenkeel.act.notify.slack import Slack, SlackWebhook
from evenkeel.act.notify.teams import Teams
from evenkeel.act.notify.webhook import Webhook
from evenkeel.kernel.errors import InvalidInputError, NotFoundError
from evenkeel.org.config.notify import _NEEDS, NotifyConfig
from evenkeel.org.config.secrets import Secrets
from evenkeel.testing.clock import SimClock

SITE = "https://keel.acme.org"
SECRET = "s3cret-0123456789abcdef-0123456789"
HOOK = f"https://hooks.acme.org/{SECRET}"
CONFIGURED: dict[str, dict[str, Any]] = {
    "pager": {"type": "pagerduty", "routing_key": "env:KEY", "base_url": "http://127.0.0.1:1"},
    "genie": {"type": "opsgenie", "api_key": "env:KEY"},
    "chat": {"type": "slack", "token": "env:KEY", "channel": "C1"},
    "hooked": {"type": "slack", "url": "env:HOOK"},
    "teams": {"type": "teams", "url": "env:HOOK"},
    "mail": {
        "type": "email", "host": "mx.acme.org", "port": 465, "tls": "implicit", "sender": "keel@acme.org",
        "to": ["ops@acme.org"], "username": "keel", "password": "env:KEY",
    },
    "web": {"type": "webhook", "url": HOOK, "secret": "env:KEY"},
}  # fmt: skip
KINDS = {
    "pager": PagerDuty, "genie": Opsgenie, "chat": Slack, "hooked": SlackWebhook, "teams": Teams, "mail": Email,
    "web": Webhook,
}  # fmt: skip
MESSAGE = Message(Event.TRIGGER, "k", Level.CRITICAL, "bot is down", "All fail.", "production", "bot", 5)


def channels(environment: dict[str, str] | None = None) -> Channels:
    given = {"KEY": SECRET, "HOOK": HOOK} if environment is None else environment
    return Channels(NotifyConfig.model_validate({"channels": CONFIGURED}), Secrets(given), SITE, SimClock())


@pytest.mark.parametrize("name", CONFIGURED)
def test_a_channel_of_each_type_is_spoken_to_with_its_secrets(name: str) -> None:
    adapter = channels().open(name).adapter
    assert isinstance(adapter, KINDS[name])
    (request, *_) = adapter.render(MESSAGE, None)
    spoken = f"{request.url} {dict(request.headers)} {request.body!r} {getattr(request, 'password', '')}"
    if name != "web":  # which signs with its secret, and does not send it
        assert SECRET in spoken
    assert SECRET not in repr(request)


def test_every_type_that_can_be_configured_has_a_builder_and_a_pace() -> None:
    assert {each["type"] for each in CONFIGURED.values()} == set(_NEEDS) == set(PACES)
    assert channels().open("pager").pace == Pace(120, 60.0)
    assert channels().open("chat").pace == Pace(1, 1.0)


def test_another_address_and_a_mail_servers_security_are_taken_over() -> None:
    pager, mail = channels().open("pager").adapter, channels().open("mail").adapter
    assert isinstance(pager, PagerDuty)
    assert isinstance(mail, Email)
    assert pager.base_url == "http://127.0.0.1:1"
    assert (mail.security, mail.port, mail.user) == (Security.TLS, 465, "keel")


def test_while_a_secret_is_changed_the_new_and_the_old_one_sign() -> None:
    hook = {"type": "webhook", "url": HOOK, "secret": ["env:NEW", "env:OLD"]}
    notify = NotifyConfig.model_validate({"channels": {"web": hook}})
    opened = Channels(notify, Secrets({"NEW": "n", "OLD": "o"}), SITE, SimClock()).open("web").adapter
    assert isinstance(opened, Webhook)
    assert opened.secrets == ("n", "o")


def test_people_see_where_channels_lead_and_no_secret() -> None:
    seen = {view.name: view.target for view in channels().describe()}
    assert seen == {
        "pager": "127.0.0.1:1, key from env:KEY",
        "genie": "api.opsgenie.com, key from env:KEY",
        "chat": "channel C1, token from env:KEY",
        "hooked": "address from env:HOOK",
        "teams": "address from env:HOOK",
        "mail": "ops@acme.org through mx.acme.org:465",
        "web": "hooks.acme.org",
    }
    assert SECRET not in str(seen)


def test_what_is_not_there_is_said_by_name() -> None:
    with pytest.raises(InvalidInputError, match="no channel 'pagr'"):
        channels().open("pagr")
    with pytest.raises(NotFoundError, match="no environment variable KEY"):
        channels({}).open("pager")
