"""What a documented format asks of a JSON document: fields, kinds, lengths, words, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast


class WrongFormatError(ValueError):
    """A document that is not as documented; says where and why."""


def read_json(body: bytes, bytes_max: int) -> dict[str, Any]:
    """The object of a body in strict JSON and UTF-8. Raises WrongFormatError."""
    if len(body) > bytes_max:
        msg = f"the body has {len(body)} bytes, {bytes_max} are allowed"
        raise WrongFormatError(msg)
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise WrongFormatError(f"the body is not UTF-8: {error}") from error
    except json.JSONDecodeError as error:
        raise WrongFormatError(f"the body is not JSON: {error}") from error
    return as_object(document, "the body")


def as_object(value: Any, where: str) -> dict[str, Any]:
    """`value` as an object. Raises WrongFormatError."""
    if not isinstance(value, dict):
        raise WrongFormatError(f"{where} is no object")
    return cast("dict[str, Any]", value)


def as_list(value: Any, where: str, count_max: int, count_min: int = 0) -> list[Any]:
    """`value` as a list of so many. Raises WrongFormatError."""
    if not isinstance(value, list):
        raise WrongFormatError(f"{where} is no list")
    items = cast("list[Any]", value)
    if not count_min <= len(items) <= count_max:
        raise WrongFormatError(f"{where} has {len(items)} entries, {count_min} to {count_max} are allowed")
    return items


def as_text(value: Any, where: str, length_max: int, length_min: int = 1) -> str:
    """`value` as text of so many UTF-16 units, without half characters. Raises WrongFormatError."""
    if not isinstance(value, str):
        raise WrongFormatError(f"{where} is no text")
    try:
        length = len(value.encode("utf-16-le")) // 2
    except UnicodeEncodeError as error:
        raise WrongFormatError(f"{where} holds half a character") from error
    if not length_min <= length <= length_max:
        raise WrongFormatError(f"{where} has {length} characters, {length_min} to {length_max} are allowed")
    if "\x00" in value:
        raise WrongFormatError(f"{where} holds a NUL")
    return value


def as_word(value: Any, where: str, words: Collection[str]) -> str:
    """`value` as one of `words`. Raises WrongFormatError."""
    if value not in words:
        raise WrongFormatError(f"{where} is {value!r}, not one of {', '.join(sorted(words))}")
    return cast("str", value)


def as_url(value: Any, where: str, length_max: int = 2_048, scheme: tuple[str, ...] = ("https://", "http://")) -> str:
    """`value` as an absolute address. Raises WrongFormatError."""
    url = as_text(value, where, length_max)
    if not url.startswith(scheme) or any(each.isspace() for each in url):
        raise WrongFormatError(f"{where} is {url!r}, not an address that begins with {' or '.join(scheme)}")
    return url


def as_moment(value: Any, where: str) -> datetime:
    """`value` as a moment in ISO 8601, with its zone. Raises WrongFormatError."""
    written = as_text(value, where, 40)
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise WrongFormatError(f"{where} is not ISO 8601: {error}") from error
    if moment.tzinfo is None:
        raise WrongFormatError(f"{where} has no zone")
    return moment


def only(document: Mapping[str, Any], where: str, required: Collection[str], optional: Collection[str] = ()) -> None:
    """Nothing is missing, nothing is unknown. Raises WrongFormatError."""
    missing = sorted(set(required) - set(document))
    unknown = sorted(set(document) - set(required) - set(optional))
    if missing:
        raise WrongFormatError(f"{where} lacks {', '.join(missing)}")
    if unknown:
        raise WrongFormatError(f"{where} has unknown fields: {', '.join(unknown)}")


def _refuse_constant(word: str) -> Any:
    raise WrongFormatError(f"the body holds {word}, which is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise WrongFormatError("the body says a field twice")
    return document
