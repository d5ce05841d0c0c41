"""What a row says was asked, retrieved and answered, and its embedding: looked at in memory, kept as numbers only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from evenkeel.kernel.embedding import as_attributes
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.evaluators.embeddings import read_embeddings
from evenkeel.observe.evaluators.exchange import PARTS_MAX, Exchange
from evenkeel.observe.events.context import CONTENT_MAX

TEXTS: Final = ("prompt", "contexts", "answer")


def read_texts(found: Mapping[str, Any]) -> Exchange | None:
    """The exchange of a row; None for one without any text. Raises InvalidInputError for what is none.

    Contexts are a list, such a list written as JSON, or one text.

    >>> read_texts({"prompt": "How long?", "contexts": '["Two days."]', "answer": "Two."})
    Exchange(prompt='How long?', contexts=('Two days.',), answer='Two.')
    """
    if not any(name in found for name in TEXTS):
        return None
    return Exchange(_text(found, "prompt"), _contexts(found.get("contexts")), _text(found, "answer"))


def read_embedding(found: Mapping[str, Any], column: str) -> dict[str, Any]:
    """What is kept of a row's vector as attributes, named by its column; a list, or such a list written as JSON.

    Raises InvalidInputError for what is no vector.
    """
    given = found.get("embedding")
    if given is None:
        return {}
    vector = _listed(given) if isinstance(given, str) and given.lstrip()[:1] == "[" else given
    return as_attributes(read_embeddings({column: vector}), "feature.")


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidInputError(f"{name} is {value!r:.40}, not a text.")
    return None if value is None else value[:CONTENT_MAX]


def _contexts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = _listed(value)
    items = cast("list[object]", value) if isinstance(value, list) else [] if value is None else [None]
    texts = [each for each in items if isinstance(each, str)]
    if len(texts) < len(items):
        raise InvalidInputError(f"contexts is {value!r:.40}, no list of texts.", hint='Write e.g. ["…", "…"].')
    return tuple(each[:CONTENT_MAX] for each in texts[:PARTS_MAX] if each)


def _listed(text: str) -> object:
    if text.lstrip()[:1] != "[":
        return [text]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return [text]  # a text that begins with a bracket
