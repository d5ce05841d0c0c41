"""Routes as the document that control publishes and workers read (`store.tables`).

Its words are those of `model`. What a worker does not know in it is not looked at, so that a newer control can
still lead an older worker; what it does know must make sense, or the whole document is refused and the last good
table stays in force.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import msgspec

from evenkeel.gateway.routes.model import UPSTREAMS_MAX, VERSIONS_MAX, ModelRule, Route, RouteTable, Upstream
from evenkeel.kernel.errors import InvalidInputError

#: Of one request; more would multiply an outage instead of bridging it.
RETRIES_MAX: Final = 10
_DAY_MIN: Final = 24 * 60

T = TypeVar("T")


class InvalidRoutesError(InvalidInputError, ValueError):
    """A table of routes that makes no sense; it says where. A ValueError, as `store.tables` asks of parsers."""

    code = "input.routes"


def routes_document(table: RouteTable) -> dict[str, Any]:
    """The document of a table; equal tables have equal documents.

    >>> routes_document(RouteTable(generation=3))
    {'generation': 3, 'at_us': 0, 'routes': {}, 'upstreams': {}}
    """
    return {
        "generation": table.generation,
        "at_us": table.at_us,
        "routes": _builtins({name: table.routes[name] for name in sorted(table.routes)}),
        "upstreams": _builtins({name: table.upstreams[name] for name in sorted(table.upstreams)}),
    }


def parse_routes(document: Mapping[str, Any]) -> RouteTable:
    """The table in a document. Raises InvalidRoutesError (a ValueError) with the path of what is wrong.

    >>> parse_routes(routes_document(RouteTable(generation=3))).generation
    3
    >>> parse_routes({"generation": -1, "at_us": 0, "routes": {}, "upstreams": {}})
    Traceback (most recent call last):
    ...
    evenkeel.gateway.routes.table.InvalidRoutesError: generation is -1. Write a whole number, 0 or more.
    """
    return RouteRows().table(document)


class RouteRows:
    """Tables of which one after the other is read: a row that is the same object as in the one before is not looked
    into again (`store.lines.LineReader`)."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, tuple[object, Any]]] = {"routes": {}, "upstreams": {}}

    def table(self, document: Mapping[str, Any]) -> RouteTable:
        """Like `parse_routes`. Where it raises, it is as if it had not been asked."""
        if not isinstance(document, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] what a file holds is not ours
            raise InvalidRoutesError("The table of routes is no object.")
        generation, at_us = _whole(document, "generation"), _whole(document, "at_us")
        routes = _rows(document, "routes", Route, self._rows["routes"])
        upstreams = _rows(document, "upstreams", Upstream, self._rows["upstreams"])
        table = RouteTable(generation, at_us, _values(routes), _values(upstreams))
        new_upstreams = _new(upstreams, self._rows["upstreams"])
        new_routes = _new(routes, self._rows["routes"]) if upstreams.keys() == self._rows["upstreams"].keys() else None
        for path, fact, hint in _problems(
            table.upstreams,
            {name: upstreams[name][1] for name in new_upstreams},
            table.routes if new_routes is None else {name: routes[name][1] for name in new_routes},
        ):
            raise InvalidRoutesError(f"{path} {fact}.", hint=hint)
        self._rows = {"routes": routes, "upstreams": upstreams}
        return table


def _values(rows: Mapping[str, tuple[object, T]]) -> dict[str, T]:
    return {name: made for name, (_, made) in rows.items()}


def _new(rows: Mapping[str, tuple[object, Any]], before: Mapping[str, tuple[object, Any]]) -> list[str]:
    """Names of the rows that were made just now."""
    return [name for name, row in rows.items() if before.get(name) is not row]


def problems(table: RouteTable) -> Iterator[tuple[str, str, str]]:
    """Everything in a table that makes no sense, as (path, fact, hint)."""
    return _problems(table.upstreams, table.upstreams, table.routes)


def _problems(
    known: Mapping[str, Upstream], upstreams: Mapping[str, Upstream], routes: Mapping[str, Route]
) -> Iterator[tuple[str, str, str]]:
    """Those of some upstreams and routes, which may name any that is `known`."""
    for name, upstream in upstreams.items():
        path = f"upstreams[{name!r}]"
        if not name or upstream.name != name:
            yield f"{path}.name", f"is {upstream.name!r}", "Use the name it is listed under."
        yield from _upstream_problems(path, upstream)
    for name, route in routes.items():
        path = f"routes[{name!r}]"
        if not route.environment or not route.service or "/" in route.environment or route.name != name:
            yield path, f"is the route of {route.name!r}", "List it under environment/service."
        yield from _version_problems(path, route, known)
        yield from _mention_problems(path, route)
        for index, rule in enumerate(route.models):
            yield from _model_problems(f"{path}.models[{index}]", rule)


def _upstream_problems(path: str, upstream: Upstream) -> Iterator[tuple[str, str, str]]:
    if not _is_base(upstream.url):  # the URL is not repeated: it may hold a password
        hint = "Write http:// or https:// and a host, without user, query, fragment and slash at the end."
        yield f"{path}.url", "is no base URL", hint
    if upstream.key and upstream.key.partition(":")[0] not in ("env", "file"):
        yield f"{path}.key", "is no reference to a secret", "Write env:NAME or file:PATH."
    for field in ("connect_s", "first_byte_s", "idle_s", "total_s"):
        seconds = getattr(upstream.timeouts, field)
        if not (isfinite(seconds) and seconds > 0):
            yield f"{path}.timeouts.{field}", f"is {seconds}", "Write seconds, more than 0."


