"""Embeddings as OpenAI documents them. Source: platform.openai.com/docs/api-reference/embeddings."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

from evenkeel.testing.upstreams.dialect import Answer, Voice, json_answer
from evenkeel.testing.upstreams.openai_errors import invalid
from evenkeel.testing.upstreams.speech import count_words, embed
from evenkeel.testing.upstreams.trouble import Trouble

INPUTS_MAX: Final = 2_048
DIMENSIONS: Final = 1_536  # of text-embedding-3-small
DIMENSIONS_MAX: Final = 3_072  # of text-embedding-3-large


def answer_embeddings(document: Mapping[str, Any], voice: Voice, trouble: Trouble, number: int) -> Answer:
    """The answer of `/v1/embeddings`. Raises RefusedError."""
    del voice, number
    inputs = read_inputs(document.get("input"))
    dimensions = document.get("dimensions", DIMENSIONS)
    if not isinstance(dimensions, int) or not 1 <= dimensions <= DIMENSIONS_MAX:
        raise invalid(f"'dimensions' is not from 1 to {DIMENSIONS_MAX}.", "dimensions", "invalid_value")
    written = document.get("encoding_format", "float")
    if written not in ("float", "base64"):
        raise invalid(f"'encoding_format' is {written!r}, not float or base64.", "encoding_format", "invalid_value")
    tokens = sum(count for _, count in inputs)
    said = 0 if trouble.usage == "zero" else tokens
    usage = None if trouble.usage == "null" else {"prompt_tokens": said, "total_tokens": said}
    data = [
        {"object": "embedding", "index": index, "embedding": _write(embed(text, dimensions), written)}
        for index, (text, _) in enumerate(inputs)
    ]
    answer = {"object": "list", "data": data, "model": document["model"]}
    more = {} if trouble.usage == "missing" else {"usage": usage}
    return replace(json_answer({**answer, **more}), model=document["model"], tokens_in=tokens)


def read_inputs(given: Any) -> list[tuple[str, int]]:
    """Texts and their tokens: of a text, texts, a list of token numbers or several. Raises RefusedError."""
    several = cast("list[Any]", given) if isinstance(given, list) else [given]
    if several and all(isinstance(each, int) for each in several):
        several = [several]
    inputs = [_read(each) for each in several]
    if not 1 <= len(inputs) <= INPUTS_MAX:
        raise invalid(f"'input' has {len(inputs)} entries, 1 to {INPUTS_MAX} are allowed.", "input", "invalid_value")
    return inputs


def _read(given: Any) -> tuple[str, int]:
    if isinstance(given, str) and given:
        return given, count_words(given)
    if isinstance(given, list) and given and all(isinstance(each, int) for each in cast("list[Any]", given)):
        numbers = cast("list[int]", given)
        return " ".join(map(str, numbers)), len(numbers)
    raise invalid("'input' is no text, no list of token numbers, nor a list of those.", "input", "invalid_type")


def _write(vector: list[float], written: str) -> list[float] | str:
    if written == "float":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")
