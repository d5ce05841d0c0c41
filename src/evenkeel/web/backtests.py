"""The backtest page: alert rules replayed on an SLO's own history, as they are or edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evenkeel.judge.objectives.sentences import format_value
from evenkeel.judge.slo.backtest import Backtest, FaultResult, WouldPage
from evenkeel.judge.slo.catalogue import choose_catalogue, format_rules, load_catalogues, parse_rules
from evenkeel.judge.slo.explain import slo_url, unit_of
from evenkeel.judge.slo.history import DAYS_DEFAULT, DAYS_MAX, History, backtest_slo
from evenkeel.judge.slo.model import BurnRule, Slo
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError, NotFoundError
from evenkeel.kernel.time import US_PER_MINUTE, Window, format_duration, isoformat
from evenkeel.ui.charts import Chart, Line, draw
from evenkeel.ui.formats import count, plural
from evenkeel.web.frame import Site
from evenkeel.web.slo_rows import evidence_url
from evenkeel.web.viewer import Viewer

#: Places of the chart.
_STEPS: Final = 180
#: Rows of a list: nobody reads more would-be pages than these.
_PAGES_MAX: Final = 100
_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """A backtest with what it was made of."""

    slo: Slo
    rules: tuple[BurnRule, ...]
    history: History
    found: Backtest


def backtest_routes(site: Site) -> list[Route]:
    """The page with the JSON beside it."""
    pages = BacktestPages(site)
    return [
        Route("/backtest", site.signed_in(pages.page)),
        Route("/backtest.json", site.signed_in(pages.json)),
    ]


def replay(site: Site, path: str, *, days: int, catalogue: str = "", rules: str = "") -> Replayed:
    """Replay an SLO's history against edited `rules`, a catalogue, or the rules it has."""
    given = site.given
    slo = given.slos.find_path(path)
    chosen = _rules_of(slo, catalogue, rules)
    history, found = backtest_slo(given.telemetry, slo, given.clock.now_us(), days=days, rules=chosen)
    return Replayed(slo, chosen, history, found)


def _rules_of(slo: Slo, catalogue: str, rules: str) -> tuple[BurnRule, ...]:
    if rules.strip():
        return parse_rules(rules.splitlines())
    if catalogue:
        known = load_catalogues()
        if catalogue not in known:
            raise NotFoundError(f"There is no catalogue {catalogue[:40]!r}.", hint=f"There are {', '.join(known)}.")
        return known[catalogue].rules
    own = choose_catalogue(slo)
    return () if own is None else own.rules


