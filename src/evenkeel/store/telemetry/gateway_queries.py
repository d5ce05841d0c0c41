"""What people ask of the gateway's own records: traffic per version, the guard's findings, uses of keys and cache."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from evenkeel.kernel.time import US_PER_MINUTE, Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds
from evenkeel.store.telemetry.series import (
    CacheMoney,
    CacheUse,
    GatewayMinute,
    GatewayTraffic,
    GuardCoverage,
    GuardFinding,
    KeyUse,
)

#: Rows of one answer: 200 routes of 16 versions, and what was refused before a version was chosen.
ROWS_MAX: Final = 5_000
#: The same for a few minutes.
MINUTES_MAX: Final = 50_000
#: The same for keys: ten times as many as somebody was ever seen to have.
KEYS_MAX: Final = 100_000
_DECIDED: Final = "role = 'request' AND outcome IN ('good', 'bad')"
#: Attributes of the gateway's rows are written by `gateway.metering.record`, without spaces.
_SHADOW: Final = """role = 'attempt' AND contains(attributes, '"evenkeel.shadow":true')"""
#: Hits that were asked again, to see whether they are right: traffic of nobody.
_AGAIN: Final = """role = 'attempt' AND contains(attributes, '"evenkeel.asked_again":')"""
#: What was asked of an upstream in truth: a fallback that answered hides in requests what failed before it.
_TRIED: Final = (
    f"role = 'attempt' AND ({_SHADOW}) IS NOT TRUE AND dialect IS DISTINCT FROM 'evenkeel-cache'"
    f" AND ({_AGAIN}) IS NOT TRUE"
)
#: What rows say of the cache. Of a hit whose usage is but a bound nobody knows what it saved.
_OF_CACHE: Final = """
    SELECT *, role = 'attempt' AND dialect IS NOT DISTINCT FROM 'evenkeel-cache' AS is_hit,
    CASE WHEN role = 'request' AND contains(attributes, '"evenkeel.cache":"hit"') THEN 'hit'
    WHEN role = 'request' AND contains(attributes, '"evenkeel.cache":"miss"') THEN 'miss' END AS cache,
    CASE WHEN role = 'attempt' AND contains(attributes, '"evenkeel.asked_again":')
    THEN regexp_extract(attributes, '"evenkeel.asked_again":"([a-z]+)"', 1) END AS again,
    CASE WHEN is_hit AND (contains(attributes, '"evenkeel.usage_source":"provider"')
    OR contains(attributes, '"evenkeel.usage_source":"counted"'))
    THEN json_transform(json_extract(attributes, '$."evenkeel.saved"'),
    '{"tokens_in": "BIGINT", "tokens_out": "BIGINT", "cost_nano": "BIGINT"}') END AS saved FROM events"""
_AGAIN_SAYS: Final = ("same", "wrong", "alike", "differs", "failed")
#: Of requests that the guard looked at: what it found by "side action entity" (`gateway.proxy.guarding`).
_LOOKED: Final = "contains(attributes, '\"evenkeel.guard\":')"
_CLEAN: Final = "contains(attributes, '\"evenkeel.guard\":{}')"
_FOUND: Final = "CAST(json_extract(attributes, '$.\"evenkeel.guard\"') AS MAP(VARCHAR, BIGINT))"
_KEY: Final = r'"evenkeel\.key":"([^"]+)"'
_UNSEEN: Final = "^(input|output) (log|block) (failed|too_long|unreadable)$"


def gateway_traffic(con: Any, window: Window, key: ServiceKey | None) -> list[GatewayTraffic]:
    """A row per version that was asked in the window, and one for what reached none."""
    chosen, values = _of(key)
    rows = con.execute(
        "SELECT environment, service, version, count(*) FILTER (role = 'request' AND outcome = 'good'),"
        " count(*) FILTER (role = 'request' AND outcome = 'bad'),"
        " count(*) FILTER (role = 'request' AND outcome NOT IN ('good', 'bad')),"
        f' quantile_disc(latency_s, 0.95) FILTER ({_DECIDED}), count(*) FILTER ({_SHADOW}), epoch_us(max("at")),'
        f" count(*) FILTER ({_TRIED} AND outcome IN ('good', 'bad')), count(*) FILTER ({_TRIED} AND outcome = 'bad')"
        f" FROM events WHERE {IN_WINDOW} AND source = 'gateway'{chosen} GROUP BY ALL"
        f" ORDER BY environment, service, version LIMIT {ROWS_MAX}",
        bounds(window) | values,
    ).fetchall()
    return [GatewayTraffic(*row) for row in rows]


def gateway_minutes(con: Any, window: Window, key: ServiceKey | None) -> list[GatewayMinute]:
    """A row per version and minute in which any attempt at it counted."""
    chosen, values = _of(key)
    rows = con.execute(
        f'SELECT environment, service, version, epoch_us("at") // {US_PER_MINUTE} * {US_PER_MINUTE}, count(*),'
        f" count(*) FILTER (outcome = 'bad') FROM events WHERE {IN_WINDOW} AND source = 'gateway' AND {_TRIED}"
        f" AND outcome IN ('good', 'bad'){chosen} GROUP BY ALL ORDER BY ALL LIMIT {MINUTES_MAX}",
        bounds(window) | values,
    ).fetchall()
    return [GatewayMinute(*row) for row in rows]


def guard_findings(con: Any, window: Window, key: ServiceKey | None) -> list[GuardFinding]:
    """A row per service, entity, side and action."""
    chosen, values = _of(key)
    rows = con.execute(
        'WITH looked AS (SELECT environment, service, "at",'
        f" {_FOUND} AS found FROM events WHERE {IN_WINDOW} AND source = 'gateway' AND role = 'request'{chosen}"
        f" AND {_LOOKED} AND NOT {_CLEAN}),"
        ' each AS (SELECT environment, service, "at", unnest(map_entries(found)) AS entry FROM looked),'
        " read AS (SELECT *, regexp_extract(entry.key, '^(?:(input|output) ([a-z]+) )?(.+)$',"
        " ['side', 'action', 'entity']) AS said FROM each)"
        " SELECT environment, service, said.entity, said.side, said.action, sum(entry.value)::BIGINT, count(*),"
        f' epoch_us(max("at")) FROM read GROUP BY ALL ORDER BY 6 DESC, 1, 2, 3, 4, 5 LIMIT {ROWS_MAX}',
        bounds(window) | values,
    ).fetchall()
    return [GuardFinding(*row) for row in rows]


def guard_coverage(con: Any, window: Window, key: ServiceKey | None) -> list[GuardCoverage]:
    """A row per service that was asked in the window."""
    chosen, values = _of(key)
    rows = con.execute(
        f'WITH asked AS (SELECT environment, service, "at", reason, {_LOOKED} AS looked,'
        f" CASE WHEN {_LOOKED} AND NOT {_CLEAN} THEN map_keys({_FOUND}) ELSE [] END AS found"
        f" FROM events WHERE {IN_WINDOW} AND source = 'gateway' AND role = 'request'{chosen}),"
        f" told AS (SELECT *, len(list_filter(found, lambda each: regexp_matches(each, $unseen))) AS unseen FROM asked)"
        " SELECT environment, service, count(*), count(*) FILTER (looked),"
        " count(*) FILTER (looked AND len(found) > unseen),"
        " count(*) FILTER (looked AND reason IN ('guard_block', 'guard_hold')),"
        ' count(*) FILTER (looked AND unseen > 0), epoch_us(max("at"))'
        f" FROM told GROUP BY ALL ORDER BY environment, service LIMIT {ROWS_MAX}",
        bounds(window) | values | {"unseen": _UNSEEN},
    ).fetchall()
    return [GuardCoverage(*row) for row in rows]


def key_uses(con: Any, window: Window) -> list[KeyUse]:
    """A row per key that a request came with, the last used first."""
    rows = con.execute(
        'SELECT regexp_extract(attributes, $pattern, 1) AS key, count(*), epoch_us(max("at")) FROM events'
        f" WHERE {IN_WINDOW} AND source = 'gateway' AND role = 'request' AND contains(attributes, '\"evenkeel.key\":')"
        f" GROUP BY key HAVING key <> '' ORDER BY 3 DESC, key LIMIT {KEYS_MAX}",
        bounds(window) | {"pattern": _KEY},
    ).fetchall()
    return [KeyUse(*row) for row in rows]


def cache_use(con: Any, window: Window, key: ServiceKey | None) -> list[CacheUse]:
    """A row per service that was asked in the window."""
    chosen, values = _of(key)
    told = ", ".join(f"count(*) FILTER (again = '{word}')" for word in _AGAIN_SAYS)
    rows = con.execute(
        f"WITH seen AS ({_OF_CACHE} WHERE {IN_WINDOW} AND source = 'gateway'{chosen})"
        " SELECT environment, service, CASE WHEN saved.cost_nano IS NOT NULL OR again IS NOT NULL THEN currency END"
        " AS of_money, coalesce(sum(saved.cost_nano), 0)::BIGINT,"
        " coalesce(sum(cost_nano) FILTER (again IS NOT NULL), 0)::BIGINT,"
        " epoch_us(max(\"at\") FILTER (cache = 'hit')), count(*) FILTER (role = 'request'),"
        " count(*) FILTER (cache = 'hit'), count(*) FILTER (cache = 'miss'), count(saved.tokens_in),"
        " count(saved.cost_nano), coalesce(sum(saved.tokens_in), 0)::BIGINT,"
        f" coalesce(sum(saved.tokens_out), 0)::BIGINT, {told} FROM seen GROUP BY environment, service, of_money"
        f" ORDER BY environment, service, of_money NULLS FIRST LIMIT {ROWS_MAX}",
        bounds(window) | values,
    ).fetchall()
    return [_add_up(place, [*each]) for place, each in groupby(rows, itemgetter(0, 1))]


def _add_up(place: tuple[str, str], rows: Sequence[Sequence[Any]]) -> CacheUse:
    """A service out of its rows: one of what is in no currency, and one per currency."""
    money = tuple(CacheMoney(*row[2:5]) for row in rows if row[2] is not None)
    last_hit_at = max((row[5] for row in rows if row[5] is not None), default=None)
    counts = [sum(numbers) for numbers in zip(*(row[6:] for row in rows), strict=True)]
    return CacheUse(*place, *counts, last_hit_at=last_hit_at, money=money)


def _of(key: ServiceKey | None) -> tuple[str, dict[str, Any]]:
    if key is None:
        return "", {}
    condition = " AND environment = $environment AND service = $service"
    return condition, {"environment": key.environment, "service": key.service}
