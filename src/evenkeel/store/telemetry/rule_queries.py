"""What the rules of the gateway's routes did and cost, from its own records (`gateway.metering.record`)."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.gateway_queries import ROWS_MAX
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds
from evenkeel.store.telemetry.series import ModelRuleUse, RuleMoney

#: Names of models that callers thought of are told, so many of each rule.
_MODELS_MAX: Final = 5
_OF_RULES: Final = """
    SELECT environment, service, role, outcome, currency, cost_nano, tokens_in, tokens_out, "at",
    dialect IS NOT DISTINCT FROM 'evenkeel-cache' AS cached,
    role = 'attempt' AND NOT cached AND cost_basis IS NOT NULL AS used,
    json_extract_string(attributes, '$."evenkeel.model_rule"') AS rule,
    json_extract_string(attributes, '$."evenkeel.model_asked"') AS named,
    CAST(json_extract_string(attributes, '$."evenkeel.asked_cost_nano"') AS BIGINT) AS asked_cost FROM events"""
#: What a rule compares: what was paid, and what the model asked for had cost.
_BOTH: Final = "FILTER (used AND cost_nano IS NOT NULL AND asked_cost IS NOT NULL)"


def model_rules(con: Any, window: Window, key: ServiceKey | None) -> list[ModelRuleUse]:
    """A row per service and rule that chose a model in the window. Shadows name no rule."""
    chosen = "" if key is None else " AND environment = $environment AND service = $service"
    values = {} if key is None else {"environment": key.environment, "service": key.service}
    rows = con.execute(
        f"WITH each AS ({_OF_RULES} WHERE {IN_WINDOW} AND source = 'gateway'{chosen})"
        " SELECT environment, service, rule, currency, count(*) FILTER (role = 'request'),"
        " (sum(count(*) FILTER (role = 'request')) OVER (PARTITION BY environment, service))::BIGINT,"
        f" count(*) FILTER (role = 'attempt' AND cached), count(*) FILTER (used), count(*) {_BOTH},"
        " coalesce(sum(tokens_in) FILTER (used), 0)::BIGINT, coalesce(sum(tokens_out) FILTER (used), 0)::BIGINT,"
        f" coalesce(sum(cost_nano) {_BOTH}, 0)::BIGINT, coalesce(sum(asked_cost) {_BOTH}, 0)::BIGINT,"
        f' list_sort(list(DISTINCT named))[:{_MODELS_MAX}], epoch_us(max("at")),'
        " count(*) FILTER (role = 'request' AND outcome = 'bad')"
        f" FROM each GROUP BY environment, service, rule, currency QUALIFY rule IS NOT NULL"
        f" ORDER BY environment, service, rule, currency LIMIT {ROWS_MAX}",
        {**bounds(window), **values},
    ).fetchall()
    return [_rule_use(list(of_rule)) for _, of_rule in groupby(rows, key=lambda row: row[:3])]


def _rule_use(rows: list[tuple[Any, ...]]) -> ModelRuleUse:
    """One rule from its rows: one for each currency, and one for what has none."""
    requests, cached, attempts, compared, tokens_in, tokens_out = (
        sum(row[column] for row in rows) for column in (4, 6, 7, 8, 9, 10)
    )
    environment, service, rule = rows[0][:3]
    return ModelRuleUse(
        environment,
        service,
        rule,
        requests=requests,
        route_requests=rows[0][5],
        failed=sum(row[15] for row in rows),
        cached=cached,
        attempts=attempts,
        unpriced=attempts - compared,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        money=tuple(RuleMoney(row[3], row[11], row[12]) for row in rows if row[3] is not None and row[8]),
        models_asked=tuple(sorted({name for row in rows for name in row[13] or () if name})[:_MODELS_MAX]),
        last_at=max(row[14] for row in rows),
    )
