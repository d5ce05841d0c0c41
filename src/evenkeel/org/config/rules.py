"""Burn rules of one's own: catalogues by name, or rules at an SLO (SPEC SLO-3)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, cast

from pydantic import AfterValidator, Field

from evenkeel.kernel.time import parse_duration_s
from evenkeel.org.config.fields import Section, parse_quantity

#: Catalogues that come with evenkeel (`judge.slo.catalogues`), and the word for no rules at all.
BUILT_IN: Final = ("30d", "28d", "7d", "quality", "none")
RULES_MAX: Final = 12
#: What an SLO's error budget is for at most; longer windows never fill.
LONG_MAX_S: Final = 31 * 86_400
_RULE: Final = re.compile(r"^\s*(page|ticket)\s+([0-9]+[mhd])\s+([0-9]+[mhd])\s+([0-9]+(?:\.[0-9]+)?)\s*$")


def _rule(text: str) -> str:
    found = _RULE.match(text)
    if found is None:
        msg = f"{text!r} is no rule; write severity, long window, short window and factor, e.g. page 1h 5m 14.4"
        raise ValueError(msg)
    long_s, short_s, factor = parse_duration_s(found[2]), parse_duration_s(found[3]), float(found[4])
    if short_s >= long_s:
        msg = f"the short window of {text!r} is not shorter than the long one; write e.g. page 1h 5m 14.4"
        raise ValueError(msg)
    if long_s > LONG_MAX_S:
        msg = f"the long window of {text!r} is longer than what is kept; write at most 31d"
        raise ValueError(msg)
    if factor <= 0:
        msg = f"the factor of {text!r} is 0: the rule would always fire; write e.g. 14.4"
        raise ValueError(msg)
    return text


def _told_apart(rules: tuple[str, ...]) -> tuple[str, ...]:
    """The rules. Raises ValueError for two over the same windows: alerts are named by these, and would be one."""
    windows = [tuple(map(parse_duration_s, _RULE.sub(r"\2 \3", rule).split())) for rule in rules]
    twice = next((rule for n, rule in enumerate(rules) if windows[n] in windows[:n]), None)
    if twice is not None:
        msg = f"{twice!r}: its windows stand here twice; write one rule over them, or make one a minute longer"
        raise ValueError(msg)
    return rules


BurnRuleText = Annotated[str, AfterValidator(_rule), Field(pattern=_RULE.pattern)]
Rules = Annotated[tuple[BurnRuleText, ...], Field(min_length=1, max_length=RULES_MAX), AfterValidator(_told_apart)]


class CatalogueConfig(Section):
    """Burn rules that several SLOs name."""

    rules: Rules = Field(
        description="Severity, long window, short window, factor: fires beyond factor × budget over both windows.",
        examples=[["page 1h 5m 13.44", "ticket 3d 6h 0.98"]],
    )


Note = Callable[[tuple[str, ...], str], None]


def check_catalogues(catalogues: Mapping[str, Any], note: Note) -> None:
    """Tell `note` (path below `catalogues`, message) of names that already mean something else."""
    for name in catalogues:
        if name in BUILT_IN:
            note((name,), "this name is taken by what comes with evenkeel; write another")


def check_alerts(
    slos: Mapping[str, Any], catalogues: Mapping[str, Any], targets: Mapping[str, float], note: Note
) -> None:
    """Tell `note` (path below the service, message) of catalogues that nobody has and rules that can never fire.

    `targets` are those of the SLOs that objectives stand behind, for where none is written.
    """
    for name, raw in slos.items():
        slo = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
        alerts = slo.get("alerts")
        rules: Any = alerts
        if isinstance(alerts, str) and alerts and alerts not in BUILT_IN:
            if alerts not in catalogues:
                known = [*BUILT_IN, *catalogues]
                near = difflib.get_close_matches(alerts, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
                note(("slos", name, "alerts"), f"there is no catalogue {alerts!r}; {hint}")
                continue
            catalogue = catalogues[alerts]
            rules = cast("dict[str, Any]", catalogue).get("rules") if isinstance(catalogue, dict) else None
        if isinstance(rules, list):
            _check_feasible(name, slo.get("target", targets.get(name)), cast("list[Any]", rules), note)


def _check_feasible(name: str, target: Any, rules: list[Any], note: Note) -> None:
    try:
        budget = round(1.0 - parse_quantity(target), 12)  # as `Slo.budget_ratio`: 10 times 10 % is everything
    except ValueError:
        return  # said already, or left to the objective
    for rule in rules:
        found = _RULE.match(rule) if isinstance(rule, str) else None
        factor = float(found[4]) if found else 0.0
        if factor * budget >= 1.0:
            said = f"{factor:g} times a budget of {100 * budget:.6g} % is {100 * factor * budget:.6g} %"
            note(("slos", name, "alerts"), f"{rule!r} can never fire: {said}, more than everything; lower the factor")
