"""Catalogues of burn rules: the numbers of the field as data files, and which one an SLO is alerted by."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from evenkeel.judge.slo.model import BurnRule, Severity, Slo, window_name
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import parse_duration_s

#: Written in place of a catalogue's name: no burn rule alerts.
NO_RULES: Final = "none"
#: How rules are called that stand at the SLO itself.
OWN_RULES: Final = "own"
#: The strictest catalogue that a target fits is chosen for those that name none.
_BY_TARGET: Final = ("30d", "quality")
_DAY_S: Final = 86_400
_WORDS: Final = ("severity", "long", "short", "factor")
RULES_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Burn rules that belong together. Their factors are meant for a budget of `period_s` seconds."""

    name: str
    title: str
    period_s: int
    target_min: float  # below this its factors ask for more bad ones than there are
    rules: tuple[BurnRule, ...]


def read_catalogue(name: str, document: Mapping[str, Any]) -> Catalogue:
    """A catalogue from its data file. Raises InvalidInputError naming the rule that makes no sense."""
    try:
        rules = tuple(
            BurnRule(
                severity=Severity(rule["severity"]),
                long_s=parse_duration_s(rule["long"]),
                short_s=parse_duration_s(rule["short"]),
                factor=float(rule["factor"]),
            )
            for rule in document["rule"]
        )
        found = Catalogue(
            name=name,
            title=str(document.get("title", name)),
            period_s=parse_duration_s(document["period"]),
            target_min=float(document.get("target_min", 0.0)),
            rules=rules,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInputError(
            f"The catalogue {name!r} cannot be read: {error!r}.",
            hint="It has a period, and rules with severity (page or ticket), long, short and factor.",
        ) from error
    if len({rule.name for rule in rules}) < len(rules):
        raise InvalidInputError(
            f"Two rules of the catalogue {name!r} have the same windows, by which alerts are named.",
            hint="Write one rule over them, or make a window longer by a minute.",
        )
    for rule in rules:
        if rule.short_s >= rule.long_s or not 0 < rule.factor < math.inf or rule.long_s > found.period_s:
            raise InvalidInputError(
                f"The rule {rule.name} of the catalogue {name!r} has a short window that is not shorter than the long"
                f" one, a long one beyond the period, or a factor ({rule.factor:g}) that is not positive and finite.",
                hint="Write e.g. long = 1h, short = 5m, factor = 14.4.",
            )
    return found


def parse_rules(lines: Sequence[str]) -> tuple[BurnRule, ...]:
    """Rules as people type them, one a line: severity, long window, short window, factor.

    >>> [rule.name for rule in parse_rules(["page 1h 5m 14.4", "ticket 3d 6h 1"])]
    ['burn-1h-5m', 'burn-3d-6h']

    Raises InvalidInputError naming the line that cannot be read.
    """
    documents: list[Mapping[str, Any]] = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        if len(words) != len(_WORDS):
            raise InvalidInputError(
                f"Line {number} of the rules is {line[:60]!r}: {len(words)} words.",
                hint="Write a rule a line: severity, long window, short window, factor; e.g. page 1h 5m 14.4",
            )
        documents.append(dict(zip(_WORDS, words, strict=True)))
    if len(documents) > RULES_MAX:
        raise InvalidInputError(f"There are {len(documents)} rules.", hint=f"At most {RULES_MAX} are replayed at once.")
    return read_catalogue("edited", {"period": "366d", "rule": documents}).rules


def format_rules(rules: Iterable[BurnRule]) -> str:
    """Rules as `parse_rules` reads them."""
    return "\n".join(
        f"{rule.severity.value} {window_name(rule.long_s)} {window_name(rule.short_s)} {rule.factor:.6g}"
        for rule in rules
    )


@cache
def load_catalogues() -> Mapping[str, Catalogue]:
    """Those that come with evenkeel, by name."""
    folder = files("evenkeel.judge.slo").joinpath("catalogues")
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return {
        name: read_catalogue(name, tomllib.loads(entry.read_text(encoding="utf-8")))
        for entry in found
        for name in (entry.name.removesuffix(".toml"),)
    }


def choose_catalogue(slo: Slo, catalogues: Mapping[str, Catalogue] | None = None) -> Catalogue | None:
    """The catalogue that `slo` names, or the one that fits its target and window; None for no rules at all.

    Raises InvalidInputError for a name that nobody has.
    """
    known = load_catalogues() if catalogues is None else catalogues
    if slo.rules:
        period_s = slo.window.rolling_s or 30 * _DAY_S
        return Catalogue(slo.catalogue or OWN_RULES, "Rules of its own", period_s, 0.0, slo.rules)
    if slo.catalogue == NO_RULES:
        return None
    if slo.catalogue:
        if slo.catalogue not in known:
            raise InvalidInputError(
                f"{slo.name} of {slo.key} names the catalogue {slo.catalogue!r}, which does not exist.",
                hint=f"There are {', '.join([*known, NO_RULES])}.",
            )
        return known[slo.catalogue]
    days = (slo.window.rolling_s or 30 * _DAY_S) // _DAY_S
    fitting = {7: "7d", 28: "28d"}.get(days, "")
    if fitting in known and slo.target >= known[fitting].target_min:
        return known[fitting]
    return next((known[name] for name in _BY_TARGET if name in known and slo.target >= known[name].target_min), None)


def refused_rules(rules: Iterable[BurnRule], budget_ratio: float) -> list[str]:
    """Why rules can never fire, in words; empty when all can.

    >>> refused_rules([BurnRule(Severity.PAGE, 3_600, 300, 14.4)], 0.1)
    ['burn-1h-5m can never fire: 14.4 times a budget of 10 % is 144 %, more than everything.']
    """
    return [
        f"{rule.name} can never fire: {rule.factor:g} times a budget of {100 * budget_ratio:g} % is"
        f" {100 * rule.factor * budget_ratio:g} %, more than everything."
        for rule in rules
        if not rule.is_feasible(budget_ratio)
    ]
