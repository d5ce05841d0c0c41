"""Real input that must come out exactly: the public Azure LLM inference trace (CC-BY), by the command line.

Expected numbers are computed here from the file with nothing of evenkeel's.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from evenkeel.app.home import Home
from evenkeel.app.offline import opened
from evenkeel.kernel.time import US_PER_DAY, Window, to_us

ROOT = Path(__file__).parents[2]
NAME = "AzureLLMInferenceTrace_conv.csv"
PRICE_IN, PRICE_OUT = Decimal("2.50"), Decimal(10)  # USD per million tokens


@pytest.fixture(scope="module")
def trace() -> Path:
    """The trace among the shared data."""
    shared = Path(os.environ.get("EVENKEEL_SHARED") or ROOT.parent / "shared")
    path = shared / "data" / "azure_llm" / NAME
    if not path.is_file():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{path} is not there; EVENKEEL_SHARED names the folder")
    return path


def evenkeel(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evenkeel.cli.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ | {"EVENKEEL_HOME": ""})


def do_import(home: Path, source: Path, *more: object) -> dict[str, Any]:
    done = evenkeel("import", "--preset", "azure-llm", "--model", "gpt-4o", source, "--home", home, "--json", *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def content(home: Path) -> list[Any]:
    """Everything the store holds of the import: events, counters, sketches."""
    with duckdb.connect(str(home / "telemetry.duckdb"), read_only=True) as store:
        return [
            store.execute(sql).fetchall()
            for sql in (
                """SELECT count(*), count(DISTINCT event_id), sum(tokens_in), sum(tokens_out), sum(cost_nano),
                epoch_us(min("at")), epoch_us(max("at")), bit_xor(hash(event_id)) FROM events""",
                'SELECT * EXCLUDE (series) FROM counters_minute ORDER BY "at"',
                'SELECT * EXCLUDE (series) FROM counters_hour ORDER BY "at"',
            )
        ]


@pytest.mark.slow
def test_the_trace_comes_out_exactly_and_importing_it_again_changes_nothing(trace: Path, tmp_path: Path) -> None:
    with trace.open(newline="") as file:
        rows = list(csv.DictReader(file))
    tokens_in = sum(int(row["ContextTokens"]) for row in rows)
    tokens_out = sum(int(row["GeneratedTokens"]) for row in rows)
    cost_in, cost_out = tokens_in * PRICE_IN / 10**6, tokens_out * PRICE_OUT / 10**6

    said = do_import(tmp_path, trace)
    assert (said["events"], said["new"], said["rejected"], said["unpriced"]) == (19_366, 19_366, 0, 0)
    assert Decimal(str(said["cost_usd"])) == cost_in + cost_out
    assert str(said["cost_usd"]).startswith("96.79")
    assert said["input_cost_share"] == pytest.approx(float(cost_in / (cost_in + cost_out)), abs=1e-12)
    assert round(100 * said["input_cost_share"]) == 58

    first = content(tmp_path)
    times = [to_us(datetime.fromisoformat(row["TIMESTAMP"][:26]).replace(tzinfo=UTC)) for row in rows]
    assert first[0][0][:7] == (
        19_366, 19_366, tokens_in, tokens_out, int((cost_in + cost_out) * 10**9), min(times), max(times),
    )  # fmt: skip

    again = do_import(tmp_path, trace)
    assert (again["events"], again["new"], again["written"], again["cost_usd"]) == (19_366, 0, 0, said["cost_usd"])
    # Another copy, and no memory of the first import: identities alone must tell.
    shutil.rmtree(tmp_path / "imports")
    elsewhere = tmp_path / "copy.csv"
    shutil.copy(trace, elsewhere)
    without_memory = do_import(tmp_path, elsewhere)
    assert (without_memory["written"], without_memory["new"]) == (19_366, 0)
    assert content(tmp_path) == first

    doctor = evenkeel("doctor", "--home", tmp_path, "--json")
    assert doctor.returncode == 0, doctor.stdout
    assert json.loads(doctor.stdout)["status"] == "ok"
    with opened(Home(tmp_path)) as control:
        window = Window(min(times) - US_PER_DAY, max(times) + US_PER_DAY)
        assert control.stores.telemetry.verify(window) == []


@pytest.mark.slow
@pytest.mark.parametrize("convert", ["parquet", "arrow", "jsonl"])
def test_every_format_of_the_same_rows_comes_out_the_same(trace: Path, tmp_path: Path, convert: str) -> None:
    from arro3.core import Array, DataType, Table
    from arro3.io import write_ipc, write_parquet

    with trace.open(newline="") as file:
        rows = list(csv.DictReader(file))[:2_000]
    path = tmp_path / f"trace.{convert}"
    if convert == "jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    else:
        times = [to_us(datetime.fromisoformat(row["TIMESTAMP"][:26]).replace(tzinfo=UTC)) for row in rows]
        columns: dict[str, Any] = {
            "TIMESTAMP": Array(times, type=DataType.int64()).cast(DataType.timestamp("us")),
            "ContextTokens": Array([int(row["ContextTokens"]) for row in rows], type=DataType.int32()),
            "GeneratedTokens": Array([int(row["GeneratedTokens"]) for row in rows], type=DataType.int64()),
        }
        write: Callable[..., Any] = write_parquet if convert == "parquet" else write_ipc
        write(Table.from_pydict(columns), path)
    said = do_import(tmp_path / "home", path)
    cost = sum(int(row["ContextTokens"]) * PRICE_IN + int(row["GeneratedTokens"]) * PRICE_OUT for row in rows) / 10**6
    assert (said["events"], said["new"]) == (2_000, 2_000)
    assert Decimal(str(said["cost_usd"])) == cost


@pytest.mark.slow
def test_without_a_price_the_cost_is_unknown_and_not_zero(trace: Path, tmp_path: Path) -> None:
    done = evenkeel("import", "--preset", "azure-llm", trace, "--home", tmp_path, "--json")
    said = json.loads(done.stdout)
    assert (said["cost_usd"], said["input_cost_share"], said["unpriced"]) == (None, None, 19_366)


def test_a_wrong_mapping_is_told_with_the_nearest_column(trace: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("name: x\ncolumns: {at: TIMESTAMP, tokens_in: ContextToken}\n")
    done = evenkeel("import", "--mapping", mapping, trace, "--home", tmp_path / "home")
    assert done.returncode != 0
    assert "no column 'ContextToken'" in done.stderr
    assert "Did you mean 'ContextTokens'?" in done.stderr
    assert "Traceback" not in done.stderr
