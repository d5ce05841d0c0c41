"""Of an answer that is vectors, one vector becomes the few numbers that are kept of an embedding (SPEC D-1).

One of each answer: those of one answer are most often pieces of one document, and what is counted has to be drawn one
by one. Which one follows from the request's identity. Only that one is read, so an answer of a thousand costs little
more than an answer of one.
"""

from __future__ import annotations

import base64
import binascii
import re
import sys
from array import array
from collections.abc import Mapping
from typing import Any, Final

from xxhash import xxh3_64_intdigest

from evenkeel.kernel.embedding import LENGTH_MAX, as_attributes
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.evaluators.embeddings import read_vector
from evenkeel.observe.events import jsontext

#: What the vectors are called that pass through the gateway.
NAME: Final = "gateway"
#: More vectors than providers give in one answer (OpenAI: 2,048).
_VECTORS_MAX: Final = 4_096
#: Of its own, so that this choice goes along with no other by the same id.
_SEED: Final = 0x766563

_KEY: Final = b'"embedding"'
_VALUE: Final = re.compile(rb'\s{0,64}:\s{0,64}(["\[])')
_CLOSES: Final = {b'"': b'"', b"[": b"]"}


def gives_vectors(operation: str, asked: Mapping[str, Any]) -> bool:
    """Whether the answer to a request is vectors: embeddings, or an MLflow model that is asked as for embeddings.

    >>> gives_vectors("embeddings", {}), gives_vectors("invocations", {"input": ["Where is it?"]})
    (True, True)
    >>> gives_vectors("invocations", {"inputs": [[1, 2]]}), gives_vectors("chat", {"input": "x"})
    (False, False)
    """
    return operation == "embeddings" or (operation == "invocations" and "input" in asked and "messages" not in asked)


def sketch_answer(body: bytes | bytearray, asked: Mapping[str, Any], request_id: bytes) -> dict[str, float | None]:
    """The numbers of one of the vectors of an answer by the names of attributes; empty where none can be read."""
    if asked.get("output_dtype", "float") != "float":
        return {}  # whole numbers in base64 look like others
    found = find_vectors(body)
    if not found:
        return {}
    start, end = found[xxh3_64_intdigest(request_id, _SEED) % len(found)]
    try:
        return as_attributes({NAME: read_vector(_numbers(bytes(body[start:end])), "the vector")}, "feature.")
    except (InvalidInputError, ValueError):
        return {}


def find_vectors(body: bytes | bytearray) -> list[tuple[int, int]]:
    """Where the vectors of an answer begin and end; one that is cut is left out.

    >>> body = b'{"data": [{"object": "embedding", "embedding": [1.5, 2]}, {"embedding": "AADAPw=="}, {"embedding": [3'
    >>> [body[start:end] for start, end in find_vectors(body)]
    [b'[1.5, 2]', b'"AADAPw=="']
    """
    found: list[tuple[int, int]] = []
    place = body.find(_KEY)
    while place >= 0 and len(found) < _VECTORS_MAX:
        place += len(_KEY)
        value = _VALUE.match(body, place)
        if value is not None:
            start = value.start(1)
            place = body.find(_CLOSES[value[1]], start + 1) + 1
            if not place:
                break
            found.append((start, place))
        place = body.find(_KEY, place)
    return found


def _numbers(text: bytes) -> object:
    """The numbers of one vector: a list, or 32-bit floats in base64 with the lowest byte first."""
    if text.startswith(b"["):
        return jsontext.load(text)
    if len(text) > 6 * LENGTH_MAX:
        return None
    try:
        numbers = array("f", base64.b64decode(text[1:-1], validate=True))
    except binascii.Error:
        return None
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()
