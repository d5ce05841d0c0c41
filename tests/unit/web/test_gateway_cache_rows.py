"""What the cache did, in words."""

from __future__ import annotations

from typing import Any

from evenkeel.gateway.cache.model import CacheStats, StoreUse
from evenkeel.web.gateway_cache_rows import answers, cache_row, worker_documents, worker_row
from evenkeel.web.gateway_workers import GatewayStanding, GatewayWorker


def told(service: str = "bot", **more: Any) -> dict[str, Any]:
    """A service that was asked, as the document has it."""
    saved = {"tokens_in": 10, "tokens_out": 2, "hits_without_usage": 0, "hits_without_price": 0}
    money = [{"currency": "EUR", "saved": 0.5, "asked_again": 0.0}]
    again = {"right": 0, "wrong": 0, "wrong_ratio": None, "by_chance": {"alike": 0, "otherwise": 0}, "failed": 0}
    return {
        "environment": "production",
        "service": service,
        "status": "unknown",
        "cache": None,
        "requests": 9,
        "looked_for": 4,
        "hits": 1,
        "saved": {**saved, "money": money},
        "asked_again": {**again, "none_because": "off"},
        **more,
    }


def test_what_was_not_looked_for_or_not_asked_again_is_unknown_and_never_well() -> None:
    assert answers([], "1h") == {"how": "No request came in the last 1h.", "mood": "unknown"}
    not_looked = answers([told(looked_for=0, hits=0)], "1h")
    assert not_looked["how"] == "No kept answer was looked for in 9 requests in the last 1h."
    assert not_looked["mood"] == "unknown"
    assert answers([told()], "1h")["mood"] == "unknown"


def test_services_are_added_up_by_currency_and_those_that_are_wrong_too_often_are_named() -> None:
    dollars = {**told()["saved"], "money": [{"currency": "USD", "saved": 2.0, "asked_again": 0.0}]}
    proven = {**told()["asked_again"], "right": 8, "wrong": 2}
    said = answers([told(), told(), told("shop", saved=dollars, asked_again=proven, status="warning")], "24h")
    assert said["changed"] == "Hits saved about 1.00 EUR and about 2.00 USD and 36 tokens, an estimate."
    assert said["todo"].endswith("Keep answers of shop for a shorter time, or purge them.")
    assert said["mood"] == "warning"


def test_a_row_leads_to_the_form_with_its_service_chosen() -> None:
    assert cache_row(told("a b"))["purge"] == "/gateway/cache?environment=production&service=a+b#purge"
    assert cache_row(told())["wrong_part"] == "–"


def test_only_workers_that_live_hold_anything() -> None:
    dead = GatewayWorker("g1", 1, 2, False)
    alive = GatewayWorker("g0", 1, 1, True, cache=CacheStats(bytes=5, bytes_max=1_000, entries=1))
    (found,) = worker_documents(GatewayStanding(1, 0, (alive, dead)))
    assert worker_row(found)["held"] == "5 B of 1 kB"
    (silent,) = worker_documents(GatewayStanding(1, 0, (GatewayWorker("g0", 1, 1, True),)))
    assert (worker_row(silent)["held"], silent["answers"]) == ("", None)


def test_a_worker_says_what_it_had_of_the_shared_store() -> None:
    worker = GatewayWorker("g0", 1, 1, True, store=StoreUse(False, 3, 4, 5))
    (found,) = worker_documents(GatewayStanding(1, 0, (worker,)))
    assert found["store"] == {"is_up": False, "hits": 3, "misses": 4, "unkept": 5}
