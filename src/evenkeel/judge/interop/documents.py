"""Documents of other tools: YAML or JSON in which everything knows where it stands, and what is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self, cast

import yaml

BYTES_MAX: Final = 4 * 1024 * 1024
DOCUMENTS_MAX: Final = 10_000
#: Digits of a number; more are no figure that anybody means, and too many for Python to write out.
_DIGITS_MAX: Final = 64
Path = tuple[str | int, ...]
#: Tags whose scalars are not text.
_CONSTRUCTED: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null"))


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where, what by a stable code, and in words with the value seen and allowed."""

    file: str
    line: int
    column: int
    path: str  # spec.objectives[0].target
    code: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path}: {self.message} [{self.code}]" if self.path else f"{where}: {self.message}"


@dataclass(slots=True)
class Findings:
    """What reading came upon: errors, and what is odd but read as it is written."""

    problems: list[Problem] = field(default_factory=list[Problem])
    warnings: list[Problem] = field(default_factory=list[Problem])


@dataclass(slots=True)
class Document:
    """One document of a file, as plain values, and the place of each."""

    file: str
    content: Any
    places: dict[Path, tuple[int, int]]
    findings: Findings

    def root(self) -> View:
        """The whole of it."""
        return View(self, (), self.content)


def written(path: Path) -> str:
    """A path as people read it.

    >>> written(("spec", "objectives", 0, "target"))
    'spec.objectives[0].target'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True)
class View:
    """A value within a document; it can be looked into, and refused with its place."""

    document: Document
    path: Path
    value: Any

    def at(self, *keys: str) -> View:
        """What lies below; its value is None where there is nothing."""
        view: Self | View = self
        for key in keys:
            below = cast("dict[str, Any]", view.value).get(key) if isinstance(view.value, dict) else None
            view = View(self.document, (*view.path, key), below)
        return view

    @property
    def is_given(self) -> bool:
        """Whether there is anything."""
        return self.value is not None

    @property
    def is_mapping(self) -> bool:
        """Whether this is a mapping."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether this is a list."""
        return isinstance(self.value, list)

    def refuse(self, code: str, message: str) -> None:
        """Note an error here."""
        self.document.findings.problems.append(self._problem(code, message))

    def warn(self, code: str, message: str) -> None:
        """Note what is read as it is written, though it may not be meant so."""
        self.document.findings.warnings.append(self._problem(code, message))

    def _problem(self, code: str, message: str) -> Problem:
        places = self.document.places
        place = next(places[self.path[:n]] for n in range(len(self.path), -1, -1) if self.path[:n] in places)
        return Problem(self.document.file, *place, written(self.path), code, message)

    def section(self, required: Iterable[str] = (), optional: Iterable[str] = ()) -> bool:
        """Whether this is a mapping; what it lacks and what nobody knows is refused."""
        if not isinstance(self.value, dict):
            self.refuse("type", f"{_seen(self.value)} stands where a mapping belongs")
            return False
        needed = tuple(required)
        known = (*needed, *optional)
        for key in cast("dict[str, Any]", self.value):
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
                self.at(key).refuse("unknown_key", f"there is no such property; {hint}")
        for key in needed:
            if self.at(key).value is None:
                self.at(key).refuse("required", "this is missing, and needed")
        return True

    def items(self) -> list[View]:
        """The items of a list; what is no list is refused and has none."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            self.refuse("type", f"{_seen(self.value)} stands where a list belongs")
            return []
        found = cast("list[Any]", self.value)
        return [View(self.document, (*self.path, n), item) for n, item in enumerate(found)]

    def entries(self) -> list[tuple[str, View]]:
        """Keys and values of a mapping; what is no mapping is refused and has none."""
        if self.value is None:
            return []
        if not isinstance(self.value, dict):
            self.refuse("type", f"{_seen(self.value)} stands where a mapping belongs")
            return []
        return [(key, self.at(key)) for key in cast("dict[str, Any]", self.value)]

    def text(self, allowed: Iterable[str] = ()) -> str:
        """A text, one of `allowed` where there are such; empty when it is missing or refused."""
        if self.value is None:
            return ""
        if not isinstance(self.value, str):
            self.refuse("type", f"{_seen(self.value)} stands where text belongs; put it in quotes")
            return ""
        choices = tuple(allowed)
        if choices and self.value not in choices:
            self.refuse("not_in", f"{self.value!r} is not one of {', '.join(choices)}")
            return ""
        return self.value

    def number(self) -> float | None:
        """A number; None when it is missing or refused."""
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            self.refuse("type", f"{_seen(self.value)} stands where a number belongs")
            return None
        return float(self.value)

    def flag(self) -> bool | None:
        """A truth value; None when it is missing or refused."""
        if self.value is None or isinstance(self.value, bool):
            return self.value
        self.refuse("type", f"{_seen(self.value)} stands where true or false belongs")
        return None

    def one_of(self, *keys: str, needed: bool = True) -> str | None:
        """Which of `keys` is given; several, or none where one is needed, are refused."""
        given = [key for key in keys if self.at(key).value is not None]
        if len(given) == 1:
            return given[0]
        if given or needed:
            said = " and ".join(given) or "none of them"
            self.refuse("one_of", f"give exactly one of {', '.join(keys)}; this gives {said}")
        return None


def read_documents(file: str, text: str, findings: Findings) -> list[Document]:
    """The documents of a YAML or JSON text, lists of objects taken apart; what cannot be read is a problem."""

    def refuse(line: int, column: int, message: str) -> list[Document]:
        findings.problems.append(Problem(file, line, column, "", "syntax", message))
        return []

    if len(text) > BYTES_MAX:
        return refuse(1, 1, f"the file has more than {BYTES_MAX} characters")
    found: list[Document] = []
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
            return refuse(1, 1, "aliases (*name) are not read; write the value out")
        for node in yaml.compose_all(text, Loader=yaml.SafeLoader):
            found += _documents(file, node, findings)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return refuse(*at, f"neither YAML nor JSON: {error.problem or error.context}")
    except yaml.YAMLError as error:
        return refuse(1, 1, f"neither YAML nor JSON: {str(error)[:200]}")
    except RecursionError:
        return refuse(1, 1, "the file is nested too deep")
    if len(found) > DOCUMENTS_MAX:
        return refuse(1, 1, f"the file has {len(found)} objects, more than {DOCUMENTS_MAX}")
    return found


def _documents(file: str, node: yaml.Node | None, findings: Findings) -> list[Document]:
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        return []
    tops = cast("list[yaml.Node]", node.value) if isinstance(node, yaml.SequenceNode) else [node]
    found: list[Document] = []
    for top in tops:
        document = Document(file, None, {}, findings)
        document.content = _plain(top, (), document)
        found.append(document)
    return found


def _plain(node: yaml.Node, path: Path, document: Document) -> Any:
    document.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = (*path, key)
            document.places[here] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if key in found:
                View(document, here, None).refuse("duplicate", "this property stands here twice")
            found[key] = _plain(value_node, here, document)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, n), document) for n, item in enumerate(node.value)]
    if node.tag in _CONSTRUCTED:
        return _constructed(node, path, document)
    return str(node.value)  # dates too: these formats write them as text


def _constructed(node: yaml.Node, path: Path, document: Document) -> Any:
    """A number, a truth value or nothing; None, and a problem, where the text is none of what its tag says."""
    try:
        if len(node.value) <= _DIGITS_MAX:
            return cast("Any", yaml.SafeLoader("")).construct_object(node)
    except (ValueError, KeyError):  # 0b_, or !!int and !!bool before a word
        pass
    said, kind = str(node.value)[:_DIGITS_MAX], node.tag.rpartition(":")[2]
    View(document, path, None).refuse("type", f"{said!r} is no {kind}; put text in quotes")
    return None


def _seen(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else repr(value)


def one_line(problems: Sequence[Problem]) -> str:
    """All of them, a line each."""
    return "\n".join(map(str, problems))


def as_rows(problems: Sequence[Problem]) -> list[Mapping[str, Any]]:
    """The problems for programs."""
    return [
        {
            "file": each.file, "line": each.line, "column": each.column, "path": each.path, "code": each.code,
            "message": each.message,
        }
        for each in problems
    ]  # fmt: skip
