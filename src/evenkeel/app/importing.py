"""An import into a home: through a journal of its own; folded here when no server owns the home."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from evenkeel.app.dataplane import parse_prices
from evenkeel.app.home import Home
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.event import SCHEMA_ID
from evenkeel.observe.evaluators.evaluating import Evaluating, EvaluationClocks
from evenkeel.observe.evaluators.policy import EVERYTHING, TABLE_NAME, EvaluationTable
from evenkeel.observe.events.context import EventContext
from evenkeel.observe.imports.counts import CountsDoor, CountsOrder, run_counts_import
from evenkeel.observe.imports.run import ImportOrder, ImportResult, run_import
from evenkeel.observe.intake.event_api import read_events
from evenkeel.observe.intake.group_counts import COUNTS
from evenkeel.observe.pricing.book import PriceBook
from evenkeel.observe.privacy.pseudonyms import open_pseudonyms
from evenkeel.store.journal.codec import encode_batch
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.system import RealDisk, SystemClock

WRITER = "import"


def import_file(
    home: Home, order: ImportOrder | CountsOrder, *, folds: bool, progress: Callable[[float], None]
) -> tuple[ImportResult, int | None]:
    """(what the file held, how many events were new; None when a server folds them)."""
    home.create()
    clock = SystemClock()
    context = EventContext(clock.now_us(), _prices(home), open_pseudonyms(home.secrets, clock.now_us()))
    writer = JournalWriter(RealDisk(), str(home.journal / WRITER), writer=WRITER, clock=clock)

    def write(batch: EventBatch) -> None:
        writer.append(encode_batch(batch), schema_id=SCHEMA_ID, rows=len(batch))

    try:
        if isinstance(order, CountsOrder):
            result = run_counts_import(order, CountsDoor(read_events, COUNTS), context, write)
        else:
            result = run_import(replace(order, evaluating=_evaluating(home)), context, write, progress)
    finally:
        writer.close()
    if not folds:
        return result, None
    from evenkeel.app.offline import fold_home  # loads the engine, which a running server makes needless

    return result, fold_home(home)


def _evaluating(home: Home) -> Evaluating:
    """What services say of evaluators holds for files; the CPU budget does not: nobody waits behind an import."""
    try:
        table = EvaluationTable.parse(json.loads((home.tables / TABLE_NAME).read_bytes()))
    except FileNotFoundError:
        table = EVERYTHING
    return Evaluating(lambda: table, EvaluationClocks(lambda: 0.0, lambda: 0.0))


def _prices(home: Home) -> PriceBook:
    try:
        document: Any = json.loads((home.tables / "prices.json").read_bytes())
    except FileNotFoundError:
        return PriceBook.load()
    return parse_prices(document)
