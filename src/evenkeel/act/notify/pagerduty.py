"""PagerDuty Events API v2: alerts, and changes that may explain them.

| limit | value | source |
|---|---|---|
| dedup_key | 255 characters | PagerDuty/developer-docs, events-API-v2/trigger-events |
| payload.summary | 1,024 characters | the same |
| body | 512 KB; we stop at 512,000 bytes | events-API-v2/overview; Alertmanager stops there too |
| rate | about 120 a minute per integration key, then 429 | Rate-Limits |

Beyond the body's limit, custom_details give way to a note. A key that was resolved opens a new alert when it is
triggered again; acknowledge and resolve of what is not open do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from evenkeel.act.notify.answers import NOTHING_TO_SAY, read_failure, read_object, unexpected
from evenkeel.act.notify.cutting import cut, fit_key, mend
from evenkeel.act.notify.model import Event, Message, Receipt, Request, Response
from evenkeel.act.notify.phrasing import links_of, origin_of, title_of, to_json
from evenkeel.kernel.time import isoformat

KEY_LENGTH_MAX: Final = 255
SUMMARY_LENGTH_MAX: Final = 1_024
BODY_BYTES_MAX: Final = 512_000
#: Our own, so that what is not `custom_details` always fits.
NAME_LENGTH_MAX: Final = 255
LINKS_MAX: Final = 20
URL_LENGTH_MAX: Final = 2_048

_ACTIONS: Final = {
    Event.TRIGGER: ("trigger",),
    Event.ACKNOWLEDGE: ("acknowledge",),
    Event.RESOLVE: ("resolve",),
    Event.TEST: ("trigger", "resolve"),  # a test leaves nothing open
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDuty:
    """One integration of one PagerDuty service."""

    routing_key: str = field(repr=False)
    site_url: str
    base_url: str = "https://events.pagerduty.com"

    def render(self, message: Message, thread: Mapping[str, Any] | None) -> tuple[Request, ...]:
        """One event; of a test also its end; of a change a change event."""
        if message.event is Event.CHANGE:
            return (self._request("/v2/change/enqueue", self._change(message)),)
        return tuple(self._request("/v2/enqueue", self._event(message, action)) for action in _ACTIONS[message.event])

    def read(self, message: Message, responses: tuple[Response, ...], thread: Mapping[str, Any] | None) -> Receipt:
        """Delivered when each event was accepted."""
        secrets = (self.routing_key,)
        detail = ""
        for response in responses:
            failure = read_failure(response, secrets)
            if failure is not None:
                return failure
            document = read_object(response.body)
            if document is None or document.get("status") != "success":
                return unexpected(response, "PagerDuty", secrets)
            detail = f"Accepted as {fit_key(message.dedup_key, KEY_LENGTH_MAX)}."
        return Receipt(delivered=True, retry=False, detail=detail) if responses else NOTHING_TO_SAY

    def _event(self, message: Message, action: str) -> dict[str, Any]:
        event: dict[str, Any] = {
            "routing_key": self.routing_key,
            "event_action": action,
            "dedup_key": fit_key(message.dedup_key, KEY_LENGTH_MAX),
        }
        if action != "trigger":
            return event
        links = self._links(message)
        payload = {
            "summary": _summary(message),
            "source": _source(message),
            "severity": message.level.value,
            "timestamp": isoformat(message.at_us),
            "component": cut(message.service, NAME_LENGTH_MAX),
            "group": cut(message.environment, NAME_LENGTH_MAX),
            "class": cut(message.labels.get("objective", "") or message.event.value, NAME_LENGTH_MAX),
            "custom_details": _details(message),
        }
        event |= {"payload": payload, "client": "evenkeel", "client_url": self.site_url}
        return event | {"links": links, "client_url": links[0]["href"]} if links else event

    def _change(self, message: Message) -> dict[str, Any]:
        payload = {
            "summary": _summary(message),
            "source": _source(message),
            "timestamp": isoformat(message.at_us),
            "custom_details": _details(message),
        }
        return {"routing_key": self.routing_key, "payload": payload, "links": self._links(message)}

    def _links(self, message: Message) -> list[dict[str, str]]:
        found = links_of(message, self.site_url, URL_LENGTH_MAX)[:LINKS_MAX]
        return [{"href": url, "text": cut(words, NAME_LENGTH_MAX)} for words, url in found]

    def _request(self, path: str, event: dict[str, Any]) -> Request:
        body = to_json(event)
        if len(body) > BODY_BYTES_MAX:
            note = f"Left out: the event had {len(body):,} bytes, {BODY_BYTES_MAX:,} are allowed. Follow the link."
            event["payload"]["custom_details"] = {"note": note}
            body = to_json(event)
        return Request(self.base_url.rstrip("/") + path, body, {"content-type": "application/json"})


def _summary(message: Message) -> str:
    prefix = "Test: " if message.event is Event.TEST else ""
    return cut(f"{prefix}{title_of(message)} ({origin_of(message)})", SUMMARY_LENGTH_MAX)


def _source(message: Message) -> str:
    return cut(origin_of(message), NAME_LENGTH_MAX)


def _details(message: Message) -> dict[str, Any]:
    details: dict[str, Any] = {"text": mend(message.text)}
    details |= {mend(name): mend(value) for name, value in message.facts}
    return details | {"labels": {mend(name): mend(value) for name, value in message.labels.items()}}
