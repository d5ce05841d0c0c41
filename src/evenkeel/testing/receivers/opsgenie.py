"""Answers as Opsgenie's Alert API v2 does: checks requests, and keeps alerts by their aliases.

Source: docs.opsgenie.com/docs/alert-api (create, acknowledge, close, add note).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from evenkeel.testing.receivers.checks import WrongFormatError, as_list, as_object, as_text, as_word, only, read_json
from evenkeel.testing.receivers.server import Received, Receiver, Refusal, Reply, json_reply

API_KEY: Final = "00000000-1111-2222-3333-444444444444"
BODY_BYTES_MAX: Final = 1_000_000
ACTIONS: Final = ("acknowledge", "close", "notes")

_OPTIONAL: Final = (
    "alias", "description", "responders", "visibleTo", "actions", "tags", "details", "entity", "source", "priority",
    "user", "note",
)  # fmt: skip


@dataclass
class OpsgenieAlert:
    """An alert from its creation to its closing."""

    alias: str
    created: dict[str, Any]
    state: str = "open"  # open, acknowledged, closed
    count: int = 1
    notes: list[str] = field(default_factory=list[str])


class OpsgenieReceiver(Receiver):
    """One account with one API integration."""

    def __init__(self, api_key: str = API_KEY) -> None:
        self.api_key = api_key
        self.alerts: list[OpsgenieAlert] = []
        super().__init__()

    def open_alert(self, alias: str) -> OpsgenieAlert | None:
        """The alert that is not closed under an alias."""
        return next((alert for alert in self.alerts if alert.alias == alias and alert.state != "closed"), None)

    def answer(self, request: Received) -> Reply:
        """202 for what is well-formed, whether there is such an alert or not; 403 and 422 else."""
        if request.headers.get("authorization") != f"GenieKey {self.api_key}":
            message = {"message": "You are not authorized", "took": 0.0, "requestId": "-"}
            raise Refusal(json_reply(403, message), "the key is wrong")
        address = urlsplit(request.path)
        segments = address.path.split("/")
        try:
            document = read_json(request.body, BODY_BYTES_MAX)
            if address.path == "/v2/alerts":
                self._create(document)
            elif len(segments) == 5 and segments[:3] == ["", "v2", "alerts"] and segments[4] in ACTIONS:
                if parse_qs(address.query).get("identifierType") != ["alias"]:
                    raise WrongFormatError("identifierType is not alias")
                self._act(segments[4], unquote(segments[3]), document)
            else:
                raise Refusal(json_reply(404, {"message": "Not found"}), f"{request.path} is unknown")
        except WrongFormatError as error:
            body = {"message": "Request body is not processable.", "errors": {"-": str(error)}, "requestId": "-"}
            raise Refusal(json_reply(422, body), str(error)) from error
        accepted = {"result": "Request will be processed", "took": 0.01, "requestId": f"r-{len(self.received)}"}
        return json_reply(202, accepted)

    def _create(self, document: dict[str, Any]) -> None:
        only(document, "the alert", ("message",), _OPTIONAL)
        as_text(document["message"], "message", 130)
        alias = as_text(document.get("alias", f"made-{len(self.received)}"), "alias", 512)
        as_text(document.get("description", ""), "description", 15_000, 0)
        as_text(document.get("entity", ""), "entity", 512, 0)
        as_word(document.get("priority", "P3"), "priority", ("P1", "P2", "P3", "P4", "P5"))
        _check_author(document)
        for number, tag in enumerate(as_list(document.get("tags", []), "tags", 20)):
            as_text(tag, f"tags[{number}]", 50)
        details = as_object(document.get("details", {}), "details")
        total = sum(len(name) + len(as_text(value, f"details.{name}", 8_000, 0)) for name, value in details.items())
        if total > 8_000:
            raise WrongFormatError(f"details have {total} characters, 8000 are allowed")
        alert = self.open_alert(alias)
        if alert is None:
            self.alerts.append(OpsgenieAlert(alias, document))
        else:
            alert.count += 1  # counted, not changed

    def _act(self, action: str, alias: str, document: dict[str, Any]) -> None:
        required = ("note",) if action == "notes" else ()
        only(document, action, required, ("note", "user", "source"))
        _check_author(document)
        alert = self.open_alert(alias)
        if alert is None:
            return
        if document.get("note"):
            alert.notes.append(document["note"])
        alert.state = {"acknowledge": "acknowledged", "close": "closed", "notes": alert.state}[action]


def _check_author(document: dict[str, Any]) -> None:
    as_text(document.get("source", "-"), "source", 100)
    as_text(document.get("user", "-"), "user", 100)
    as_text(document.get("note", "-"), "note", 25_000)
