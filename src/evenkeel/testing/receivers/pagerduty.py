"""Answers as PagerDuty's Events API v2 does: checks events, and keeps alerts by their keys.

Source: PagerDuty/developer-docs, docs/events-API-v2 (trigger, acknowledge and resolve; change events; limits).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from evenkeel.testing.receivers.checks import (
    WrongFormatError,
    as_list,
    as_moment,
    as_object,
    as_text,
    as_url,
    as_word,
    only,
    read_json,
)
from evenkeel.testing.receivers.server import Received, Receiver, Refusal, Reply, json_reply

ROUTING_KEY: Final = "0123456789abcdef0123456789abcdef"
BODY_BYTES_MAX: Final = 512 * 1024


@dataclass
class PagerDutyAlert:
    """An alert from its first trigger to its resolve."""

    dedup_key: str
    state: str  # triggered, acknowledged, resolved
    triggers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class PagerDutyReceiver(Receiver):
    """One service with one integration, whose key is `routing_key`."""

    def __init__(self, routing_key: str = ROUTING_KEY) -> None:
        self.routing_key = routing_key
        self.alerts: list[PagerDutyAlert] = []
        self.changes: list[dict[str, Any]] = []
        super().__init__()

    def open_alert(self, dedup_key: str) -> PagerDutyAlert | None:
        """The alert that is open under a key."""
        return next((a for a in self.alerts if a.dedup_key == dedup_key and a.state != "resolved"), None)

    def answer(self, request: Received) -> Reply:
        """202 for an event, 400 with the errors else."""
        try:
            if request.method != "POST" or request.path not in ("/v2/enqueue", "/v2/change/enqueue"):
                raise Refusal(Reply(404), f"{request.method} {request.path} is unknown")
            if request.headers.get("content-type", "").partition(";")[0] != "application/json":
                raise WrongFormatError("the content type is not application/json")
            document = read_json(request.body, BODY_BYTES_MAX)
            self._check_key(document)
            if request.path == "/v2/change/enqueue":
                _check_change(document)
                self.changes.append(document)
                return json_reply(202, {"status": "success", "message": "Change event processed"})
            key = self._apply(document)
        except WrongFormatError as error:
            body = {"status": "invalid event", "message": "Event object is invalid", "errors": [str(error)]}
            raise Refusal(json_reply(400, body), str(error)) from error
        return json_reply(202, {"status": "success", "message": "Event processed", "dedup_key": key})

    def _check_key(self, document: dict[str, Any]) -> None:
        key = as_text(document.get("routing_key"), "routing_key", 32, 32)
        if key != self.routing_key:
            raise WrongFormatError("routing_key is of no integration")

    def _apply(self, document: dict[str, Any]) -> str:
        action = as_word(document.get("event_action"), "event_action", ("trigger", "acknowledge", "resolve"))
        if action == "trigger":
            _check_trigger(document)
        else:
            only(document, "the event", ("routing_key", "event_action", "dedup_key"), ("payload",))
        key = as_text(document.get("dedup_key", f"made-{len(self.received)}"), "dedup_key", 255)
        alert = self.open_alert(key)
        if action == "trigger":
            if alert is None:
                alert = PagerDutyAlert(key, "triggered")
                self.alerts.append(alert)
            alert.triggers.append(document)
        elif alert is not None:  # what is not open is neither acknowledged nor resolved, and nothing is made of it
            alert.state = {"acknowledge": "acknowledged", "resolve": "resolved"}[action]
        return key


def _check_trigger(document: dict[str, Any]) -> None:
    required = ("routing_key", "event_action", "payload")
    only(document, "the event", required, ("dedup_key", "client", "client_url", "links", "images"))
    _check_links(document)
    if "client_url" in document:
        as_url(document["client_url"], "client_url")
    payload = as_object(document["payload"], "payload")
    optional = ("timestamp", "component", "group", "class", "custom_details")
    only(payload, "payload", ("summary", "source", "severity"), optional)
    _check_payload(payload)
    as_word(payload["severity"], "payload.severity", ("critical", "error", "warning", "info"))
    for name in ("component", "group", "class"):
        if name in payload:
            as_text(payload[name], f"payload.{name}", 1_024, 0)


def _check_change(document: dict[str, Any]) -> None:
    only(document, "the event", ("routing_key", "payload"), ("links",))
    _check_links(document)
    payload = as_object(document["payload"], "payload")
    only(payload, "payload", ("summary",), ("source", "timestamp", "custom_details"))
    _check_payload(payload)


def _check_payload(payload: dict[str, Any]) -> None:
    as_text(payload["summary"], "payload.summary", 1_024)
    as_text(payload.get("source", "-"), "payload.source", 1_024)
    if "timestamp" in payload:
        as_moment(payload["timestamp"], "payload.timestamp")
    as_object(payload.get("custom_details", {}), "payload.custom_details")


def _check_links(document: dict[str, Any]) -> None:
    for number, link in enumerate(as_list(document.get("links", []), "links", 1_000)):
        given = as_object(link, f"links[{number}]")
        only(given, f"links[{number}]", ("href",), ("text",))
        as_url(given["href"], f"links[{number}].href")
        as_text(given.get("text", "-"), f"links[{number}].text", 1_024)
