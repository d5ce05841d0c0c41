"""What is wrong with a mail (RFC 5322: lines, fields that must be there once; RFC 2045: parts that can be read)."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any, Final

LINE_OCTETS_MAX: Final = 998
_ONCE: Final = ("From", "To", "Subject", "Date", "Message-ID")
_MESSAGE_ID: Final = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")


def read_mail(data: bytes) -> EmailMessage:
    """The mail, parsed."""
    return email.message_from_bytes(data, policy=email.policy.default)


def find_problems(data: bytes) -> list[str]:
    """Everything that is not as the RFCs ask, in sentences; none where all is well."""
    problems: list[str] = []
    if re.search(rb"(?<!\r)\n|\r(?!\n)", data):
        problems.append("A line ends with something else than CRLF.")
    if any(len(line) > LINE_OCTETS_MAX for line in data.split(b"\r\n")):
        problems.append(f"A line is longer than {LINE_OCTETS_MAX} octets.")
    if not data.isascii():
        problems.append("It is not 7-bit, though nobody offered 8BITMIME.")
    mail = read_mail(data)
    problems += [f"{name} is there {n} times." for name in _ONCE if (n := len(mail.get_all(name, []))) != 1]
    if problems:
        return problems
    problems += _find_wrong_fields(mail)
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    if mail.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        problems.append(f"Its parts are {kinds}, not plain text and then HTML.")
    problems += [f"A part is broken: {each!r}." for part in mail.walk() for each in part.defects]
    return problems


def _find_wrong_fields(mail: EmailMessage) -> list[str]:
    problems: list[str] = []
    if not _MESSAGE_ID.fullmatch(str(mail["Message-ID"])):
        problems.append("Message-ID is no identifier.")
    problems += [
        f"{name} holds something else than identifiers."
        for name in ("In-Reply-To", "References")
        if name in mail and not all(_MESSAGE_ID.fullmatch(each) for each in str(mail[name]).split())
    ]
    try:
        parsedate_to_datetime(str(mail["Date"]))
    except ValueError:
        problems.append("Date is no date.")
    addresses: Any = [*mail["From"].addresses, *mail["To"].addresses]
    if not addresses or not all(address.domain for address in addresses):
        problems.append("An address has no domain.")
    return problems