class BacktestPages:
    """The page, and the same as JSON."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def page(self, request: Request, viewer: Viewer) -> Response:
        """The form; with an SLO chosen, what its rules would have done."""
        query, given = request.query_params, self._site.given
        values: dict[str, Any] = {
            "paths": sorted(f"{slo.key}/{slo.name}" for slo in given.slos.slos()),
            "catalogues": list(load_catalogues()),
            "chosen": {name: query.get(name, "") for name in ("slo", "catalogue", "rules")},
            "days": query.get("days", str(DAYS_DEFAULT)),
            "days_max": DAYS_MAX,
            "error": None,
            "replayed": None,
        }
        if query.get("slo"):
            try:
                values |= _view(self._replay(request))
            except EvenkeelError as error:
                values["error"] = error
        return self._site.page("backtest.html", viewer, section="/slos", **values)

    def json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        return JSONResponse(backtest_document(self._replay(request)))

    def _replay(self, request: Request) -> Replayed:
        query = request.query_params
        days = query.get("days", str(DAYS_DEFAULT))
        if not (days.isascii() and days.isdigit()) or len(days) > 3:
            raise InvalidInputError(f"days is {days[:20]!r}.", hint=f"Write 1 to {DAYS_MAX}.")
        catalogue, rules = query.get("catalogue", ""), query.get("rules", "")
        return replay(self._site, query.get("slo", ""), days=int(days), catalogue=catalogue, rules=rules)


def _view(replayed: Replayed) -> dict[str, Any]:
    """What the page shows of a backtest."""
    found, history = replayed.found, replayed.history
    return {
        "replayed": replayed,
        "url": slo_url(replayed.slo),
        "rules_text": format_rules(replayed.rules),
        "answers": answers(replayed),
        "chart": draw(_chart(replayed)),
        "pages": [_page_row(page, replayed) for page in found.pages[:_PAGES_MAX]],
        "tickets": len(found.tickets),
        "faults": [_fault_row(result) for result in found.faults],
        "length": format_duration(found.minutes * _SECONDS),
        "first_us": history.start_us,
    }


def answers(replayed: Replayed) -> dict[str, str]:
    """How good the rules are, what they miss, and what to do about it."""
    found = replayed.found
    noun = unit_of(replayed.slo)
    harmful = [result for result in found.faults if not result.fault.is_harmless]
    harmless = [result for result in found.faults if result.fault.is_harmless]
    missed = sum(result.trials - result.found for result in harmful)
    woken = sum(result.found for result in harmless)
    how = (
        f"{plural(len(found.pages), 'pages')} in {format_duration(found.minutes * _SECONDS)} over"
        f" {count(round(found.requests))} {noun}: {found.pages_per_month:.3g} a month, below"
        f" {found.pages_per_month_high:.3g} at 95 %. {plural(len(found.tickets), 'tickets')}."
    )
    trials = sum(result.trials for result in harmful)
    blips = sum(result.trials for result in harmless)
    changed = f"Of {trials} faults put into it, {missed} were missed; {woken} of {blips} blips paged."
    if found.refused:
        todo = " ".join(found.refused)
    elif missed:
        worst = max(harmful, key=lambda result: result.trials - result.found)
        todo = f"Most often missed: {worst.fault.name}. With little traffic, probes find outages sooner."
    elif woken:
        todo = "Blips page: raise a factor, or lengthen a short window."
    else:
        todo = "Nothing was missed and nobody was woken for nothing."
    return {"how": how, "changed": changed, "todo": todo}


def _chart(replayed: Replayed) -> Chart:
    """The share of bad ones over the history, with what would have paged behind it."""
    history, found = replayed.history, replayed.found
    width = max(1, -(-found.minutes // _STEPS))
    pieces = -(-found.minutes // width)
    padded = pieces * width - found.minutes
    total = np.pad(history.total, (0, padded)).reshape(pieces, width).sum(axis=1)
    bad = np.pad(history.bad, (0, padded)).reshape(pieces, width).sum(axis=1)
    points = [
        (history.at_us(place * width), float(bad[place] / total[place]) if total[place] else None)
        for place in range(pieces)
    ]
    return Chart(
        title=f"Share of bad {unit_of(replayed.slo)}, and when it would have paged",
        unit="ratio",
        lines=[Line("bad", points, style="bad")],
        start_us=history.start_us,
        end_us=history.at_us(found.minutes),
        step_us=width * US_PER_MINUTE,
        marks=[("target", replayed.slo.budget_ratio)],
        shades=[
            (history.at_us(page.first), history.at_us(page.last + 1), f"would page: {', '.join(page.rules)}")
            for page in found.pages[:_PAGES_MAX]
        ],
        write=lambda value: format_value(value, "ratio"),
    )


def _page_row(page: WouldPage, replayed: Replayed) -> dict[str, Any]:
    history = replayed.history
    start_us, end_us = history.at_us(page.first), history.at_us(page.last + 1)
    return {
        "at_us": start_us,
        "length": format_duration((page.last + 1 - page.first) * _SECONDS),
        "rules": ", ".join(page.rules),
        "bad": count(round(page.bad)),
        "total": count(round(page.total)),
        "share": format_value(page.bad / page.total if page.total else None, "ratio"),
        "events": evidence_url(replayed.slo, Window(start_us, end_us)),
    }


def _fault_row(result: FaultResult) -> dict[str, Any]:
    return {
        "name": result.fault.name,
        "is_harmless": result.fault.is_harmless,
        "is_well": (result.found == 0) if result.fault.is_harmless else (result.found == result.trials),
        "found": f"{result.found} of {result.trials}",
        "detection": _minutes(result.detection_minutes),
        "reset": _minutes(result.reset_minutes),
        "rules": ", ".join(result.rules),
    }


def _minutes(value: float | None) -> str:
    return "–" if value is None else format_duration(max(1.0, value) * _SECONDS)


def backtest_document(replayed: Replayed) -> Mapping[str, Any]:
    """A backtest as JSON."""
    found, history = replayed.found, replayed.history
    return {
        "slo": f"{replayed.slo.key}/{replayed.slo.name}",
        "rules": format_rules(replayed.rules).splitlines(),
        "answers": answers(replayed),
        "from": isoformat(history.start_us),
        "minutes": found.minutes,
        "total": found.requests,
        "pages_per_month": found.pages_per_month,
        "pages_per_month_high": found.pages_per_month_high,
        "pages": [_stretch_document(page, history) for page in found.pages],
        "tickets": [_stretch_document(page, history) for page in found.tickets],
        "faults": [
            {
                "fault": result.fault.name,
                "harmless": result.fault.is_harmless,
                "trials": result.trials,
                "found": result.found,
                "detection_minutes": result.detection_minutes,
                "reset_minutes": result.reset_minutes,
                "rules": list(result.rules),
            }
            for result in found.faults
        ],
        "refused": list(found.refused),
    }


def _stretch_document(page: WouldPage, history: History) -> Mapping[str, Any]:
    return {
        "from": isoformat(history.at_us(page.first)),
        "to": isoformat(history.at_us(page.last + 1)),
        "rules": list(page.rules),
        "bad": page.bad,
        "total": page.total,
    }
