"""What the guard looked at and found: the page, and the figures that the API gives as well (SPEC GW-7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evenkeel.gateway.guard.decide import UNSEEN
from evenkeel.gateway.guard.model import GuardAction, Side
from evenkeel.kernel.errors import InvalidInputError, UnreadableError
from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.time import Window, isoformat
from evenkeel.org.config.gateway import GatewayRouteConfig
from evenkeel.store.telemetry.series import GuardCoverage, GuardFinding
from evenkeel.ui.formats import count, plural, share
from evenkeel.web.frame import Site
from evenkeel.web.gateway_spans import DEFAULT_SPAN, SPANS_US, window_of
from evenkeel.web.gateway_words import say_unknown
from evenkeel.web.viewer import Viewer

SIDES: Final = tuple(side.value for side in Side)
ACTIONS: Final = tuple(action.value for action in GuardAction)
_DONE: Final = {"log": "logged", "redact": "redacted", "hold": "held", "block": "blocked"}
_WHY_UNSEEN: Final = {
    "failed": "the guard broke on it",
    "too_long": "longer than the guard looks at",
    "unreadable": "cannot be read as a document",
}


@dataclass(frozen=True, slots=True)
class FindingsFilter:
    """Which findings a list shows, and over how long."""

    span: str = ""
    environment: str = ""
    service: str = ""
    side: str = ""
    action: str = ""

    def window(self, now_us: int) -> Window:
        """The time that figures are about. Raises InvalidInputError for a span that is none."""
        return window_of(self.span, now_us)

    def fits(self, row: GuardFinding) -> bool:
        """Whether a finding is shown."""
        return self.of(row) and self.side in ("", row.side) and self.action in ("", row.action)

    def of(self, row: GuardFinding | GuardCoverage) -> bool:
        """Whether it is of the service, or the environment, that is asked for."""
        return self.environment in ("", row.environment) and self.service in ("", row.service)


def guard_routes(site: Site) -> list[Route]:
    """The page, and the same numbers beside it."""
    pages = GuardPages(site)
    return [
        Route("/gateway/guard", site.signed_in(pages.findings)),
        Route("/gateway/guard.json", site.signed_in(pages.findings_json)),
    ]


class GuardPages:
    """Each method answers one page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def findings(self, request: Request, viewer: Viewer) -> Response:
        """What was found, how often, and what was done about it."""
        asked = read_filter(request.query_params)
        span = asked.span or DEFAULT_SPAN
        try:
            shown = self._read(asked, span)
        except UnreadableError as error:
            shown = self._unread(asked, error)
        routes = self._site.given.gateway.configured.routes.values()
        return self._site.page(
            "gateway_guard.html",
            viewer,
            section="/gateway",
            stream="*",
            asked=asked,
            span=span,
            spans=list(SPANS_US),
            sides=SIDES,
            actions=ACTIONS,
            has_guard=any(route.guard for route in routes),
            **shown,
        )

    def _read(self, asked: FindingsFilter, span: str) -> dict[str, Any]:
        found = findings_document(self._site, asked)
        everything = self._site.given.telemetry.guard_coverage(asked.window(self._site.given.clock.now_us()))
        return {
            "answers": answers(found, span),
            "services": sorted({row.service for row in everything}),
            "coverage": [coverage_row(each) for each in found["coverage"]],
            "findings": [finding_row(each) for each in found["findings"]],
            "failures": [finding_row(each) for each in found["failures"]],
            "guards": None,
        }

    def _unread(self, asked: FindingsFilter, error: UnreadableError) -> dict[str, Any]:
        """What of it is known without the store: what each guard is to do."""
        guards = guard_rows(self._site.given.gateway.configured.routes, asked)
        return {
            "answers": {"how": say_unknown(error), "mood": "unknown"},
            "services": sorted({each["service"] for each in guards}),
            **dict.fromkeys(("coverage", "findings", "failures"), ()),
            "guards": guards,
        }

    def findings_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        return JSONResponse(findings_document(self._site, read_filter(request.query_params)))


def guard_rows(routes: Mapping[str, GatewayRouteConfig], asked: FindingsFilter) -> list[dict[str, Any]]:
    """The guards of the configuration, and what each does about what it finds."""
    return [
        {
            "environment": route.environment,
            "service": route.service or name,
            "actions": {what: _DONE[action] for what, action in route.guard.actions.items()},
        }
        for name, route in sorted(routes.items())
        if route.guard is not None
        and asked.environment in ("", route.environment)
        and asked.service in ("", route.service or name)
    ]


def read_filter(query: Mapping[str, str]) -> FindingsFilter:
    """The filter that a URL names. Raises InvalidInputError for a side or an action that is none."""
    for name, known in (("side", SIDES), ("action", ACTIONS)):
        if query.get(name) and query[name] not in known:
            raise InvalidInputError(f"There is no {name} {query[name][:20]!r}.", hint=f"Use one of {', '.join(known)}.")
    names = ("span", "environment", "service", "side", "action")
    return FindingsFilter(**{name: query.get(name, "") for name in names})


