"""The tables and the measures: complete, and in step with the kernel."""

from __future__ import annotations

import math
import random
import re

import duckdb
import pytest

from evenkeel.kernel.event import COLUMN_NAMES, COLUMNS
from evenkeel.kernel.sketch import BUCKET_MIN, bucket_of
from evenkeel.store.telemetry.port import MinuteRow
from evenkeel.store.telemetry.schema import (
    BUCKET_SQL,
    MEASURED,
    MEASURES,
    PERSONAL,
    SQL_TYPE,
    TABLES,
    ZERO_BUCKET,
    sums_sql,
    totals_sql,
)


def test_every_type_of_the_event_schema_has_a_column_type() -> None:
    assert {column.type for column in COLUMNS} <= SQL_TYPE.keys()


def test_what_the_port_answers_per_minute_is_counted() -> None:
    fields = {name for name in MinuteRow.__dataclass_fields__ if name != "at"}
    assert fields <= MEASURES.keys()


def test_measures_read_only_what_a_changed_row_carries() -> None:
    named = set(re.findall(r"[a-z_]+", " ".join(expression for _, expression in MEASURES.values())))
    columns = named & {*COLUMN_NAMES, "bucket", "series", "counts_request", "counts_attempt"}
    assert columns <= set(MEASURED)


def test_who_it_was_is_told_by_columns_that_exist_and_may_be_empty() -> None:
    required = {column.name for column in COLUMNS if column.required}
    assert set(PERSONAL) <= set(COLUMN_NAMES)
    assert not set(PERSONAL) & required


def test_the_engine_computes_the_kernels_buckets() -> None:
    chance = random.Random(8)
    values = [10 ** chance.uniform(-9, 7) for _ in range(3_000)] + [2.0**power for power in range(-30, 20)]
    values += [5e-324, 1e-310, 1.7e308]
    with duckdb.connect() as con:
        found = con.execute(f"SELECT {BUCKET_SQL} FROM (SELECT unnest(?) AS latency_s)", [values]).fetchall()
    assert [row[0] for row in found] == [bucket_of(value) for value in values]


def test_zero_has_a_mark_of_its_own_and_what_is_no_duration_has_none() -> None:
    with duckdb.connect() as con:
        found = con.execute(f"SELECT {BUCKET_SQL} FROM (SELECT unnest([0.0, -1.0, NULL]) AS latency_s)").fetchall()
    assert [row[0] for row in found] == [ZERO_BUCKET, None, None]
    assert ZERO_BUCKET < BUCKET_MIN


def test_the_tables_can_be_made_and_sums_and_totals_name_every_measure() -> None:
    with duckdb.connect() as con:
        for statement in TABLES:
            con.execute(statement)
        minute = con.execute(f"SELECT {sums_sql()} FROM (SELECT *, weight AS w FROM events)")
        assert [column[0] for column in minute.description] == list(MEASURES)
        assert set(minute.fetchall()[0]) == {0}
        hour = con.execute(f"SELECT {totals_sql()} FROM counters_minute")
        assert [column[0] for column in hour.description] == list(MEASURES)


@pytest.mark.parametrize("weight", [1.0, -1.0, 10.0, 2.5])
def test_money_is_exact_where_events_stand_for_one_and_rounded_once_where_not(weight: float) -> None:
    cost = 2**53 + 1  # no float holds it
    expression = MEASURES["cost_nano"][1]
    with duckdb.connect() as con:
        (found,) = con.execute(
            f"SELECT {expression} FROM (SELECT true AS counts_attempt, ?::BIGINT AS cost_nano, ?::DOUBLE AS w)",
            [cost, weight],
        ).fetchall()[0]
    if abs(weight) == 1:
        assert found == int(weight) * cost
    else:
        assert math.isclose(found, weight * cost, rel_tol=1e-15)
