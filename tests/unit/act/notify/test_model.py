from __future__ import annotations

from evenkeel.act.notify.model import Request, Security, SmtpRequest


def test_what_is_printed_of_a_request_holds_no_secret() -> None:
    request = Request("https://acme.org/secret", b"secret", {"authorization": "secret"})
    mail = SmtpRequest("smtp://mx:25", b"", {}, "SMTP", Security.TLS, "a@b", ("c@d",), "user", "secret")
    assert "secret" not in f"{request!r} {mail!r}"
