"""Levels beyond those that are counted are one."""

from __future__ import annotations

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
