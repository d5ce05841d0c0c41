"""Synthetic events as Arrow batches, made by the engine's own generator: fast enough for a hundred million.

Latencies are lognormal (median 0.6 s), one in a thousand requests fails, callers follow a square law. Identities
are derived from the number of the event, so that the same numbers are the same events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
from arro3.core import RecordBatch, Table

from evenkeel.kernel.event import COLUMNS
from evenkeel.store.journal.codec import SCHEMA
from evenkeel.store.telemetry.schema import SQL_TYPE

#: Friday 2 October 2026, 12:00 UTC.
NOON_US = 1_790_942_400_000_000
MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Traffic:
    """Which events: numbers from `first`, evenly over `span_us` that ends at `end_us`."""

    first: int
    count: int
    end_us: int = NOON_US
    span_us: int = 10 * MINUTE_US
    services: int = 10
    spans_per_trace: int = 1
    failing: float = 0.001
    service: int | None = None  # all events of this one
    callers: int = 5_000
    features: int = 0  # more than 0: predictions with as many numbers in their attributes
    features_named: str = "feature."  # what their names begin with


def _given(traffic: Traffic) -> dict[str, str]:
    """SQL of the columns that have a value, over `n`, the number of an event."""
    per_trace = traffic.spans_per_trace
    start_us = traffic.end_us - traffic.span_us
    trace = f"(n // {per_trace})"
    chosen = f"{trace} % {traffic.services}" if traffic.service is None else str(traffic.service)
    place = f"(n % {per_trace})"
    # Box and Muller on two hashes; 0.85 is the spread of the logarithm.
    first, second = (f"(hash({trace} * 7 + {seed}) % 1000003 + 1) / 1000004.0" for seed in (1, 2))
    latency = f"0.6 * exp(0.85 * sqrt(-2 * ln({first})) * cos(2 * pi() * {second}))"
    at = f"{start_us} + CAST((n - {traffic.first}) * ({traffic.span_us} / {traffic.count}::DOUBLE) AS BIGINT)"
    fails = f"hash({trace} + 99) % 1000000 < {round(traffic.failing * 1e6)}"
    values = {
        "event_id": "CAST(printf('%032x', n + 1) AS UUID)",
        "request_id": f"CAST(printf('%032x', {trace} + 1) AS UUID)",
        "kind": "'inference'",
        "at": f"make_timestamp({at})",
        "arrived_at": f"make_timestamp({at} + 400000)",
        "environment": "'production'",
        "service": f"printf('service-%03d', {chosen})",
        "version": f"printf('1.%d', {trace} % 3)",
        "model": f"CASE WHEN {trace} % 4 = 0 THEN 'gpt-4o' ELSE 'gpt-4o-mini' END",
        "provider": "'openai'",
        "operation": "'chat'",
        "solo": str(per_trace == 1).lower(),
        "span_id": "n + 1",
        "parent_id": f"CASE WHEN {place} > 0 THEN n - {place} + 1 END" if per_trace > 1 else "NULL",
        "response_id": "printf('chatcmpl-%024d', n)",
        "role": f"CASE WHEN {place} = 0 THEN 'request' WHEN {place} = 1 THEN 'attempt' ELSE 'retrieval' END"
        if per_trace > 1
        else "'attempt'",
        "source": "'otlp'",
        "dialect": "'genai'",
        "source_rank": "10",
        "weight": "1.0",
        "sampled_unknown": "false",
        "outcome": f"CASE WHEN {fails} THEN 'bad' ELSE 'good' END",
        "reason": f"CASE WHEN {fails} THEN 'http_500' END",
        "latency_s": f"({latency}) * (1 - 0.1 * {place})",
        "tokens_in": "400 + n % 1700",
        "tokens_out": "40 + n % 600",
        "cost_nano": "150 * (400 + n % 1700) + 600 * (40 + n % 600)",
        "currency": "'USD'",
        "cost_basis": "'exact'",
        "price": "'gpt-4o-mini@2024-07-18'",
        "caller": f"hash((hash({trace}) % {traffic.callers}) * (hash({trace} + 5) % {traffic.callers}))",
        "attributes": """'{"gen_ai.request.temperature": 0.2, "server.address": "api.openai.com"}'""",
    }
    if traffic.features:
        number = "((hash(n * 1000 + {k}) % 100000) / 1000.0)::VARCHAR"
        pairs = (f"'\"{traffic.features_named}f{k}\":' || {number.format(k=k)}" for k in range(traffic.features))
        values |= {
            "kind": "'prediction'",
            "role": "'none'",
            "attributes": "'{' || " + " || ',' || ".join(pairs) + " || '}'",
        }
    return values


def make(con: Any, traffic: Traffic) -> list[RecordBatch]:
    """The events of `traffic` in the shape the fold takes."""
    values = _given(traffic)
    columns = ", ".join(
        f'CAST({values.get(column.name, "NULL")} AS {SQL_TYPE[column.type]}) AS "{column.name}"' for column in COLUMNS
    )
    last = traffic.first + traffic.count
    found = con.sql(f"SELECT {columns} FROM (SELECT range AS n FROM range({traffic.first}, {last}))")
    return [_as_journaled(batch) for batch in Table.from_arrow(found).to_batches()]


def _as_journaled(batch: RecordBatch) -> RecordBatch:
    """With the very types that the journal's reader gives."""
    arrays = [
        batch.column(name) if column.type == "uuid" else batch.column(name).cast(SCHEMA.field(name).type)
        for name, column in ((column.name, column) for column in COLUMNS)
    ]
    return RecordBatch.from_arrays(arrays, schema=SCHEMA)  # pyright: ignore[reportUnknownMemberType] typed with numpy's


def generator() -> Any:
    """An engine that only makes events."""
    return duckdb.connect(":memory:", config={"threads": 1, "arrow_lossless_conversion": True})
