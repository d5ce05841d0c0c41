"""Levels beyond those that are counted are one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from arro3.core import Table

from evenkeel.library import engine
from evenkeel.library.engine import EngineTable, new_engine


def test_of_too_many_levels_the_rarest_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LEVELS_COUNTED_MAX", 2)
    plans = ["a", "a", "a", "b", "b", "c", "c", "d", None]
    connection = new_engine()
    column = EngineTable(connection, connection.from_arrow(Table.from_arrow(pl.DataFrame({"plan": plans})))).read(
        "plan"
    )
    assert column.levels == {"a": 3, "b": 2, "c": 2, "(others)": 1 + 1}
    assert column.present + column.apart.total == 9


def test_what_does_not_fit_into_memory_goes_where_temporary_files_belong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(engine, "gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.setattr(engine, "_MEMORY", "16MB")
    connection = new_engine()
    connection.execute("CREATE TEMP TABLE file AS SELECT random()::VARCHAR AS c FROM range(1_000_000)")
    assert EngineTable(connection, connection.table("file")).rows == 1_000_000
    assert list((tmp_path / "temporary").iterdir()) != []
    connection.close()
    assert [*(tmp_path / "here").iterdir(), *(tmp_path / "temporary").iterdir()] == []
