"""An import into a home: through a journal of its own, folded here when nobody owns the home."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.app.importing import WRITER, import_file
from evenkeel.app.offline import fold_home, opened
from evenkeel.kernel.errors import HomeBusyError, InvalidInputError
from evenkeel.observe.imports.mapping import Mapping as ColumnMapping
from evenkeel.observe.imports.mapping import read_preset
from evenkeel.observe.imports.run import ImportOrder
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.system import RealDisk, SystemClock
from evenkeel.store.telemetry.event_port import EventFilter

HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
ROWS = [f"2026-03-01 12:00:{second:02d}.0000000,{100 + second},{second}\n" for second in range(40)]


@pytest.fixture
def order(tmp_path: Path, home: Home) -> ImportOrder:
    source = tmp_path / "trace.csv"
    source.write_text(HEADER + "".join(ROWS), encoding="utf-8")
    return ImportOrder(source, read_preset("azure-llm"), home.imports, {"model": "gpt-4o", "provider": "openai"})


def ignore(_: float) -> None: ...


def test_an_import_is_folded_at_once_where_no_server_does_it(home: Home, order: ImportOrder) -> None:
    progress: list[float] = []
    result, stored = import_file(home, order, folds=True, progress=progress.append)
    assert (result.events, result.written, stored) == (40, 40, 40)
    assert progress[-1] == 1.0
    with opened(home) as control:
        assert len(control.stores.telemetry.events(EventFilter()).events) == 40
        assert control.stores.telemetry.offsets().keys() == {WRITER}


def test_twice_is_as_good_as_once(home: Home, order: ImportOrder) -> None:
    first, _ = import_file(home, order, folds=True, progress=ignore)
    again, stored = import_file(home, order, folds=True, progress=ignore)
    assert (again.events, again.written, stored) == (40, 0, 0)
    assert again.costs_nano == first.costs_nano
    assert first.costs_nano["USD"] > 0


def test_twice_is_as_good_as_once_even_when_the_manifest_is_lost(home: Home, order: ImportOrder) -> None:
    import_file(home, order, folds=True, progress=ignore)
    for manifest in home.imports.iterdir():
        manifest.unlink()
    again, stored = import_file(home, order, folds=True, progress=ignore)
    assert (again.written, stored) == (40, 0)


def test_with_a_server_what_was_imported_waits_in_the_journal(home: Home, order: ImportOrder) -> None:
    _, stored = import_file(home, order, folds=False, progress=ignore)
    assert stored is None
    assert fold_home(home) == 40


def test_a_longer_file_adds_only_what_is_new(home: Home, order: ImportOrder) -> None:
    order.source.write_text(HEADER + "".join(ROWS[:25]), encoding="utf-8")
    import_file(home, order, folds=True, progress=ignore)
    order.source.write_text(HEADER + "".join(ROWS), encoding="utf-8")
    _, stored = import_file(home, order, folds=True, progress=ignore)
    assert stored == 15


def test_own_prices_of_the_home_are_used(home: Home, order: ImportOrder) -> None:
    home.create()
    home.configuration.write_text(
        "prices: {gpt-4o: {input: 1000000, output: 0, currency: EUR}}\n", encoding="utf-8"
    )  # a EUR a token
    with opened(home):
        pass  # publishes them
    result, _ = import_file(home, order, folds=True, progress=ignore)
    assert result.costs_nano == {"EUR": sum(100 + second for second in range(40)) * 1_000_000_000}


def test_one_import_at_a_time(home: Home, order: ImportOrder) -> None:
    home.create()
    other = JournalWriter(RealDisk(), str(home.journal / WRITER), writer=WRITER, clock=SystemClock())
    try:
        with pytest.raises(HomeBusyError, match="writes the journal"):
            import_file(home, order, folds=True, progress=ignore)
    finally:
        other.close()


def test_a_file_that_cannot_be_read_leaves_the_home_usable(home: Home, order: ImportOrder, tmp_path: Path) -> None:
    unknown = tmp_path / "trace.xlsx"
    unknown.write_bytes(b"")
    with pytest.raises(InvalidInputError, match="ends in no format"):
        import_file(home, ImportOrder(unknown, order.mapping, home.imports), folds=True, progress=ignore)
    assert import_file(home, order, folds=True, progress=ignore)[1] == 40


def test_texts_of_a_file_become_numbers_and_no_text_is_kept(home: Home, tmp_path: Path) -> None:
    source = tmp_path / "chats.jsonl"
    rows = [
        {"at": "2026-03-01T12:00:00Z", "q": "How long is it?", "docs": ["The warranty lasts 24 months."], "a": reply}
        for reply in ("The warranty lasts 36 months.", "Zanzibar is lovely.")
    ]
    lines = [json.dumps(row) for row in (*rows, {**rows[0], "a": 7})]
    source.write_text("\n".join(lines), encoding="utf-8")
    mapping = ColumnMapping(
        name="chats",
        columns={"at": "at", "prompt": "q", "contexts": "docs", "answer": "a"},
        constants={"service": "bot", "outcome": "good"},
    )
    order = ImportOrder(source, mapping, home.imports)
    result, _ = import_file(home, order, folds=True, progress=ignore)
    assert (result.events, result.rejected) == (2, 1)
    assert "answer is 7, not a text" in result.problems[0]
    with opened(home) as control:
        telemetry = control.stores.telemetry
        rows_kept: list[Any] = [telemetry.event(each["event_id"]) for each in telemetry.events(EventFilter()).events]
    attributes: list[str] = [each["attributes"] for each in rows_kept]
    assert sum(json.loads(each)["evenkeel.grounding.numbers_missing"] for each in attributes) == 1
    assert not [word for word in ("warranty", "Zanzibar", "How long") if word in str(attributes)]
