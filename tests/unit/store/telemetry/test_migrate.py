"""A file of an earlier version is carried forward whole or not at all."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry import migrate
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.schema import STORE_VERSION, TABLES_SINCE_2, TABLES_SINCE_3
from evenkeel.testing.feeder import NOON_US, Feeder

SHOP = ServiceKey("production", "shop")
HOUR = Window(NOON_US, NOON_US + US_PER_HOUR)


def make_version_1(telemetry: DuckTelemetry) -> None:
    """A store with runs of a probe, as the release before left it."""
    feeder = Feeder(telemetry)
    probe = {"service": "shop", "kind": "probe", "role": "none", "operation": "golden", "subject": "shop-returns"}
    feeder.fold(
        *(
            feeder.event(at=NOON_US + n * US_PER_MINUTE, outcome=outcome, **probe)
            for n, outcome in enumerate(("good", "bad", "none", "bad"))
        ),
        feeder.event(service="shop"),
    )
    for statement in (*TABLES_SINCE_2, *TABLES_SINCE_3):
        telemetry._con.execute(f"DROP TABLE {statement.split('(')[0].split()[-1]}")
    telemetry._con.execute("UPDATE meta SET value = 1 WHERE key = 'store_version'")
    telemetry.close()


@pytest.fixture
def path(telemetry: DuckTelemetry, tmp_path: Path) -> str:
    make_version_1(telemetry)
    return str(tmp_path / "telemetry.duckdb")


def version_and_tables(path: str) -> tuple[int, int]:
    with duckdb.connect(path) as con:
        ((version,),) = con.execute("SELECT value FROM meta WHERE key = 'store_version'").fetchall()
        ((tables,),) = con.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name SIMILAR TO 'probes_.*|availability_hour'"
        ).fetchall()
    return version, tables


def counted(path: str, step_minutes: int) -> tuple[list[float], list[float]]:
    telemetry = DuckTelemetry(path, threads=1)
    found = telemetry.counts(HOUR, step_minutes=step_minutes, probes=("shop-returns",))[SHOP].by_probe["shop-returns"]
    telemetry.close()
    return found.good.tolist(), found.bad.tolist()


def test_the_runs_of_probes_are_counted_from_the_events_that_are_kept(path: str) -> None:
    assert version_and_tables(path) == (1, 0)
    assert counted(path, 1) == ([1, 0, 0, 0], [0, 1, 0, 1])
    assert counted(path, 60) == ([1], [2])
    assert version_and_tables(path) == (STORE_VERSION, 3)
    telemetry = DuckTelemetry(path, threads=1)
    assert telemetry.verify(HOUR) == []
    telemetry.close()


def test_a_step_that_fails_leaves_the_file_as_it_was(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(con: Any) -> None:
        migrate._count_named_probes(con)
        con.execute("SELECT nonsense")

    with monkeypatch.context() as then:
        then.setattr(migrate, "_STEPS", {**migrate._STEPS, 1: fails})
        with pytest.raises(duckdb.BinderException, match="nonsense"):
            DuckTelemetry(path, threads=1)
    assert version_and_tables(path) == (1, 0)
    assert counted(path, 60) == ([1], [2])


def test_one_killed_within_a_step_leaves_the_file_as_it_was(path: str) -> None:
    program = (
        "import os, signal\n"
        "from evenkeel.store.telemetry import migrate\n"
        "from evenkeel.store.telemetry.duckdb_store import DuckTelemetry\n"
        "step = migrate._count_named_probes\n"
        "migrate._STEPS = {1: lambda con: (step(con), os.kill(os.getpid(), signal.SIGKILL))}\n"
        f"DuckTelemetry({path!r}, threads=1)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert version_and_tables(path) == (1, 0)
    assert counted(path, 60) == ([1], [2])


def test_features_of_stored_predictions_are_found_and_counted_once_the_store_is_open(
    telemetry: DuckTelemetry, tmp_path: Path
) -> None:
    feeder = Feeder(telemetry)
    made = {"service": "shop", "kind": "prediction", "role": "none", "label": "yes"}
    attributes = '{"feature.age":3,"segment.region":"north"}'
    feeder.fold(
        *(feeder.event(attributes=attributes, value=0.5, **made) for _ in range(600)),
        feeder.event(attributes='{"feature.age":', **made),
    )
    for statement in TABLES_SINCE_3:
        telemetry._con.execute(f"DROP TABLE {statement.split('(')[0].split()[-1]}")
    telemetry._con.execute("UPDATE meta SET value = 2 WHERE key = 'store_version'")
    telemetry.close()
    again = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    assert [(each.feature, each.present) for each in again.waiting_features(SHOP)] == [
        ("age", 600), ("prediction.label", 601), ("prediction.score", 600),
    ]  # fmt: skip
    again.close_periods(NOON_US)
    assert [row.counts.n for row in again.feature_counts(SHOP, HOUR)] == [600, 601, 601]
    assert again.verify(HOUR) == []
    again.close()
