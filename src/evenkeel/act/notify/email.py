"""E-mail: one thread per alert, as plain text and HTML (RFC 5322, RFC 2045-2049).

| limit | value | source |
|---|---|---|
| line | 998 octets without CRLF | RFC 5322 2.1.1; the standard library folds at 78 |
| subject | 150 characters | ours: what mail programs show |
| text | 100,000 characters | ours, far below the 10 MB of common servers |
| body | 7-bit, so that no server needs 8BITMIME or SMTPUTF8 | RFC 5321 |

Mail programs join a thread by References (RFC 5322 3.6.4), some only with the same subject too, so that the subject
of the first mail stays and the state stands in the first line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Any, Final

from evenkeel.act.notify.answers import NOTHING_TO_SAY, say
from evenkeel.act.notify.cutting import cut, mend, one_line
from evenkeel.act.notify.model import Event, Level, Message, Receipt, Request, Response, Security, SmtpRequest
from evenkeel.act.notify.phrasing import headline, identify_message, links_of, origin_of, state_of, title_of
from evenkeel.kernel.time import isoformat, to_datetime

SUBJECT_LENGTH_MAX: Final = 150
TEXT_LENGTH_MAX: Final = 100_000
FACTS_MAX: Final = 50
FACT_LENGTH_MAX: Final = 500
URL_LENGTH_MAX: Final = 2_048

_POLICY: Final = SMTP.clone(cte_type="7bit")
_OPENS_A_THREAD: Final = frozenset((Event.TRIGGER, Event.ACKNOWLEDGE, Event.RESOLVE))
_STYLE: Final = "font-family:system-ui,sans-serif;line-height:1.5;max-width:42rem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """Some addresses, through one mail server. `thread` is {root, last, subject}: two Message-IDs and a subject."""

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    site_url: str
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)

    def render(self, message: Message, thread: Mapping[str, Any] | None) -> tuple[Request, ...]:
        """One mail to all."""
        mail = self._write(message, thread if message.event in _OPENS_A_THREAD else None)
        request = SmtpRequest(
            url=f"smtp://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}",
            body=mail.as_bytes(),
            headers={},
            method="SMTP",
            security=self.security,
            sender=self.sender,
            recipients=self.recipients,
            user=self.user,
            password=self.password,
        )
        return (request,)

    def read(self, message: Message, responses: tuple[Response, ...], thread: Mapping[str, Any] | None) -> Receipt:
        """Delivered when the mail server took it; 4xx passes, 5xx stays (RFC 5321 4.2.1)."""
        if not responses:
            return NOTHING_TO_SAY
        response = responses[0]
        said = say(response.body, (self.password,))
        if response.status == 0:
            return Receipt(delivered=False, retry=True, detail=f"Not reached: {said}")
        if not 200 <= response.status < 300:
            detail = f"The mail server said {response.status}: {said}"
            return Receipt(delivered=False, retry=400 <= response.status < 500, detail=detail)
        known = self._know(message, thread) if message.event in _OPENS_A_THREAD else None
        return Receipt(delivered=True, retry=False, detail=f"Taken by the mail server: {said}", thread=known)

    def _know(self, message: Message, thread: Mapping[str, Any] | None) -> Mapping[str, Any]:
        last = self._message_id(message)
        return dict(thread) | {"last": last} if thread else {"root": last, "last": last, "subject": _subject(message)}

    def _write(self, message: Message, thread: Mapping[str, Any] | None) -> EmailMessage:
        mail = EmailMessage(policy=_POLICY)
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.recipients)
        mail["Subject"] = f"Re: {thread['subject']}" if thread else _subject(message)
        mail["Date"] = format_datetime(to_datetime(message.at_us))
        mail["Message-ID"] = self._message_id(message)
        if thread:
            mail["In-Reply-To"] = thread["last"]
            mail["References"] = " ".join(dict.fromkeys((thread["root"], thread["last"])))
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note is wanted
        mail["X-Auto-Response-Suppress"] = "All"
        if message.event is Event.TRIGGER and message.level is Level.CRITICAL:
            mail["Importance"] = "high"
        mail.set_content(_plain_part(message, self.site_url), cte="quoted-printable")
        mail.add_alternative(_html_part(message, self.site_url), subtype="html", cte="quoted-printable")
        boundary = f"=_{identify_message(message)}"
        mail.set_boundary(boundary)  # the same mail twice is the same bytes
        return mail

    def _message_id(self, message: Message) -> str:
        """The same whenever this message is sent, so that mail programs show a mail that was sent twice once."""
        _, at, domain = self.sender.rpartition("@")
        domain = domain.strip(" <>")
        return f"<{identify_message(message)}@{domain if at and domain and domain.isascii() else 'localhost'}>"


def _subject(message: Message) -> str:
    word = state_of(message)[1] if message.event in (Event.CHANGE, Event.TEST) else message.level.value.capitalize()
    return cut(f"[{word}] {title_of(message)}", SUBJECT_LENGTH_MAX)


def _plain_part(message: Message, site_url: str) -> str:
    parts = [cut(headline(message), 1_000), cut(mend(message.text).strip(), TEXT_LENGTH_MAX)]
    parts.append("\n".join(f"{name}: {value}" for name, value in _facts(message)))
    parts.append("\n".join(f"{words}: {url}" for words, url in links_of(message, site_url, URL_LENGTH_MAX)))
    parts.append(_footer(message))
    return "\n\n".join(part for part in parts if part) + "\n"


def _html_part(message: Message, site_url: str) -> str:
    text = escape(cut(mend(message.text).strip(), TEXT_LENGTH_MAX)).replace("\n", "<br>\n")
    rows = "".join(
        f"<tr><th align=left>{escape(name)}</th><td>{escape(value)}</td></tr>\n" for name, value in _facts(message)
    )
    links = "".join(
        f'<p><a href="{escape(url)}">{escape(words)}</a></p>\n'
        for words, url in links_of(message, site_url, URL_LENGTH_MAX)
    )
    title = escape(_subject(message))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f'<body style="{_STYLE}">\n<h1 style="font-size:1.2rem">{escape(cut(headline(message), 1_000))}</h1>\n'
        f"<p>{text}</p>\n<table cellpadding=4>\n{rows}</table>\n{links}"
        f'<p style="color:#555"><small>{escape(_footer(message))}</small></p>\n</body></html>\n'
    )


def _facts(message: Message) -> list[tuple[str, str]]:
    return [
        (cut(one_line(name), FACT_LENGTH_MAX), cut(one_line(value), FACT_LENGTH_MAX))
        for name, value in message.facts[:FACTS_MAX]
    ]


def _footer(message: Message) -> str:
    return mend(f"{cut(origin_of(message), 600)}, {isoformat(message.at_us)}. Sent by evenkeel.")
