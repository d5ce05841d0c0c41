"""JSON as strangers send it and as we keep it: strict, of bounded depth, the same bytes for equal values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

#: Lists and objects within each other in what we write. Everything that reads it later recurses, some of it
#: from deep inside a server, and Python ends recursion at 1,000.
DEPTH_MAX: Final = 200

_DECODE: Final = msgspec.json.Decoder().decode
_ENCODE: Final = msgspec.json.Encoder(enc_hook=str).encode
_ENCODE_SORTED: Final = msgspec.json.Encoder(enc_hook=str, order="deterministic").encode


def load(text: bytes) -> Any:
    """What a JSON text says; whole numbers keep all their digits, up to 4,300.

    Raises ValueError for NaN, Infinity, numbers beyond a double, text that is not UTF-8, lone surrogates, and
    what is nested so deep that reading it would end in a recursion error.

    >>> load(b'{"n": 123456789012345678901}')
    {'n': 123456789012345678901}
    >>> load(b"[NaN]")
    Traceback (most recent call last):
    ...
    ValueError: invalid character (byte 1)
    """
    try:
        return _DECODE(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ValueError as error:  # not UTF-8 is one, too
        raise ValueError(str(error).removeprefix("JSON is malformed: ")) from None


def dump(value: object, *, is_sorted: bool = False) -> bytes:
    """A value as compact JSON in UTF-8; with sorted keys, equal values give equal bytes.

    NaN and Infinity become null, bytes base64, and what JSON has no word for its text. Raises ValueError for
    lone surrogates, for what is nested deeper than `DEPTH_MAX`, and for keys to sort that are no text.

    >>> dump({"b": 1, "a": [True, None]}, is_sorted=True)
    b'{"a":[true,null],"b":1}'
    """
    encode = _ENCODE_SORTED if is_sorted else _ENCODE
    try:
        text = encode(value)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except TypeError as error:
        raise ValueError(str(error)) from None
    if _brackets(text) > DEPTH_MAX and _is_deep(value):  # rarely more than counting
        raise ValueError("nested too deep")
    return text


def _brackets(text: bytes) -> int:
    """Lists and objects that begin in a text. To leave them out takes a tenth of what to `count` them takes."""
    return 2 * len(text) - len(text.replace(b"[", b"")) - len(text.replace(b"{", b""))


def _is_deep(value: object) -> bool:
    """Whether lists and objects are nested deeper than `DEPTH_MAX`."""
    level: list[Any] = [value]
    for _ in range(DEPTH_MAX):
        level = [child for node in level for child in _children(node) if isinstance(child, (dict, list, tuple))]
        if not level:
            return False
    return True


def _children(node: object) -> Sequence[object]:
    if isinstance(node, dict):
        return list(cast("Mapping[Any, object]", node).values())
    return cast("Sequence[object]", node) if isinstance(node, (list, tuple)) else ()
