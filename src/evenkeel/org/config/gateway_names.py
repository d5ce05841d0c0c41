"""What the sections of the gateway say of each other: names that are nobody's, routes that cannot answer."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

Note = Callable[[tuple[str, ...], str], None]


def check_gateway(gateway: object, upstreams: object, note: Note) -> None:
    """Tell `note` (path below `gateway`, message) of names that are nobody's, and of routes that cannot answer."""
    known = list(_mapping(upstreams))
    taken: dict[tuple[str, str], str] = {}
    for name, raw in _mapping(_mapping(gateway).get("routes")).items():
        route = _mapping(raw)
        at = ("routes", name)
        key = (str(route.get("environment") or "production"), str(route.get("service") or name))
        if key in taken:
            note(at, f"{key[1]} in {key[0]} has a route already: {taken[key]}; write another `environment`")
        taken.setdefault(key, name)
        versions = _mapping(route.get("versions"))
        for version, body in versions.items():
            here = (*at, "versions", version, "upstreams")
            _check_names(here, _mapping(body).get("upstreams"), "upstream", known, note)
        _check_names((*at, "fallback"), route.get("fallback"), "version", list(versions), note)
        shadow = _mapping(route.get("shadow")).get("version")
        if isinstance(shadow, str):
            _check_name((*at, "shadow", "version"), shadow, "version", list(versions), note)
        if versions and all(_is_nothing(_mapping(body).get("weight", 1)) for body in versions.values()):
            note((*at, "versions"), "all weights are 0, so that nothing answers; give one version a weight above 0")
        rules = [_mapping(rule).get("name") for rule in _items(route.get("models"))]
        for number, rule in enumerate(rules):
            if rule is not None and rule in rules[:number]:
                note((*at, "models", str(number), "name"), f"{rule!r} is the name of a rule above; write another")


def _is_nothing(weight: object) -> bool:
    try:
        return float(str(weight)) == 0  # quoted, it is read as a number all the same
    except ValueError:
        return weight is False


def _check_names(at: tuple[str, ...], given: object, kind: str, known: list[str], note: Note) -> None:
    names = _items(given)
    for number, name in enumerate(names):
        if isinstance(name, str):
            _check_name((*at, str(number)), name, kind, known, note)
            if name in names[:number]:
                note((*at, str(number)), f"{name!r} stands here twice; name each once")


def _check_name(at: tuple[str, ...], name: str, kind: str, known: Iterable[str], note: Note) -> None:
    names = list(known)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        there_are = f"known: {', '.join(names[:20])}" if names else "none is configured"
        note(at, f"there is no {kind} {name!r}; " + (f"did you mean {near[0]}?" if near else there_are))


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _items(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
