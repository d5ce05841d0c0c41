"""Opsgenie Alert API v2: alerts by their alias.

| limit | value | source |
|---|---|---|
| message | 130 characters | docs.opsgenie.com/docs/alert-api, "Create alert" |
| alias | 512 | the same |
| description | 15,000 | the same |
| tags | 20 of 50 | the same |
| details | 8,000 in all | the same |
| entity; source; user | 512; 100; 100 | the same |
| note | 25,000 | the same |

Requests are answered 202 and done later. An open alert's alias is counted, not changed, by another create, so a
further message is added as a note. It knows no change events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from evenkeel.act.notify.answers import NOTHING_TO_SAY, read_failure, read_object, say, unexpected
from evenkeel.act.notify.cutting import cut, fit_key, length, one_line
from evenkeel.act.notify.model import Event, Level, Message, Receipt, Request, Response
from evenkeel.act.notify.phrasing import headline, links_of, title_of, to_json

MESSAGE_LENGTH_MAX: Final = 130
ALIAS_LENGTH_MAX: Final = 512
DESCRIPTION_LENGTH_MAX: Final = 15_000
TAG_LENGTH_MAX: Final = 50
DETAILS_LENGTH_MAX: Final = 8_000
ENTITY_LENGTH_MAX: Final = 512
NOTE_LENGTH_MAX: Final = 25_000
URL_LENGTH_MAX: Final = 1_000

_PRIORITIES: Final = {Level.CRITICAL: "P1", Level.ERROR: "P2", Level.WARNING: "P3", Level.INFO: "P5"}
_US: Final = {"source": "evenkeel", "user": "evenkeel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opsgenie:
    """One API integration. Europe's `base_url` is https://api.eu.opsgenie.com. `thread` says that it was created."""

    api_key: str = field(repr=False)
    site_url: str
    base_url: str = "https://api.opsgenie.com"

    def render(self, message: Message, thread: Mapping[str, Any] | None) -> tuple[Request, ...]:
        """Create (with a note on what is open), acknowledge or close; of a test create and close."""
        alias = fit_key(message.dedup_key, ALIAS_LENGTH_MAX)
        match message.event:
            case Event.TRIGGER:
                create = self._create(message, alias)
                return (create, self._act(alias, "notes", message)) if thread else (create,)
            case Event.ACKNOWLEDGE:
                return (self._act(alias, "acknowledge", message),)
            case Event.RESOLVE:
                return (self._act(alias, "close", message),)
            case Event.TEST:
                return self._create(message, alias), self._act(alias, "close", message)
            case Event.CHANGE:
                return ()

    def read(self, message: Message, responses: tuple[Response, ...], thread: Mapping[str, Any] | None) -> Receipt:
        """Delivered when each request was accepted."""
        secrets = (self.api_key,)
        request_id = ""
        for response in responses:
            failure = read_failure(response, secrets)
            if failure is not None:
                return failure
            document = read_object(response.body)
            if document is None or not isinstance(document.get("requestId"), str):
                return unexpected(response, "Opsgenie", secrets)
            request_id = say(document["requestId"].encode("utf-8", "replace"), secrets)
        if not responses:
            return NOTHING_TO_SAY
        known = {"open": message.event is not Event.RESOLVE} if message.event is not Event.TEST else None
        known = {} if known == {"open": False} else known
        return Receipt(delivered=True, retry=False, detail=f"Accepted as request {request_id}.", thread=known)

    def _create(self, message: Message, alias: str) -> Request:
        prefix = "Test: " if message.event is Event.TEST else ""
        tags = [cut(one_line(tag), TAG_LENGTH_MAX) for tag in (message.environment, message.service) if one_line(tag)]
        document = {
            "message": cut(prefix + title_of(message), MESSAGE_LENGTH_MAX),
            "alias": alias,
            "description": self._describe(message),
            "tags": tags,
            "details": _details(message),
            "entity": cut(one_line(message.service), ENTITY_LENGTH_MAX),
            "priority": _PRIORITIES[message.level],
        }
        return self._request("/v2/alerts", document | _US)

    def _act(self, alias: str, action: str, message: Message) -> Request:
        note = cut(f"{headline(message)}\n{message.text}".strip(), NOTE_LENGTH_MAX)
        return self._request(f"/v2/alerts/{quote(alias, safe='')}/{action}?identifierType=alias", {"note": note} | _US)

    def _describe(self, message: Message) -> str:
        links = [f"{words}: {url}" for words, url in links_of(message, self.site_url, URL_LENGTH_MAX)[:5]]
        rest = "\n".join(links)
        text = cut(message.text, DESCRIPTION_LENGTH_MAX - length(rest) - 2)
        return f"{text}\n\n{rest}".strip()

    def _request(self, path: str, document: Mapping[str, Any]) -> Request:
        headers = {"content-type": "application/json", "authorization": f"GenieKey {self.api_key}"}
        return Request(self.base_url.rstrip("/") + path, to_json(document), headers)


def _details(message: Message) -> dict[str, str]:
    """Facts and labels while there is room."""
    details: dict[str, str] = {}
    room = DETAILS_LENGTH_MAX
    for name, value in (*message.facts, *message.labels.items()):
        key, text = cut(one_line(name) or "–", 100), cut(one_line(value) or "–", 1_000)
        room -= length(key) + length(text)
        if room < 0:
            break
        details.setdefault(key, text)
    return details
