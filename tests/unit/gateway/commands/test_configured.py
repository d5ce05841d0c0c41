"""What is configured is what workers read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evenkeel.gateway.cache.table import parse_cache_store, parse_caches, parse_purges
from evenkeel.gateway.commands.configured import gateway_document, publish_gateway
from evenkeel.gateway.guard.model import GuardAction, Side
from evenkeel.gateway.guard.table import parse_guards
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.limits.table import parse_limits
from evenkeel.gateway.routes.model import Balance, Dialect, Shadow, Sticky, Timeouts, Version
from evenkeel.gateway.routes.table import parse_routes
from evenkeel.org.config.model import Config

CONFIGURED: dict[str, Any] = {
    "org": {"timezone": "Europe/Berlin"},
    "upstreams": {
        "eu": {
            "url": "https://api.openai.com/v1/",
            "dialect": "openai",
            "provider": "openai",
            "key": "env:OPENAI_API_KEY",
            "timeouts": {"idle": "20 s"},
        },
        "own": {"url": "http://localhost:8000", "dialect": "openai", "model": "llama"},
    },
    "gateway": {
        "routes": {
            "bot": {
                "versions": {"1": {"weight": 90, "upstreams": ["eu"]}, "2": {"weight": 10, "upstreams": ["own", "eu"]}},
                "sticky": "user",
                "balance": "prefix",
                "shadow": {"version": "2", "share": "5 %"},
                "fallback": ["2"],
                "retries": 2,
                "testers": ["0123456789ab"],
                "models": [{"name": "night", "model": "small", "hours": "22:00-06:00"}],
                "cache": {"ttl": "1h", "per_user": True, "shared": True},
                "guard": {"actions": {"secrets": "block", "pii": "redact"}, "sides": ["output"]},
            }
        },
        "cache_store": {"url": "redis://cache.internal/1"},
        "limits": {
            "care": {
                "holder": "team",
                "name": "care",
                "measure": "money",
                "period": "month",
                "amount": "12.5",
                "currency": "EUR",
            }
        },
    },
}


def test_every_word_of_the_configuration_reaches_the_workers() -> None:
    document = json.loads(json.dumps(gateway_document(Config.model_validate(CONFIGURED), 3, 4)))
    table = parse_routes(document)
    route = table.routes["production/bot"]
    assert (table.generation, table.at_us) == (3, 4)
    assert route.versions == (Version("1", 90.0, ("eu",)), Version("2", 10.0, ("own", "eu")))
    assert (route.sticky, route.balance, route.retries_max) == (Sticky.USER, Balance.PREFIX, 2)
    assert (route.shadow, route.fallback, route.testers) == (Shadow("2", 0.05), ("2",), frozenset(("0123456789ab",)))
    assert route.models[0].minutes == (1320, 360)
    eu = table.upstreams["eu"]
    assert (eu.url, eu.dialect, eu.key) == ("https://api.openai.com/v1", Dialect.OPENAI, "env:OPENAI_API_KEY")
    assert eu.timeouts == Timeouts(idle_s=20.0)
    limits = parse_limits(document)
    limit = Limit("care", Holder.TEAM, "care", Measure.MONEY, Period.MONTH, 12_500_000_000, "EUR")
    assert (limits.zone, limits.limits) == ("Europe/Berlin", (limit,))
    guard = parse_guards(document)["production/bot"]
    assert dict(guard.actions) == {"secrets": GuardAction.BLOCK, "pii": GuardAction.REDACT}
    assert guard.sides == {Side.OUTPUT}
    cache = parse_caches(document)["production/bot"]
    assert (cache.ttl_s, cache.is_per_user, cache.is_shared) == (3600.0, True, True)
    assert parse_cache_store(document) == "redis://cache.internal/1"
    assert parse_purges(document) == ()


def test_only_a_change_is_published_and_its_generation_is_higher(tmp_path: Path) -> None:
    path = tmp_path / "gateway.json"
    config = Config.model_validate(CONFIGURED)
    assert publish_gateway(path, config, 10)
    assert not publish_gateway(path, config, 20)
    assert publish_gateway(path, Config(), 30)
    table = parse_routes(json.loads(path.read_bytes()))
    assert (table.generation, table.at_us, dict(table.routes)) == (2, 30, {})


def test_a_damaged_table_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "gateway.json"
    path.write_text("{ half", encoding="utf-8")
    assert publish_gateway(path, Config(), 1)
    assert parse_routes(json.loads(path.read_bytes())).generation == 1
