"""What a mail says; `tests/contracts/test_notify_adapters.py` sends it."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from evenkeel.act.notify.email import Email
from evenkeel.act.notify.model import Event, Response, SmtpRequest
from evenkeel.testing.receivers.mail import find_problems, read_mail

ADAPTER = Email(
    host="mx.acme.org", port=587, sender="Evenkeel <keel@acme.org>", recipients=("ada@acme.org", "bo@acme.org"),
    site_url="https://keel.acme.org", user="keel", password="pass-word",
)  # fmt: skip
TAKEN = Response(250, b"for 2 recipients")


def mail(message: Any, thread: Any = None) -> EmailMessage:
    (request,) = ADAPTER.render(message, thread)
    assert find_problems(request.body) == []
    return read_mail(request.body)


def part(found: EmailMessage, kind: str) -> str:
    body = found.get_body((kind,))
    assert body is not None
    return body.get_content().replace("\r\n", "\n")


def test_a_request_says_how_it_is_sent(tell: Any) -> None:
    (request,) = ADAPTER.render(tell(), None)
    assert isinstance(request, SmtpRequest)
    assert (request.method, request.url, request.security) == ("SMTP", "smtp://mx.acme.org:587", "starttls")
    assert (request.sender, request.recipients) == ("Evenkeel <keel@acme.org>", ("ada@acme.org", "bo@acme.org"))


def test_a_mail_server_may_have_an_address_of_ipv6(tell: Any) -> None:
    (request,) = replace(ADAPTER, host="::1").render(tell(), None)
    assert request.url == "smtp://[::1]:587"


def test_a_mail_says_all_in_text_and_html(tell: Any) -> None:
    found = mail(tell(title="p95 > 2 s & more", text="one\ntwo <three>"))
    assert part(found, "plain") == (
        "Critical: p95 > 2 s & more\n\none\ntwo <three>\n\nburn rate: 15\n\nAlert: https://keel.acme.org/alerts/1\n\n"
        "bot in production, 2026-01-01T00:00:00.000Z. Sent by evenkeel.\n"
    )
    html = part(found, "html")
    assert "Critical: p95 &gt; 2 s &amp; more" in html
    assert "one<br>\ntwo &lt;three&gt;" in html
    assert '<a href="https://keel.acme.org/alerts/1">Alert</a>' in html
    assert (found["Auto-Submitted"], found["Importance"]) == ("auto-generated", "high")


def test_a_title_adds_no_header(tell: Any) -> None:
    found = mail(tell(title="x\r\nBcc: evil@acme.org\n\nbody"))
    assert found["Bcc"] is None
    assert str(found["Subject"]) == "[Critical] x Bcc: evil@acme.org body"


def test_a_thread_goes_on_under_its_first_subject(tell: Any) -> None:
    first = ADAPTER.read(tell(), (TAKEN,), None).thread
    assert first is not None
    second = mail(tell(Event.RESOLVE, title="It is well"), first)
    assert str(second["Subject"]) == "Re: [Critical] Availability of bot"
    assert str(second["In-Reply-To"]) == str(second["References"]) == str(mail(tell())["Message-ID"]) == first["root"]
    known = ADAPTER.read(tell(Event.RESOLVE, title="It is well"), (TAKEN,), first).thread
    assert known == dict(first) | {"last": str(second["Message-ID"])}


@pytest.mark.parametrize("event", [Event.TEST, Event.CHANGE])
def test_tests_and_changes_stand_alone(tell: Any, event: Event) -> None:
    thread = {"root": "<a@b>", "last": "<a@b>", "subject": "x"}
    assert mail(tell(event), thread)["References"] is None
    assert ADAPTER.read(tell(event), (TAKEN,), thread).thread is None


@pytest.mark.parametrize(
    ("answer", "delivered", "retry"),
    [
        (TAKEN, True, False),
        (Response(0, b"TimeoutError: timed out"), False, True),
        (Response(421, b"busy"), False, True),
        (Response(451, b"greylisted"), False, True),
        (Response(535, b"pass-word is wrong"), False, False),
        (Response(550, b"nobody"), False, False),
    ],
)
def test_what_a_mail_server_says_passes_with_4_and_stays_with_5(
    tell: Any, answer: Response, delivered: bool, retry: bool
) -> None:
    receipt = ADAPTER.read(tell(), (answer,), None)
    assert (receipt.delivered, receipt.retry) == (delivered, retry)
    assert "pass-word" not in receipt.detail
    assert "pass-word" not in repr(ADAPTER)


def test_a_sender_without_a_domain_still_has_message_ids(tell: Any) -> None:
    (request,) = replace(ADAPTER, sender="keel").render(tell(), None)
    assert b"@localhost>" in request.body
