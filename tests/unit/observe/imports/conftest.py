"""An import into memory, and what it would have journaled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.batch import EventBatch
from evenkeel.observe.events.context import EventContext
from evenkeel.observe.imports.mapping import Mapping as ColumnMapping
from evenkeel.observe.imports.run import ImportOrder, ImportResult, run_import
from evenkeel.observe.pricing.book import PriceBook
from evenkeel.observe.privacy.pseudonyms import Pseudonyms

NOW_US = 1_790_000_000_000_000
BASIC = {"name": "logs", "columns": {"at": "when"}, "constants": {"service": "bot"}}


class Importer:
    """Imports files as the command does; `events` are what was written, `writes` how many at a time."""

    context = EventContext(NOW_US, PriceBook.load(), Pseudonyms.with_key(b"k" * 32))

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[dict[str, Any]] = []
        self.writes: list[int] = []
        self.progress: list[float] = []

    def write(self, batch: EventBatch) -> None:
        self.events += [batch.row(n) for n in range(len(batch))]
        self.writes.append(len(batch))

    def file(self, content: str | bytes, name: str = "logs.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run(
        self,
        source: Path | str | bytes,
        mapping: Mapping[str, Any] | None = None,
        constants: Mapping[str, Any] | None = None,
        write: Callable[[EventBatch], None] | None = None,
    ) -> ImportResult:
        path = source if isinstance(source, Path) else self.file(source)
        found = ColumnMapping.model_validate(BASIC | dict(mapping or {}))
        order = ImportOrder(path, found, self.folder / "imports", constants or {})
        return run_import(order, self.context, write or self.write, self.progress.append)


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)
