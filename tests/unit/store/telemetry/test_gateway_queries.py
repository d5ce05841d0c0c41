"""What is read from the gateway's own records."""

from __future__ import annotations

from typing import Any

from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.series import KeyUse
from evenkeel.testing.feeder import NOON_US, Feeder

HOUR = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_MINUTE)
BOT = ServiceKey("production", "bot")


def passed(feeder: Feeder, **more: Any) -> dict[str, Any]:
    """A request of the gateway."""
    return feeder.event(**{"source": "gateway", "role": "request", "attributes": "{}", **more})


def test_traffic_is_a_row_per_version_and_one_for_what_reached_none(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    feeder.fold(
        passed(feeder, latency_s=0.2),
        passed(feeder, latency_s=0.9, outcome="bad", reason="http_500"),
        passed(feeder, version="2", outcome="excluded", reason="client_cancelled", latency_s=70.0),
        passed(feeder, version="", outcome="excluded", reason="http_429"),
        passed(feeder, version="2", role="attempt", attributes='{"evenkeel.shadow":true}'),
        passed(feeder, version="2", role="attempt"),
        feeder.event(),  # its own telemetry went by another door
        passed(feeder, service="other"),
        passed(feeder, at=HOUR.end_us),
    )
    none, one, two = telemetry.gateway_traffic(HOUR, BOT)
    assert (none.version, none.requests, none.other, none.latency_s_p95) == ("", 1, 1, None)
    assert (one.good, one.bad, one.latency_s_p95, one.shadows, one.last_at) == (1, 1, 0.9, 0, NOON_US)
    assert (two.version, two.other, two.latency_s_p95, two.shadows) == ("2", 1, None, 1)
    assert {(row.service, row.version) for row in telemetry.gateway_traffic(HOUR)} == {
        ("bot", ""), ("bot", "1"), ("bot", "2"), ("other", "1"),
    }  # fmt: skip


def test_attempts_are_told_of_who_was_asked_and_not_of_who_answered_for_it(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    feeder.fold(
        passed(feeder),  # answered by 1, after 2 had failed
        passed(feeder, role="attempt", attributes='{"evenkeel.cost":1}'),
        passed(feeder, role="attempt", version="2", outcome="bad", reason="http_500"),
        passed(feeder, role="attempt", version="2", outcome="excluded", reason="client_cancelled"),
        passed(feeder, role="attempt", version="2", outcome="bad", attributes='{"evenkeel.shadow":true}'),
        passed(feeder, role="attempt", dialect="evenkeel-cache"),
        passed(feeder, role="attempt", outcome="bad", attributes='{"evenkeel.asked_again":"failed"}'),
    )
    one, two = telemetry.gateway_traffic(HOUR, BOT)
    assert (one.requests, one.tried, one.failed) == (1, 1, 0)
    assert (two.requests, two.tried, two.failed) == (0, 1, 1)
    assert (one.shadows, two.shadows) == (0, 1)


def guarded(feeder: Feeder, found: str, **more: Any) -> dict[str, Any]:
    """A request that the guard looked at."""
    return passed(feeder, attributes=f'{{"evenkeel.attempts":1,"evenkeel.guard":{{{found}}}}}', **more)


def test_minutes_count_the_attempts_that_count_of_each_version(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    tried = {"role": "attempt"}
    feeder.fold(
        passed(feeder, **tried),
        passed(feeder, **tried, outcome="bad", reason="http_500"),
        passed(feeder, **tried, outcome="bad", reason="http_500", at=NOON_US + US_PER_MINUTE - 1),
        passed(feeder, **tried, at=NOON_US - 1),
        passed(feeder, **tried, outcome="excluded", reason="client_cancelled"),
        passed(feeder, **tried, outcome="bad", attributes='{"evenkeel.shadow":true}'),
        passed(feeder, outcome="bad"),  # the request itself; a fallback may have answered it
        passed(feeder, **tried, service="other", version="2"),
    )
    before, now = telemetry.gateway_minutes(HOUR, BOT)
    assert (before.at, before.decided, before.bad) == (NOON_US - US_PER_MINUTE, 1, 0)
    assert (now.version, now.at, now.decided, now.bad) == ("1", NOON_US, 3, 2)
    assert [row.version for row in telemetry.gateway_minutes(HOUR)] == ["1", "1", "2"]


def test_findings_of_the_guard_are_summed_by_entity_side_and_action(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    stopped = {"outcome": "excluded", "reason": "guard_block"}
    feeder.fold(
        guarded(feeder, '"input redact email":3,"output block iban":1', **stopped),
        guarded(feeder, '"input redact email":1,"output redact email":2,"input log topic:big cats":1'),
        guarded(feeder, '"email":5'),  # of a worker that did not say side and action yet
        guarded(feeder, '"output block failed":1', **stopped),
        guarded(feeder, ""),
        passed(feeder),
        guarded(feeder, '"input redact email":9', service="other"),
    )
    found = {(row.side, row.action, row.entity): row for row in telemetry.guard_findings(HOUR, BOT)}
    assert {name: (row.found, row.requests) for name, row in found.items()} == {
        ("input", "redact", "email"): (4, 2),
        ("output", "redact", "email"): (2, 1),
        ("output", "block", "iban"): (1, 1),
        ("input", "log", "topic:big cats"): (1, 1),
        ("", "", "email"): (5, 1),
        ("output", "block", "failed"): (1, 1),
    }
    assert telemetry.guard_findings(HOUR)[0].service == "other"
    assert telemetry.guard_findings(Window(0, 1)) == []
    (bot,) = telemetry.guard_coverage(HOUR, BOT)
    assert (bot.requests, bot.looked, bot.found, bot.stopped, bot.unseen) == (6, 5, 3, 2, 1)
    assert bot.last_at == NOON_US
    assert telemetry.guard_coverage(Window(0, 1)) == []


def test_events_with_a_finding_of_the_guard_are_listed(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    feeder.fold(guarded(feeder, '"input redact email":3'), guarded(feeder, '"output redact email":3'), passed(feeder))
    assert len(telemetry.events(EventFilter(guard="input redact email")).events) == 1
    assert telemetry.events(EventFilter(guard='email":3')).events == []


def test_keys_are_told_with_their_last_use_and_only_of_requests_of_the_gateway(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    with_key = {name: f'{{"evenkeel.attempts":1,"evenkeel.key":"{name}","evenkeel.team":"x"}}' for name in ("k1", "k2")}
    feeder.fold(
        passed(feeder, attributes=with_key["k1"], at=NOON_US - US_PER_MINUTE),
        passed(feeder, attributes=with_key["k1"], outcome="excluded", reason="http_429"),
        passed(feeder, attributes=with_key["k1"], role="attempt", at=NOON_US + 5),
        passed(feeder, attributes=with_key["k2"], at=NOON_US - US_PER_MINUTE),
        passed(feeder, attributes=with_key["k2"], at=HOUR.end_us),
        passed(feeder, attributes='{"evenkeel.key":"k3"}', source="otlp"),
        passed(feeder),
        passed(feeder, attributes=None),
    )
    assert telemetry.key_uses(HOUR) == [KeyUse("k1", 2, NOON_US), KeyUse("k2", 1, NOON_US - US_PER_MINUTE)]
    assert telemetry.key_uses(Window(0, 1)) == []


def hit(feeder: Feeder, saved: str, source: str = "provider", **more: Any) -> list[dict[str, Any]]:
    """A request that was answered out of the cache, and its attempt."""
    about = f'{{"evenkeel.usage_source":"{source}","evenkeel.cached":true,"evenkeel.saved":{{{saved}}}}}'
    of_cache = {"role": "attempt", "dialect": "evenkeel-cache", "cost_nano": 0, "currency": "USD", "attributes": about}
    request = passed(feeder, attributes='{"evenkeel.attempts":1,"evenkeel.cache":"hit"}', **more)
    return [request, passed(feeder, **{**of_cache, **more})]


def asked_again(feeder: Feeder, said: str, **more: Any) -> dict[str, Any]:
    """A hit that was asked again."""
    cost = {"cost_nano": 7, "currency": "USD"}
    return passed(feeder, role="attempt", attributes=f'{{"evenkeel.asked_again":"{said}"}}', **cost, **more)


def test_the_cache_is_told_by_hits_what_they_saved_and_whether_they_were_right(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    feeder.fold(
        *hit(feeder, '"tokens_in":10,"tokens_out":5,"cost_nano":100'),
        *hit(feeder, '"tokens_in":10,"tokens_out":5,"cost_nano":50', currency="EUR"),
        *hit(feeder, '"tokens_in":3,"tokens_out":1', source="counted"),  # of a model without a price
        *hit(feeder, '"tokens_in":900,"tokens_out":900,"cost_nano":900', source="upper_bound"),
        passed(feeder, attributes='{"evenkeel.cache":"miss"}', at=NOON_US + 1),
        passed(feeder, role="attempt", cost_nano=40, currency="USD"),
        passed(feeder),  # nothing that is kept
        *(asked_again(feeder, said) for said in ("same", "same", "wrong", "alike", "differs", "differs", "failed")),
        passed(feeder, service="other"),
    )
    bot, other = telemetry.cache_use(HOUR)
    assert (bot.requests, bot.hits, bot.misses, bot.looked, bot.last_hit_at) == (6, 4, 1, 5, NOON_US)
    assert (bot.metered, bot.priced, bot.saved_tokens_in, bot.saved_tokens_out) == (3, 2, 23, 11)
    assert (bot.same, bot.wrong, bot.proven, bot.alike, bot.differs, bot.failed) == (2, 1, 3, 1, 2, 1)
    assert [(each.currency, each.saved_nano, each.asked_nano) for each in bot.money] == [
        ("EUR", 50, 0),
        ("USD", 100, 49),
    ]
    assert (other.service, other.requests, other.looked, other.last_hit_at, other.money) == ("other", 1, 0, None, ())
    assert telemetry.cache_use(HOUR, BOT) == [bot]
    found = {said: len(telemetry.events(EventFilter(cache=said)).events) for said in ("hit", "miss", "wrong", "hi")}
    assert found == {"hit": 4, "miss": 1, "wrong": 1, "hi": 0}
    assert telemetry.cache_use(Window(0, 1)) == []
