"""What was asked, retrieved and answered, beside an event: evaluated in memory, kept only where that is switched on.

Kept texts have the names of the attributes that spans have, so that whoever reads them reads one kind of thing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol, cast

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.evaluators.evaluating import CLAIMED, FAILED, Evaluating, put_beside
from evenkeel.observe.evaluators.exchange import Exchange
from evenkeel.observe.events.attributes import dump_attributes
from evenkeel.observe.events.context import CONTENT_MAX, TEXT_MAX, EventContext

#: Documents of one event that are looked at.
CONTEXTS_MAX: Final = 200
#: Of these, how many are kept where content is kept: with prompt and answer they fit into one event.
_KEPT_MAX: Final = 12
_PARTS: Final = frozenset(("prompt", "contexts", "answer"))


class HeldExchanges(Protocol):
    """Events that were read, and what some of them said."""

    @property
    def batch(self) -> EventBatch:
        """The events."""
        ...

    @property
    def exchanges(self) -> list[tuple[int, Exchange]]:
        """(place of the event, what it said)."""
        ...


def read_exchange(item: Any) -> Exchange | None:
    """The `content` of an event as it was sent; None for one without. Raises InvalidInputError for what is none.

    >>> read_exchange({"content": {"prompt": "How long?", "contexts": ["Two days."], "answer": "Two."}})
    Exchange(prompt='How long?', contexts=('Two days.',), answer='Two.')
    """
    given = cast("dict[str, Any]", item).get("content")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise InvalidInputError(
            f"content is an object, not {type(given).__name__}.", hint="It has a prompt, contexts and an answer."
        )
    parts = cast("dict[str, Any]", given)
    unknown = sorted(parts.keys() - _PARTS)
    if unknown:
        raise InvalidInputError(
            f"content has no part {unknown[0][:40]!r}.", hint="It has a prompt, contexts (a list) and an answer."
        )
    return Exchange(_text(parts, "prompt"), _texts(parts.get("contexts")), _text(parts, "answer"))


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    texts = [each for each in items if isinstance(each, str)]
    if len(texts) < len(items):
        raise InvalidInputError("contexts is no list of texts.", hint="Send the text of each document.")
    return tuple(each[:CONTENT_MAX] for each in texts[:CONTEXTS_MAX] if each)


def _text(parts: Mapping[str, Any], name: str) -> str | None:
    value = parts.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidInputError(f"{name} is text, not {type(value).__name__}.")
    return None if value is None else value[:CONTENT_MAX]


def evaluate_content(found: HeldExchanges, context: EventContext, evaluating: Evaluating | None) -> Iterator[None]:
    """Put the numbers of each exchange beside its event; comes up for air after each of them.

    Afterwards the texts are gone, but for services whose content is kept.
    """
    columns = found.batch.columns
    for place, exchange in found.exchanges:
        service: str = columns["service"][place]
        request_id: bytes = columns["request_id"][place]
        numbers = {} if evaluating is None else evaluating.evaluate(service, request_id, exchange)
        kept = as_attributes(exchange) if service in context.content_services else {}
        if not numbers and not kept:
            continue
        before: dict[str, Any] = json.loads(columns["attributes"][place] or "{}")
        rest, is_claimed = put_beside(numbers, before)
        columns["attributes"][place], is_cut = dump_attributes(rest | kept)
        said = [columns["finding"][place], *(["evaluator_failed"] if FAILED in numbers else [])]
        said += [CLAIMED] if is_claimed else []
        said += ["attributes_cut"] if is_cut else []
        columns["finding"][place] = " ".join(filter(None, said)) or None
        yield
    found.exchanges.clear()


def as_attributes(exchange: Exchange) -> dict[str, str]:
    """Texts as attributes, each cut to what is kept of one."""
    made = {
        f"retrieval.documents.{number}.document.content": text[:TEXT_MAX]
        for number, text in enumerate(exchange.contexts[:_KEPT_MAX])
    }
    sides = {"prompt": exchange.prompt, "completion": exchange.answer}
    return {name: text[:TEXT_MAX] for name, text in sides.items() if text is not None} | made
