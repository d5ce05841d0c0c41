"""Answers as a Teams workflow does whose trigger is "When a Teams webhook request is received".

Sources: learn.microsoft.com (webhooks of workflows, card size), adaptivecards.io/explorer (schema 1.4).
"""

from __future__ import annotations

from typing import Any, Final

from evenkeel.testing.receivers.checks import (
    WrongFormatError,
    as_list,
    as_object,
    as_text,
    as_url,
    as_word,
    only,
    read_json,
)
from evenkeel.testing.receivers.server import Received, Receiver, Refusal, Reply, json_reply

PATH: Final = "/workflows/0123456789abcdef/triggers/manual/paths/invoke"
QUERY: Final = "api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abcdefghijklmnop"
BODY_BYTES_MAX: Final = 28 * 1024
CARD_TYPE: Final = "application/vnd.microsoft.card.adaptive"
ACTIONS_MAX: Final = 6

_COLORS: Final = ("default", "dark", "light", "accent", "good", "warning", "attention")
_SIZES: Final = ("default", "small", "medium", "large", "extraLarge")


class TeamsReceiver(Receiver):
    """One workflow and the cards it posted."""

    def __init__(self) -> None:
        self.cards: list[dict[str, Any]] = []
        super().__init__()

    @property
    def webhook_url(self) -> str:
        """The workflow's address, with its signature."""
        return f"{self.url}{PATH}?{QUERY}"

    def answer(self, request: Received) -> Reply:
        """202 without a body, as the flow runs later; 401 without the right signature."""
        if request.path != f"{PATH}?{QUERY}":
            error = {"error": {"code": "DirectApiAuthorizationRequired", "message": "The signature is wrong."}}
            raise Refusal(json_reply(401, error), "the address is wrong")
        try:
            if request.headers.get("content-type", "").partition(";")[0] != "application/json":
                raise WrongFormatError("the content type is not application/json")
            card = _check_message(read_json(request.body, BODY_BYTES_MAX))
        except WrongFormatError as error:
            document = {"error": {"code": "TriggerInputSchemaMismatch", "message": str(error)}}
            raise Refusal(json_reply(400, document), str(error)) from error
        self.cards.append(card)
        return Reply(202)


def _check_message(document: dict[str, Any]) -> dict[str, Any]:
    only(document, "the message", ("type", "attachments"))
    as_word(document["type"], "type", ("message",))
    (attachment,) = as_list(document["attachments"], "attachments", 1, 1)
    attachment = as_object(attachment, "attachments[0]")
    only(attachment, "attachments[0]", ("contentType", "content"), ("contentUrl", "name"))
    as_word(attachment["contentType"], "contentType", (CARD_TYPE,))
    if attachment.get("contentUrl") is not None:
        raise WrongFormatError("contentUrl must be null where there is content")
    return _check_card(as_object(attachment["content"], "content"))


def _check_card(card: dict[str, Any]) -> dict[str, Any]:
    only(card, "content", ("type", "version", "body"), ("$schema", "actions", "msteams", "fallbackText", "speak"))
    as_word(card["type"], "content.type", ("AdaptiveCard",))
    as_word(card["version"], "content.version", ("1.0", "1.1", "1.2", "1.3", "1.4"))
    for number, each in enumerate(as_list(card["body"], "body", 100, 1)):
        _check_element(as_object(each, f"body[{number}]"), f"body[{number}]")
    for number, each in enumerate(as_list(card.get("actions", []), "actions", ACTIONS_MAX)):
        action = as_object(each, f"actions[{number}]")
        only(action, f"actions[{number}]", ("type", "url"), ("title", "iconUrl", "style"))
        as_word(action["type"], f"actions[{number}].type", ("Action.OpenUrl",))
        as_url(action["url"], f"actions[{number}].url")
        as_text(action.get("title", "-"), f"actions[{number}].title", 1_000)
    return card


def _check_element(element: dict[str, Any], where: str) -> None:
    kind = as_word(element.get("type"), f"{where}.type", ("TextBlock", "FactSet"))
    if kind == "FactSet":
        only(element, where, ("type", "facts"))
        for number, each in enumerate(as_list(element["facts"], f"{where}.facts", 100, 1)):
            fact = as_object(each, f"{where}.facts[{number}]")
            only(fact, f"{where}.facts[{number}]", ("title", "value"))
            as_text(fact["title"], f"{where}.facts[{number}].title", BODY_BYTES_MAX)
            as_text(fact["value"], f"{where}.facts[{number}].value", BODY_BYTES_MAX)
        return
    only(element, where, ("type", "text"), ("wrap", "size", "weight", "color", "isSubtle", "style", "maxLines"))
    as_text(element["text"], f"{where}.text", BODY_BYTES_MAX)
    as_word(element.get("color", "default"), f"{where}.color", _COLORS)
    as_word(element.get("size", "default"), f"{where}.size", _SIZES)
    as_word(element.get("weight", "default"), f"{where}.weight", ("default", "lighter", "bolder"))
    as_word(element.get("style", "default"), f"{where}.style", ("default", "heading"))
