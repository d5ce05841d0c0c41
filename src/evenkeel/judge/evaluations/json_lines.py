"""Files of JSON lines that people send: each line is read by itself, and all that is wrong is told at once, by line."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, Final, Protocol, TypeVar, cast

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.events import jsontext

CONTEXTS_MAX: Final = 50
#: Faults that are told; beyond these a file is another kind of file.
_FAULTS_MAX: Final = 5


class Identified(Protocol):
    """What a line says, known by its id."""

    @property
    def id(self) -> str:
        """Unique in the file."""
        ...


_Line = TypeVar("_Line", bound=Identified)


def split_lines(text: str) -> list[tuple[int, str]]:
    """Lines that are not empty, with their numbers from 1.

    A text may hold other signs that end lines (U+2028, U+0085): of JSON lines only the one does.

    >>> split_lines("{}\\n\\n[]")
    [(1, '{}'), (3, '[]')]
    """
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def read_each(lines: list[tuple[int, str]], read: Callable[[str, int], _Line], *, hint: str) -> list[_Line]:
    """What `read` makes of each line; it raises ValueError with what is wrong with one.

    Raises InvalidInputError that names the lines that are wrong.
    """
    found: dict[str, _Line] = {}
    faults: list[str] = []
    for number, line in lines:
        try:
            one = read(line, number)
            if one.id in found:
                raise ValueError("has the id of an earlier line")
            found[one.id] = one
        except ValueError as error:
            faults.append(f"line {number} {error}")
    if faults:
        more = f" and {len(faults) - _FAULTS_MAX:,} more" if len(faults) > _FAULTS_MAX else ""
        raise InvalidInputError(f"It cannot be used: {'; '.join(faults[:_FAULTS_MAX])}{more}.", hint=hint)
    return list(found.values())


def read_object(line: str, known: AbstractSet[str]) -> dict[str, Any]:
    """The object of a line that has none but known fields. Raises ValueError; also for half a character (`\\ud800`)."""
    try:
        document: object = jsontext.load(line.encode())
    except ValueError:
        raise ValueError("is no JSON") from None
    if not isinstance(document, dict):
        raise ValueError("is no JSON object")  # noqa: TRY004 a fault of the line, told with the others
    raw = cast("dict[str, Any]", document)
    unknown = sorted(raw.keys() - known)
    if unknown:
        raise ValueError(f"has an unknown {unknown[0][:40]!r}")
    return raw


def read_text(raw: dict[str, Any], name: str) -> str:
    """A text, empty where there is none. Raises ValueError."""
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"has {name} that is no text")  # noqa: TRY004 a fault of the line, told with the others
    return value


def read_contexts(raw: dict[str, Any]) -> tuple[str, ...]:
    """The texts of `contexts`, however many. Raises ValueError."""
    contexts = raw.get("contexts", [])
    if not isinstance(contexts, list) or not all(isinstance(each, str) for each in cast("list[object]", contexts)):
        raise ValueError("has contexts that are no list of texts")
    return tuple(cast("list[str]", contexts))
