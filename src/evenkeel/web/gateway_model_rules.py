"""What the rules to cheaper models did and saved: the page, and the figures that the API gives as well (SPEC GW-6).

What is saved is an estimate: the same tokens at the price of the model that was asked for, at the moment of the answer.
A cheaper model may write more or less than that model had.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as WebRoute

from evenkeel.gateway.routes.model import ModelRule, Route
from evenkeel.kernel.errors import UnreadableError
from evenkeel.kernel.time import Window, isoformat
from evenkeel.store.telemetry.series import ModelRuleUse, RuleMoney
from evenkeel.ui.formats import count, money, plural
from evenkeel.web.frame import Site
from evenkeel.web.gateway_spans import DEFAULT_SPAN, SPANS_US, FiguresFilter, read_filter, window_of
from evenkeel.web.gateway_words import say_unknown
from evenkeel.web.paging import paginate
from evenkeel.web.viewer import Viewer

ASSUMPTION: Final = (
    "What is saved is an estimate: the same tokens at the price of the model that was asked for. A cheaper model may"
    " write more or less."
)
#: Rules of one page.
RULES_SHOWN: Final = 50
NOT_JUDGED: Final = "Whether the cheaper answers are as good is not judged yet."


def rule_routes(site: Site) -> list[WebRoute]:
    """The page, and the same numbers beside it."""
    pages = RulePages(site)
    return [
        WebRoute("/gateway/rules", site.signed_in(pages.rules)),
        WebRoute("/gateway/rules.json", site.signed_in(pages.rules_json)),
    ]


class RulePages:
    """Each method answers one page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def rules(self, request: Request, viewer: Viewer) -> Response:
        """What each rule did, and what it saved."""
        asked = read_filter(request.query_params)
        span = asked.span or DEFAULT_SPAN
        routes = self._site.given.gateway.effective.routes.values()
        try:
            rules = rules_document(self._site, asked)["rules"]
            said, row_of = answers(rules, span), rule_row
        except UnreadableError as error:
            rules = unread_rules(self._site, asked)
            said, row_of = {"how": say_unknown(error), "mood": "unknown"}, dict[str, Any]
        page = paginate([row_of(each) for each in rules], RULES_SHOWN, "/gateway/rules", request.query_params)
        return self._site.page(
            "gateway_rules.html",
            viewer,
            section="/gateway",
            stream="*",
            answers=said,
            is_known=row_of is rule_row,
            asked=asked,
            span=span,
            spans=list(SPANS_US),
            services=sorted({route.service for route in routes if route.models}),
            rules=page.rows,
            page=page,
            assumption=ASSUMPTION,
            not_judged=NOT_JUDGED,
        )

    def rules_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        return JSONResponse(rules_document(self._site, read_filter(request.query_params)))


def rules_document(site: Site, asked: FiguresFilter) -> dict[str, Any]:
    """Every rule that is in force or chose a model in the window, those of a route in their order."""
    window = window_of(asked.span, site.given.clock.now_us())
    used = {
        (row.environment, row.service, row.rule): row
        for row in site.given.telemetry.model_rules(window)
        if asked.fits(row.environment, row.service)
    }
    requests = Counter[tuple[str, str]]()
    for row in site.given.telemetry.gateway_traffic(window):
        requests[row.environment, row.service] += row.requests
    told: list[dict[str, Any]] = []
    routes = site.given.gateway.effective.routes
    for route in (routes[name] for name in sorted(routes)):
        for rule in route.models if asked.fits(route.environment, route.service) else ():
            row = used.pop((route.environment, route.service, rule.name), None)
            told.append(_told(route, rule, row, requests[route.environment, route.service], window))
    told += [_document(row, None, row.route_requests, window) for _, row in sorted(used.items())]
    return {
        "from": isoformat(window.start_us),
        "to": isoformat(window.end_us),
        "estimate": ASSUMPTION,
        "quality": None,  # of the answers, beside those of the model asked for: until quality is measured
        "rules": told,
    }


def unread_rules(site: Site, asked: FiguresFilter) -> list[dict[str, Any]]:
    """What of it is known without the store: the rules in force, those of a route in their order."""
    return [
        {"environment": route.environment, "service": route.service, "rule": rule.name, "model": rule.model}
        for _, route in sorted(site.given.gateway.effective.routes.items())
        if asked.fits(route.environment, route.service)
        for rule in route.models
    ]


