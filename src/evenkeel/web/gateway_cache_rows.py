"""What the gateway's cache did, in figures and in words: hits, savings, how often one is wrong (SPEC GW-5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import urlencode

from evenkeel.gateway.guard.model import Side
from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.time import Window, isoformat
from evenkeel.org.config.gateway import GatewayRouteConfig
from evenkeel.store.telemetry.series import CacheMoney, CacheUse
from evenkeel.ui.formats import bytes_, count, money, plural, share
from evenkeel.web.frame import Site
from evenkeel.web.gateway_spans import FiguresFilter, window_of
from evenkeel.web.gateway_words import CACHE_URL
from evenkeel.web.gateway_workers import GatewayStanding
from evenkeel.web.reading import listed

#: More hits than this that are proven wrong (at 95 %) are a warning; no more, once that is proven, are well.
#: It is not 0, as a provider may answer otherwise even where nothing is left to chance.
WRONG_RATIO_MAX: Final = 0.01
_NAMED_MAX: Final = 3
#: Why no hit of a route is asked again.
OFF, GUARDED = "off", "guard"
_WHY_NOT: Final = {
    OFF: "none is asked again: asked_again is 0",
    GUARDED: "none is asked again: its guard looks at answers",
    None: "none was asked again yet",
}


def cache_document(site: Site, asked: FiguresFilter) -> dict[str, Any]:
    """What the cache did for each service that keeps answers, or did so in that time; and what each worker holds."""
    window = window_of(asked.span, site.given.clock.now_us())
    routes = caching_routes(site)
    used = {(row.environment, row.service): row for row in site.given.telemetry.cache_use(window)}
    told = {place for place, row in used.items() if row.looked or row.proven} | routes.keys()
    return {
        "from": isoformat(window.start_us),
        "to": isoformat(window.end_us),
        "caches": [
            _use_document(used.get(place) or CacheUse(*place), routes.get(place), window)
            for place in sorted(told)
            if asked.fits(*place)
        ],
        "workers": worker_documents(site.given.gateway_standing()),
    }


def unread_caches(site: Site, asked: FiguresFilter) -> dict[str, Any]:
    """What of it is known without the store: which services keep answers, and what each worker holds."""
    routes = caching_routes(site)
    return {
        "caches": [
            {
                "environment": environment,
                "service": service,
                "cache": _policy_document(routes[environment, service]),
                "purge": _purge_url(environment, service),
            }
            for environment, service in sorted(routes)
            if asked.fits(environment, service)
        ],
        "workers": worker_documents(site.given.gateway_standing()),
    }


def caching_routes(site: Site) -> dict[tuple[str, str], GatewayRouteConfig]:
    """The configured routes that keep answers, by environment and service."""
    return {
        (each.environment, each.service or name): each
        for name, each in site.given.gateway.configured.routes.items()
        if each.cache is not None
    }


def _use_document(row: CacheUse, route: GatewayRouteConfig | None, window: Window) -> dict[str, Any]:
    wrong = None
    if row.proven:
        low, high = wilson_interval(row.wrong, row.proven)
        wrong = {"value": row.wrong / row.proven, "low": low, "high": high}
    return {
        "environment": row.environment,
        "service": row.service,
        "status": _status(wrong),
        "cache": _policy_document(route),
        "requests": row.requests,
        "looked_for": row.looked,
        "hits": row.hits,
        "misses": row.misses,
        "hit_ratio": row.hits / row.looked if row.looked else None,
        "saved": {
            "is_estimate": True,
            "tokens_in": row.saved_tokens_in,
            "tokens_out": row.saved_tokens_out,
            "hits_without_usage": max(0, row.hits - row.metered),
            "hits_without_price": max(0, row.hits - row.priced),
            "money": [_money_document(each) for each in row.money],
        },
        "asked_again": {
            "right": row.same,
            "wrong": row.wrong,
            "wrong_ratio": wrong,
            "by_chance": {"alike": row.alike, "otherwise": row.differs},
            "failed": row.failed,
            "none_because": _why_not(route),
        },
        "last_hit_at": None if row.last_hit_at is None else isoformat(row.last_hit_at),
        "last_hit_at_us": row.last_hit_at,
        "events": _events_url(row, window, "hit"),
        "wrong_events": _events_url(row, window, "wrong"),
    }


def _status(wrong: Mapping[str, float] | None) -> str:
    if wrong is None:
        return "unknown"
    if wrong["low"] > WRONG_RATIO_MAX:
        return "warning"
    return "ok" if wrong["high"] <= WRONG_RATIO_MAX else "unknown"


def _policy_document(route: GatewayRouteConfig | None) -> dict[str, Any] | None:
    """How answers are kept; none where they are not any more."""
    if route is None or route.cache is None:
        return None
    cache = route.cache
    return {
        "ttl_s": cache.ttl,
        "per_user": cache.per_user,
        "sampled": cache.sampled,
        "tools": cache.tools,
        "shared": cache.shared,
        "asked_again_ratio": cache.asked_again,
    }


def _why_not(route: GatewayRouteConfig | None) -> str | None:
    if route is None or route.cache is None or not route.cache.asked_again:
        return OFF
    return GUARDED if route.guard is not None and Side.OUTPUT.value in route.guard.sides else None


def _money_document(each: CacheMoney) -> dict[str, Any]:
    return {
        "currency": each.currency,
        "saved": each.saved_nano / NANO_PER_UNIT,
        "asked_again": each.asked_nano / NANO_PER_UNIT,
    }


def _events_url(row: CacheUse, window: Window, cache: str) -> str:
    about = {"environment": row.environment, "service": row.service, "cache": cache}
    return f"/events?{urlencode({**about, 'from': window.start_us, 'to': window.end_us})}"


def worker_documents(standing: GatewayStanding) -> list[dict[str, Any]]:
    """What each worker that lives holds now, and did since it began; what it does not say is not known."""
    return [
        {
            "name": worker.name,
            "answers": kept.entries if kept else None,
            "bytes": kept.bytes if kept else None,
            "bytes_max": kept.bytes_max if kept else None,
            "hits": kept.hits if kept else None,
            "misses": kept.misses if kept else None,
            "evicted": kept.evicted if kept else None,
            "expired": kept.expired if kept else None,
            "store": None if worker.store is None else asdict(worker.store),
        }
        for worker, kept in ((each, each.cache) for each in standing.alive)
    ]


def answers(caches: Sequence[Mapping[str, Any]], span: str) -> dict[str, str]:
    """The answers on top of the page."""
    looked, hits, requests = (sum(each[name] for each in caches) for name in ("looked_for", "hits", "requests"))
    if not looked:
        none = "No request came" if not requests else f"No kept answer was looked for in {plural(requests, 'requests')}"
        return {"how": f"{none} in the last {span}.", "mood": "unknown"}
    said = {
        "how": f"In the last {span}, {count(hits)} of {plural(looked, 'requests')} that may have a kept answer got one"
        f" ({share(hits, looked)[0]}).",
        "changed": _saved_sentence(caches),
    }
    right, wrong = (sum(each["asked_again"][name] for each in caches) for name in ("right", "wrong"))
    if not right + wrong:
        asked = any(each["asked_again"]["failed"] or any(each["asked_again"]["by_chance"].values()) for each in caches)
        why = "none that was asked again can prove it" if asked else "none was asked again"
        said["todo"] = f"How often a hit is wrong is unknown: {why}."
        return {**said, "mood": "unknown"}
    part, interval = share(wrong, right + wrong)
    said["todo"] = f"Of {plural(right + wrong, 'hits')} that were asked again {count(wrong)} proved wrong"
    said["todo"] += f" ({part} {interval})."
    proven = [each["service"] for each in caches if each["status"] == "warning"]
    if proven:
        said["todo"] += f" Keep answers of {listed(proven[:_NAMED_MAX])} for a shorter time, or purge them."
        return {**said, "mood": "warning"}
    if all(each["status"] == "ok" for each in caches if each["hits"]):
        return {**said, "mood": "ok"}
    said["todo"] += f" Whether no more than {100 * WRONG_RATIO_MAX:g} % are wrong everywhere is not proven."
    return {**said, "mood": "unknown"}


def _saved_sentence(caches: Sequence[Mapping[str, Any]]) -> str:
    hits = sum(each["hits"] for each in caches)
    if not hits:
        return ""
    saved = Counter[str]()
    unpriced, tokens = 0, 0
    for each in caches:
        for amount in each["saved"]["money"]:
            saved[amount["currency"]] += round(amount["saved"] * NANO_PER_UNIT)
        unpriced += each["saved"]["hits_without_price"]
        tokens += each["saved"]["tokens_in"] + each["saved"]["tokens_out"]
    parts = [f"about {money(nano, currency)}" for currency, nano in sorted(saved.items()) if nano]
    sentence = f"Hits saved {' and '.join([*parts, plural(tokens, 'tokens')])}, an estimate"
    return f"{sentence}; what {count(unpriced)} of them saved is not known." if unpriced else f"{sentence}."


def cache_row(each: Mapping[str, Any]) -> dict[str, Any]:
    """A service as the page shows it."""
    saved, again = each["saved"], each["asked_again"]
    proven = again["right"] + again["wrong"]
    part, interval = share(again["wrong"], proven)
    by_chance = again["by_chance"]["alike"] + again["by_chance"]["otherwise"]
    return {
        **each,
        "part": share(each["hits"], each["looked_for"])[0],
        "money": [
            (
                money(round(amount["saved"] * NANO_PER_UNIT), amount["currency"]),
                money(round(amount["asked_again"] * NANO_PER_UNIT), amount["currency"])
                if amount["asked_again"]
                else "",
            )
            for amount in saved["money"]
        ],
        "proven": proven,
        "wrong_part": part,
        "interval": interval,
        "by_chance": by_chance,
        "why_not": _WHY_NOT[again["none_because"]],
        "asked_part": _percent(each["cache"]["asked_again_ratio"]) if each["cache"] else "",
        "purge": _purge_url(each["environment"], each["service"]),
    }


def worker_row(each: Mapping[str, Any]) -> dict[str, Any]:
    """A worker as the page shows it."""
    if each["bytes"] is None:
        return {**each, "held": ""}
    return {**each, "held": f"{bytes_(each['bytes'])} of {bytes_(each['bytes_max'])}"}


def _purge_url(environment: str, service: str) -> str:
    return f"{CACHE_URL}?{urlencode({'environment': environment, 'service': service})}#purge"


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.3g} %" if ratio else ""
