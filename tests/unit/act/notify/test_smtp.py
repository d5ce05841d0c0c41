"""Mails are sent to a real mail server of ours, in the clear and encrypted."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evenkeel.act.notify.model import Security, SmtpRequest
from evenkeel.act.notify.smtp import send_smtp
from evenkeel.testing.receivers.smtp import MailRules, SmtpReceiver

BODY = (
    b"From: a@acme.org\r\nTo: b@acme.org\r\nSubject: s\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
    b"Message-ID: <1@b>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n'
    b".a line\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>h\r\n--x--\r\n"
)
Serve = Callable[..., SmtpReceiver]


def ask(port: int, security: Security = Security.PLAIN, **more: Any) -> SmtpRequest:
    usual: dict[str, Any] = {"sender": "a@acme.org", "recipients": ("b@acme.org", "c@acme.org")}
    return SmtpRequest(f"smtp://127.0.0.1:{port}", BODY, {}, "SMTP", security, **(usual | more))


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[SmtpReceiver] = []

    def start(rules: MailRules | None = None, **replies: str) -> SmtpReceiver:
        receiver = SmtpReceiver(rules)
        receiver.replies.update(replies)
        started.append(receiver)
        return receiver

    yield start
    for receiver in started:
        receiver.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        if os.environ.get("CI"):
            pytest.fail("openssl is not installed, and in CI it must be")
        pytest.skip("openssl is not installed")
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{file}.key", "-out", file,
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, f"{certificate}.key")
    return context


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def test_a_mail_reaches_all_as_it_is(serve: Serve) -> None:
    receiver = serve()
    assert send_smtp(ask(receiver.port)).status == 250
    (mail,) = receiver.mails
    assert (mail.sender, mail.recipients, mail.data) == ("a@acme.org", ("b@acme.org", "c@acme.org"), BODY)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_it_is_encrypted_and_signed_in(
    serve: Serve, tls: ssl.SSLContext, trust: ssl.SSLContext, security: Security
) -> None:
    receiver = serve(MailRules("keel", "secret", tls, implicit=security is Security.TLS))
    response = send_smtp(ask(receiver.port, security, user="keel", password="secret"), context=trust)
    assert response.status == 250, response
    (mail,) = receiver.mails
    assert (mail.encrypted, mail.user) == (True, "keel")


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_certificate_that_is_not_trusted_gets_neither_mail_nor_password(
    serve: Serve, tls: ssl.SSLContext, security: Security
) -> None:
    receiver = serve(MailRules("keel", "secret", tls, implicit=security is Security.TLS))
    response = send_smtp(ask(receiver.port, security, user="keel", password="secret"))
    assert response.status == 0
    assert b"CERTIFICATE_VERIFY_FAILED" in response.body
    assert receiver.mails == []


def test_without_starttls_nothing_is_sent_in_the_clear(serve: Serve) -> None:
    receiver = serve()
    response = send_smtp(ask(receiver.port, Security.STARTTLS))
    assert (response.status, receiver.mails) == (554, [])


def test_a_wrong_password_is_refused_for_good(serve: Serve) -> None:
    receiver = serve(MailRules("keel", "secret"))
    response = send_smtp(ask(receiver.port, user="keel", password="wrong"))
    assert response.status == 535
    assert b"wrong" not in response.body.replace(b"is wrong", b"")


@pytest.mark.parametrize(
    ("replies", "status"),
    [
        ({"CONNECT": "421 busy"}, 421),
        ({"MAIL": "452 full"}, 452),
        ({"DATA": "451 later"}, 451),
        ({"END": "554 spam"}, 554),
        ({"b@acme.org": "550 nobody", "c@acme.org": "451 greylisted"}, 451),
        ({"b@acme.org": "550 nobody", "c@acme.org": "551 gone"}, 550),
    ],
)
def test_a_refusal_keeps_its_code(serve: Serve, replies: dict[str, str], status: int) -> None:
    receiver = serve(**replies)
    assert send_smtp(ask(receiver.port)).status == status
    assert receiver.mails == []


def test_who_was_refused_among_others_is_told(serve: Serve) -> None:
    receiver = serve(**{"c@acme.org": "550 5.1.1 nobody"})
    response = send_smtp(ask(receiver.port))
    assert (response.status, len(receiver.mails)) == (250, 1)
    assert b"c@acme.org: 550 5.1.1 nobody" in response.body


def test_a_goodbye_that_fails_takes_nothing_back(serve: Serve) -> None:
    receiver = serve(QUIT="421 hurry")
    assert send_smtp(ask(receiver.port)).status == 250
    assert len(receiver.mails) == 1


def test_nobody_there_is_status_0() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    response = send_smtp(ask(port))
    assert (response.status, b"ConnectionRefusedError" in response.body) == (0, True)


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:port", "smtp://127.0.0.1:99999", "smtp://no host:25", "nonsense"])
def test_an_address_that_cannot_be_used_is_status_0(url: str) -> None:
    response = send_smtp(SmtpRequest(url, BODY, {}, "SMTP", Security.PLAIN, "a@acme.org", ("b@acme.org",)))
    assert (response.status, response.body != b"") == (0, True)


def test_a_server_that_says_nothing_is_left() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert send_smtp(ask(silent.getsockname()[1]), timeout_s=0.2).status == 0
