from __future__ import annotations

import pytest

from evenkeel.testing.receivers.mail import find_problems, read_mail

MAIL = (
    b"From: a@acme.org\r\nTo: b@acme.org\r\nSubject: s\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
    b"Message-ID: <1@b>\r\nReferences: <0@b>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="x"\r\n\r\n'
    b"--x\r\nContent-Type: text/plain\r\n\r\nt\r\n--x\r\nContent-Type: text/html\r\n\r\nh\r\n--x--\r\n"
)


def test_a_mail_that_is_right_has_no_problems() -> None:
    assert find_problems(MAIL) == []
    assert read_mail(MAIL)["Subject"] == "s"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"Subject: s\r\n", b"Subject: s\n", "CRLF"),
        (b"\r\nt\r\n", b"\r\n" + b"t" * 999 + b"\r\n", "longer than 998"),
        (b"\r\nt\r\n", b"\r\n\xc3\xa4\r\n", "7-bit"),
        (b"Subject: s\r\n", b"", "Subject is there 0 times"),
        (b"Subject: s\r\n", b"Subject: s\r\nSubject: s\r\n", "Subject is there 2 times"),
        (b"<1@b>", b"1", "Message-ID"),
        (b"<0@b>", b"0@b", "References"),
        (b"Thu, 01 Jan 2026 00:00:00 +0000", b"today", "Date"),
        (b"a@acme.org", b"a", "domain"),
        (b"text/html", b"text/csv", "parts"),
    ],
)
def test_what_is_wrong_is_said(old: bytes, new: bytes, problem: str) -> None:
    assert any(problem in said for said in find_problems(MAIL.replace(old, new)))