def _is_base(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError when it is none
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc or "?" in url or "#" in url)
    is_printable = url.isprintable() and " " not in url
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain and is_printable and url[-1] != "/"


def _version_problems(path: str, route: Route, upstreams: Mapping[str, Upstream]) -> Iterator[tuple[str, str, str]]:
    if not 1 <= len(route.versions) <= VERSIONS_MAX:
        yield f"{path}.versions", f"are {len(route.versions)}", f"Name 1 to {VERSIONS_MAX}."
    yield from _twice(f"{path}.versions", [version.name for version in route.versions])
    for index, version in enumerate(route.versions):
        here = f"{path}.versions[{index}]"
        if not version.name:
            yield f"{here}.name", "is empty", "Name the version."
        if not (isfinite(version.weight) and version.weight >= 0):
            yield f"{here}.weight", f"is {version.weight}", "Write a number, 0 or more."
        if not 1 <= len(version.upstreams) <= UPSTREAMS_MAX:
            yield f"{here}.upstreams", f"are {len(version.upstreams)}", f"Name 1 to {UPSTREAMS_MAX}."
        if len(version.upstreams) > 1:
            yield from _twice(f"{here}.upstreams", version.upstreams)
        for name in version.upstreams:
            if name not in upstreams:
                yield f"{here}.upstreams", f"name {name!r}, which is none", "Name one of `upstreams`."
    total = sum(version.weight for version in route.versions)
    if not (isfinite(total) and total > 0):
        hint = "Let one version take traffic; `kill` switches a service off."
        yield f"{path}.versions", f"have weights that sum up to {total}", hint


def _mention_problems(path: str, route: Route) -> Iterator[tuple[str, str, str]]:
    """What a route says about its versions."""
    mentioned = [(f"fallback[{index}]", name) for index, name in enumerate(route.fallback)]
    if route.shadow is not None:
        mentioned.append(("shadow.version", route.shadow.version))
        if not 0 <= route.shadow.share <= 1:
            yield f"{path}.shadow.share", f"is {route.shadow.share}", "Write 0 to 1."
    for field, name in mentioned:
        if route.version(name) is None:
            hint = f"Name one of {', '.join(repr(version.name) for version in route.versions)}."
            yield f"{path}.{field}", f"is {name!r}, which is no version of it", hint
    if len(route.fallback) > 1:
        yield from _twice(f"{path}.fallback", route.fallback)
    if not 0 <= route.retries_max <= RETRIES_MAX:
        yield f"{path}.retries_max", f"is {route.retries_max}", f"Write 0 to {RETRIES_MAX}."
    if route.models:
        yield from _twice(f"{path}.models", [rule.name for rule in route.models])


def _model_problems(path: str, rule: ModelRule) -> Iterator[tuple[str, str, str]]:
    for field, text in (("name", rule.name), ("model", rule.model)):
        if not text:
            yield f"{path}.{field}", "is empty", "Name it."
    if rule.characters_max is not None and rule.characters_max < 0:
        yield f"{path}.characters_max", f"is {rule.characters_max}", "Write 0 or more."
    for field, words in (("languages", rule.languages), ("tags", rule.tags)):
        if words is not None and not words:
            yield f"{path}.{field}", "names nothing, so that the rule never fits", "Name some, or leave it out."
    if rule.minutes is not None:
        first, after = rule.minutes
        if not (0 <= first < _DAY_MIN and 0 < after <= _DAY_MIN and first != after):
            hint = "Write the first minute of the day, 0 to 1439, and the first one after, 1 to 1440."
            yield f"{path}.minutes", f"are {first} and {after}", hint
    ratio = rule.budget_left_max_ratio
    if ratio is not None and not 0 <= ratio <= 1:
        yield f"{path}.budget_left_max_ratio", f"is {ratio}", "Write 0 to 1."


def _twice(path: str, names: tuple[str, ...] | list[str]) -> tuple[tuple[str, str, str], ...]:
    if len(set(names)) == len(names):
        return ()
    double = next(name for index, name in enumerate(names) if name in names[:index])
    return ((path, f"name {double!r} twice", "Name each once."),)


def _whole(document: Mapping[str, Any], field: str) -> int:
    value = document.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidRoutesError(f"{field} is {value!r:.40}.", hint="Write a whole number, 0 or more.")
    return value


def _rows(
    document: Mapping[str, Any], field: str, kind: type[T], before: Mapping[str, tuple[object, T]]
) -> dict[str, tuple[object, T]]:
    """(row, what was made of it) by name; the pair of `before` where the row is the same object."""
    rows = document.get(field)
    if not isinstance(rows, Mapping):
        raise InvalidRoutesError(f"{field} is no object.")
    made: dict[str, tuple[object, T]] = {}
    for name, row in cast("Mapping[str, Any]", rows).items():
        known = before.get(name)
        if known is not None and known[0] is row:
            made[name] = known
            continue
        try:
            made[name] = row, msgspec.convert(row, kind)
        except msgspec.ValidationError as error:
            fact, _, where = str(error).partition(" - at `$")
            raise InvalidRoutesError(f"{field}[{name!r}]{where.removesuffix('`')}: {fact}.") from None
    return made


def _builtins(rows: Mapping[str, object]) -> dict[str, Any]:
    return cast("dict[str, Any]", msgspec.to_builtins(rows, order="deterministic"))
