"""Microsoft Teams: an adaptive card to a workflow's webhook. Cards cannot be edited: each message is a card.

| limit | value | source |
|---|---|---|
| body | 28 KB; we stop at 28,000 bytes | learn.microsoft.com, Teams, "Format cards" and webhook limits |
| card | version 1.4 or lower, in `attachments` | learn.microsoft.com, "When a Teams webhook request is received" |
| actions shown | 6 | adaptivecards.io, Teams host configuration |

A workflow answers 202 before it posts. The connectors it replaced answered 200 even when Teams refused the card, with
`Microsoft Teams endpoint returned HTTP error` in the body; that is read as the refusal it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from evenkeel.act.notify.answers import NOTHING_TO_SAY, read_failure, say, secret_parts
from evenkeel.act.notify.cutting import cut, fit, mend, one_line
from evenkeel.act.notify.model import Event, Level, Message, Receipt, Request, Response
from evenkeel.act.notify.phrasing import headline, links_of, origin_of, state_of, to_json
from evenkeel.kernel.time import isoformat

BODY_BYTES_MAX: Final = 28_000
TEXT_LENGTH_MAX: Final = 8_000
FACTS_MAX: Final = 20
ACTIONS_MAX: Final = 6
URL_LENGTH_MAX: Final = 1_000
TITLE_LENGTH_MAX: Final = 300

_COLORS: Final = {Level.CRITICAL: "attention", Level.ERROR: "attention", Level.WARNING: "warning", Level.INFO: "accent"}
_CALM: Final = {Event.ACKNOWLEDGE: "warning", Event.RESOLVE: "good", Event.CHANGE: "default", Event.TEST: "accent"}
_INNER_ERROR: Final = re.compile(rb"endpoint returned HTTP error (\d{3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Teams:
    """One workflow; its address holds its signature, and is a secret."""

    url: str = field(repr=False)
    site_url: str

    def render(self, message: Message, thread: Mapping[str, Any] | None) -> tuple[Request, ...]:
        """One card."""
        body = fit(lambda budget: self._write(message, budget), BODY_BYTES_MAX, TEXT_LENGTH_MAX)
        return (Request(self.url, body, {"content-type": "application/json"}),)

    def read(self, message: Message, responses: tuple[Response, ...], thread: Mapping[str, Any] | None) -> Receipt:
        """Delivered when the workflow accepted it."""
        if not responses:
            return NOTHING_TO_SAY
        secrets = secret_parts(self.url)
        failure = read_failure(responses[0], secrets)
        if failure is not None:
            return failure
        inner = _INNER_ERROR.search(responses[0].body)
        if inner is not None:
            status = int(inner[1])
            detail = f"Not posted: {say(responses[0].body, secrets)}"
            return Receipt(delivered=False, retry=status == 429 or status >= 500, detail=detail)
        return Receipt(delivered=True, retry=False, detail=f"Accepted by the workflow ({responses[0].status}).")

    def _write(self, message: Message, budget: int) -> bytes:
        symbol, _ = state_of(message)
        color = _CALM.get(message.event) or _COLORS[message.level]
        title = _plain(f"{symbol} {headline(message)}", min(budget, TITLE_LENGTH_MAX))
        body: list[dict[str, Any]] = [_block(title, size="large", weight="bolder", color=color, style="heading")]
        text = mend(message.text).strip()
        if text:
            body.append(_block(_plain(text, budget).replace("\n", "\n\n")))
        facts = [
            {
                "title": _plain(one_line(name) or "–", min(budget, 100)),
                "value": _plain(one_line(value) or "–", budget // 10 + 1),
            }
            for name, value in message.facts[:FACTS_MAX]
        ]
        if facts:
            body.append({"type": "FactSet", "facts": facts})
        origin = f"{origin_of(message)} · {isoformat(message.at_us)} · evenkeel"
        body.append(_block(_plain(origin, min(budget, TITLE_LENGTH_MAX)), isSubtle=True, size="small"))
        card: dict[str, Any] = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "msteams": {"width": "Full"},
            "body": body,
        }
        actions = [
            {"type": "Action.OpenUrl", "title": _action(message, number, words), "url": url}
            for number, (words, url) in enumerate(links_of(message, self.site_url, URL_LENGTH_MAX)[:ACTIONS_MAX])
        ]
        card |= {"actions": actions} if actions else {}
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        return to_json({"type": "message", "attachments": [attachment]})


def _block(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text, "wrap": True} | more


def _action(message: Message, number: int, words: str) -> str:
    return "Acknowledge" if number == 0 and message.event is Event.TRIGGER else cut(words, 75)


def _plain(text: str, limit: int) -> str:
    """Cut, and without what a card's Markdown would make a link of."""
    return cut(mend(text).replace("](", "] ("), limit)