def findings_document(site: Site, asked: FindingsFilter) -> dict[str, Any]:
    """What of the requests was looked at, what was found, and what could not be looked at."""
    window = asked.window(site.given.clock.now_us())
    coverage = [row for row in site.given.telemetry.guard_coverage(window) if asked.of(row)]
    found = [row for row in site.given.telemetry.guard_findings(window) if asked.fits(row)]
    looked = {(row.environment, row.service): row.looked for row in coverage}
    told = [_finding_document(row, looked.get((row.environment, row.service), 0), window) for row in found]
    return {
        "from": isoformat(window.start_us),
        "to": isoformat(window.end_us),
        "coverage": [_coverage_document(row, window) for row in coverage],
        "findings": [each for each in told if each["entity"] not in UNSEEN],
        "failures": [each for each in told if each["entity"] in UNSEEN],
    }


def _coverage_document(row: GuardCoverage, window: Window) -> dict[str, Any]:
    return {
        "environment": row.environment,
        "service": row.service,
        "requests": row.requests,
        "looked_at": row.looked,
        "looked_at_ratio": row.looked / row.requests,
        "with_findings": row.found,
        "with_findings_ratio": _ratio(row.found, row.looked),
        "stopped": row.stopped,
        "not_seen": row.unseen,
        "last_at": isoformat(row.last_at),
        "events": _events_url(row, window, role="request"),
    }


def _finding_document(row: GuardFinding, looked: int, window: Window) -> dict[str, Any]:
    name = f"{row.side} {row.action} {row.entity}" if row.side else row.entity
    return {
        "environment": row.environment,
        "service": row.service,
        "entity": row.entity,
        "side": row.side or None,
        "action": row.action or None,
        "found": row.found,
        "requests": row.requests,
        "looked_at": looked,
        "requests_ratio": _ratio(row.requests, looked),
        "last_at": isoformat(row.last_at),
        "last_at_us": row.last_at,
        "events": _events_url(row, window, guard=name),
    }


def _ratio(part: int, whole: int) -> dict[str, float] | None:
    """A share with its 95 % bounds (Wilson); none of nothing."""
    if not whole:
        return None
    low, high = wilson_interval(part, whole)
    return {"value": part / whole, "low": low, "high": high}


def _events_url(row: GuardCoverage | GuardFinding, window: Window, **more: str) -> str:
    about = {"environment": row.environment, "service": row.service, **more}
    return f"/events?{urlencode({**about, 'from': window.start_us, 'to': window.end_us})}"


def answers(found: Mapping[str, Any], span: str) -> dict[str, str]:
    """The answers on top of the page.

    Well is only what was looked at, all of it, and went on. A caller that was stopped is no breach: the guard does what
    it was told. But somebody has to see whether it was right, as of what could not be looked at.
    """
    coverage: Sequence[Mapping[str, Any]] = found["coverage"]
    requests, looked, with_findings, stopped, unseen = (
        sum(each[name] for each in coverage)
        for name in ("requests", "looked_at", "with_findings", "stopped", "not_seen")
    )
    if not looked:
        none = "No request came" if not requests else f"The guard looked at none of {plural(requests, 'requests')}"
        return {"how": f"{none} in the last {span}.", "mood": "unknown"}
    part, interval = share(with_findings, looked)
    said = {
        "how": f"In the last {span}, the guard looked at {count(looked)} of {plural(requests, 'requests')} and found"
        f" something in {count(with_findings)} ({part} {interval}); it stopped {count(stopped)}.",
        "mood": "ok",
    }
    most = Counter[str]()
    for each in found["findings"]:
        most[each["entity"]] += each["found"]
    if most:
        said["changed"] = f"Most: {', '.join(f'{name} × {count(n)}' for name, n in most.most_common(3))}."
    todo: list[str] = []
    if unseen:
        todo.append(f"{plural(unseen, 'requests')} had a text that the guard could not look at: see below why.")
    if stopped:
        todo.append(f"See below what stopped {plural(stopped, 'requests')}; what is held waits in Reviews.")
    if todo:
        said |= {"mood": "warning", "todo": " ".join(todo)}
    return said


def coverage_row(each: Mapping[str, Any]) -> dict[str, Any]:
    """A service as the page shows it."""
    part, interval = share(each["with_findings"], each["looked_at"])
    return {**each, "looked_part": share(each["looked_at"], each["requests"])[0], "part": part, "interval": interval}


def finding_row(each: Mapping[str, Any]) -> dict[str, Any]:
    """A finding as the page shows it."""
    part, interval = share(each["requests"], each["looked_at"])
    action = each["action"]
    return {
        **each,
        "part": part,
        "interval": interval,
        "done": _DONE.get(action or "", "not recorded"),
        "why": _WHY_UNSEEN.get(each["entity"], ""),
        "passed": action == GuardAction.LOG.value,
    }
