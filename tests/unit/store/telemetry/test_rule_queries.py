"""What rules did is read from the gateway's own records: by service and rule, like compared with like."""

from __future__ import annotations

from typing import Any

from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.series import RuleMoney
from evenkeel.testing.feeder import NOON_US, Feeder

HOUR = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_MINUTE)
BOT = ServiceKey("production", "bot")


def ruled(feeder: Feeder, rule: str, cost: int | None = None, asked: int | None = None, **more: Any) -> dict[str, Any]:
    """A request or an attempt for which a rule chose the model."""
    about = f'"evenkeel.model_asked":"large","evenkeel.model_rule":"{rule}"'
    about += "" if asked is None else f',"evenkeel.asked_cost_nano":{asked}'
    used = {} if cost is None else {"cost_nano": cost, "currency": "USD", "cost_basis": "exact", "role": "attempt"}
    given = {"source": "gateway", "role": "request", "attributes": f"{{{about}}}"}
    return feeder.event(**{**given, **used, **more})


def test_rules_are_told_with_their_share_and_what_is_compared(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    used = {"tokens_in": 10, "tokens_out": 5}
    feeder.fold(
        feeder.event(source="gateway", role="request", attributes="{}"),
        feeder.event(source="gateway", role="attempt", attributes="{}"),
        ruled(feeder, "short"),
        ruled(feeder, "short", 100, 700, **used),
        ruled(feeder, "short"),
        ruled(feeder, "short", 30, 20, **used, currency="EUR"),
        ruled(
            feeder, "short", None, None, role="attempt", cost_nano=None, currency=None, cost_basis="unpriced", **used
        ),
        ruled(feeder, "short", 50, None, **used),  # the model asked for has no price
        ruled(
            feeder, "short", None, None, role="attempt", cost_nano=None, cost_basis=None
        ),  # never left: nothing to compare
        ruled(feeder, "short", 0, None, dialect="evenkeel-cache"),
        ruled(feeder, "night", outcome="excluded", reason="rate_limited"),
        ruled(feeder, "night", outcome="bad", reason="model_not_found"),
        ruled(feeder, "short", service="other"),
        ruled(feeder, "short", at=HOUR.end_us),
    )
    night, short = telemetry.model_rules(HOUR, BOT)
    assert (night.rule, night.requests, night.route_requests, night.attempts, night.money) == ("night", 2, 5, 0, ())
    assert (short.rule, short.requests, short.route_requests, short.cached) == ("short", 2, 5, 1)
    assert (short.attempts, short.unpriced, short.tokens_in, short.tokens_out) == (4, 2, 40, 20)
    assert short.money == (RuleMoney("EUR", 30, 20), RuleMoney("USD", 100, 700))
    assert (night.failed, short.failed) == (1, 0)
    assert (short.models_asked, short.last_at) == (("large",), NOON_US)
    assert [row.service for row in telemetry.model_rules(HOUR)] == ["bot", "bot", "other"]
    assert telemetry.model_rules(Window(0, 1)) == []