def _told(route: Route, rule: ModelRule, row: ModelRuleUse | None, requests: int, window: Window) -> dict[str, Any]:
    empty = ModelRuleUse(route.environment, route.service, rule.name, 0, requests, 0, 0, 0, 0, 0, 0, (), (), 0)
    return _document(row or empty, rule, requests if row is None else row.route_requests, window)


def _document(row: ModelRuleUse, rule: ModelRule | None, requests: int, window: Window) -> dict[str, Any]:
    about = {"environment": row.environment, "service": row.service}
    return {
        **about,
        "rule": row.rule,
        "model": None if rule is None else rule.model,  # None: the rule is not in force any more
        "models_asked": list(row.models_asked),
        "requests": row.requests,
        "route_requests": requests,
        "requests_ratio": row.requests / requests if requests else None,
        "failed": row.failed,
        "from_cache": row.cached,
        "tokens_in": row.tokens_in,
        "tokens_out": row.tokens_out,
        "attempts": row.attempts,
        "unpriced": row.unpriced,
        "money": [_money_document(each) for each in row.money],
        "last_at": isoformat(row.last_at) if row.requests else None,
        "last_at_us": row.last_at or None,
        "events": f"/events?{urlencode({**about, 'from': window.start_us, 'to': window.end_us, 'role': 'request'})}",
    }


def _money_document(each: RuleMoney) -> dict[str, Any]:
    return {
        "currency": each.currency,
        "cost_nano": each.cost_nano,
        "asked_cost_nano": each.asked_cost_nano,
        "saved_nano": each.asked_cost_nano - each.cost_nano,
    }


def answers(rules: Iterable[Mapping[str, Any]], span: str) -> dict[str, str]:
    """The answers on top of the page. Never green: whether the cheaper answers are as good is not judged."""
    rules = list(rules)
    routes = {(each["environment"], each["service"]): each["route_requests"] for each in rules}
    requests, chosen = sum(routes.values()), sum(each["requests"] for each in rules)
    if not requests:
        return {"how": f"No request came to a route with such rules in the last {span}.", "mood": "unknown"}
    part = f"{100 * chosen / requests:.3g} %"
    said = {
        "how": f"In the last {span}, rules sent {count(chosen)} of {plural(requests, 'requests')} ({part}) to another"
        f" model{_saved_in_all(rules)}.",
        "changed": NOT_JUDGED,
        "mood": "plain",
    }
    dearer = [each for each in rules if any(amount["saved_nano"] < 0 for amount in each["money"])]
    unpriced = sum(each["unpriced"] for each in rules)
    failing = [each for each in rules if 2 * each["failed"] > each["requests"]]
    if failing:
        names = ", ".join(f"{each['rule']} of {each['service']}" for each in failing[:3])
        todo = f"Most requests get an error by {names}: see whether the upstream knows the model."
        said |= {"mood": "warning", "todo": todo}
    elif dearer:
        names = ", ".join(f"{each['rule']} of {each['service']}" for each in dearer[:3])
        said |= {"mood": "warning", "todo": f"The model that is chosen costs more than the one asked for: {names}."}
    elif unpriced:
        said |= {
            "mood": "warning",
            "todo": f"{plural(unpriced, 'attempts')} cannot be compared: declare the missing prices under prices.",
        }
    return said


def _saved_in_all(rules: Iterable[Mapping[str, Any]]) -> str:
    saved, asked = Counter[str](), Counter[str]()
    for amount in (amount for each in rules for amount in each["money"]):
        saved[amount["currency"]] += amount["saved_nano"]
        asked[amount["currency"]] += amount["asked_cost_nano"]
    if not saved:
        return "; what that saved is not known" if any(each["attempts"] for each in rules) else ""
    parts = [f"{money(saved[each], each)} of {money(asked[each], each)}" for each in sorted(saved)]
    return f" and saved an estimated {' and '.join(parts)}"


def rule_row(each: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as the page shows it."""
    ratio = each["requests_ratio"]
    amounts = [
        {
            "cost": money(amount["cost_nano"], amount["currency"]),
            "asked_cost": money(amount["asked_cost_nano"], amount["currency"]),
            "saved": money(amount["saved_nano"], amount["currency"]),
            "saved_part": f"{100 * amount['saved_nano'] / amount['asked_cost_nano']:.3g} %"
            if amount["asked_cost_nano"]
            else "",
            "is_dearer": amount["saved_nano"] < 0,
        }
        for amount in each["money"]
    ]
    return {**each, "part": "" if ratio is None else f"{100 * ratio:.3g} %", "amounts": amounts}
