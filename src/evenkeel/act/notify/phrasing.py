"""What receivers are shown of a message: its state in a word, absolute links, JSON."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

from evenkeel.act.notify.cutting import one_line
from evenkeel.act.notify.model import Event, Level, Message
from evenkeel.kernel.ids import derive_id

#: What RFC 3986 allows in an address; all else is written as %XX of its UTF-8.
_URL_CHARACTERS: Final = "%:/?#[]@!$&'()*+,;=~"
_STATES: Final = {
    Event.ACKNOWLEDGE: ("👀", "Acknowledged"),
    Event.RESOLVE: ("✅", "Resolved"),
    Event.CHANGE: ("🔁", "Change"),
    Event.TEST: ("🧪", "Test"),
}
_LEVELS: Final = {
    Level.CRITICAL: ("🔴", "Critical"),
    Level.ERROR: ("🟠", "Error"),
    Level.WARNING: ("🟡", "Warning"),
    Level.INFO: ("🔵", "Info"),
}


def state_of(message: Message) -> tuple[str, str]:
    """(symbol, word) of what the message leaves its alert in; while it fires, how bad it is."""
    return _STATES.get(message.event) or _LEVELS[message.level]


def title_of(message: Message) -> str:
    """The title on one line, never empty."""
    return one_line(message.title) or "Alert without a title"


def headline(message: Message) -> str:
    """`Critical: title`."""
    return f"{state_of(message)[1]}: {title_of(message)}"


def origin_of(message: Message) -> str:
    """`service in environment`."""
    return (
        f"{one_line(message.service) or 'unknown service'} in {one_line(message.environment) or 'unknown environment'}"
    )


def links_of(message: Message, site_url: str, url_length_max: int) -> list[tuple[str, str]]:
    """(words, absolute URL) of the links that lead to a site and are not too long; the alert's own page first."""
    links: list[tuple[str, str]] = []
    for words, target in message.links:
        url = quote(one_line(target), safe=_URL_CHARACTERS)
        if url.startswith("/") and not url.startswith("//"):
            url = site_url.rstrip("/") + url
        if url.startswith(("https://", "http://")) and len(url) <= url_length_max:
            links.append((one_line(words) or "Open", url))
    return links


def identify_message(message: Message) -> str:
    """32 hex digits that are the same whenever this message is rendered, and differ between messages."""
    parts = (message.dedup_key, message.event.value, str(message.at_us), message.title, message.text)
    return derive_id(*(part.encode("utf-8", "surrogatepass") for part in parts)).hex()


def to_json(document: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
