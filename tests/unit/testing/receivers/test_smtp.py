"""The mail server as a client sees it, word by word. `tests/unit/act/notify/test_smtp.py` speaks TLS with it."""

from __future__ import annotations

import base64
import smtplib
import socket
from collections.abc import Iterator

import pytest

from evenkeel.testing.receivers.smtp import MailRules, SmtpReceiver

MAIL = (
    b"From: a@acme.org\r\nTo: b@acme.org\r\nSubject: s\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
    b'Message-ID: <1@b>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="x"\r\n\r\n'
    b"--x\r\nContent-Type: text/plain\r\n\r\n.t\r\n--x\r\nContent-Type: text/html\r\n\r\nh\r\n--x--\r\n"
)


@pytest.fixture
def receiver() -> Iterator[SmtpReceiver]:
    with SmtpReceiver(MailRules("keel", "secret")) as made:
        yield made


@pytest.fixture
def client(receiver: SmtpReceiver) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=10) as made:
        yield made


def test_a_mail_is_taken_as_it_is(receiver: SmtpReceiver, client: smtplib.SMTP) -> None:
    client.login("keel", "secret")
    assert client.sendmail("a@acme.org", ["b@acme.org"], MAIL) == {}
    receiver.wait_for(1)
    (mail,) = receiver.mails
    assert (mail.data, mail.recipients, mail.encrypted, mail.user) == (MAIL, ("b@acme.org",), False, "keel")


def test_a_mail_that_is_wrong_is_refused_and_kept_as_a_problem(receiver: SmtpReceiver, client: smtplib.SMTP) -> None:
    client.login("keel", "secret")
    with pytest.raises(smtplib.SMTPDataError, match="Subject is there 0 times"):
        client.sendmail("a@acme.org", ["b@acme.org"], MAIL.replace(b"Subject: s\r\n", b""))
    assert (receiver.mails, receiver.problems) == ([], ["Subject is there 0 times."])


def test_signing_in_in_two_steps_is_understood(client: smtplib.SMTP) -> None:
    client.ehlo()
    assert client.docmd("AUTH", "LOGIN")[0] == 334
    assert client.docmd(base64.b64encode(b"keel").decode())[0] == 334
    assert client.docmd(base64.b64encode(b"secret").decode())[0] == 235
    assert client.docmd("AUTH", "CRAM-MD5")[0] == 504


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        (["MAIL FROM:<a@b>"], 530),
        (["AUTH PLAIN AGtlZWwAd3Jvbmc="], 535),
        (["AUTH PLAIN ???"], 535),
        (["RCPT TO:<a@b>"], 503),
        (["DATA"], 503),
        (["STARTTLS"], 502),
        (["VRFY ada"], 502),
        (["NOOP"], 250),
        (["RSET"], 250),
        (["QUIT"], 221),
        (["NOOP\n"], 500),
    ],
)
def test_what_is_out_of_order_is_refused(receiver: SmtpReceiver, commands: list[str], code: int) -> None:
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=10) as line, line.makefile("rb") as answers:
        assert answers.readline().startswith(b"220 ")
        for command in commands:
            line.sendall(command.encode() + (b"" if command.endswith("\n") else b"\r\n"))
            answer = answers.readline()
        assert answer.startswith(str(code).encode())


def test_it_says_what_it_is_told_to_say(receiver: SmtpReceiver, client: smtplib.SMTP) -> None:
    receiver.replies["NOOP"] = "451 later"
    assert client.noop() == (451, b"later")


def test_mails_are_awaited(receiver: SmtpReceiver) -> None:
    with pytest.raises(TimeoutError, match="0 mails"):
        receiver.wait_for(1, timeout_s=0.05)
