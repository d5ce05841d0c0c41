"""A prober elsewhere: what it sends is what a prober here would have written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.app.vantage import Vantage, run_vantage, sent_event
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.events import jsontext
from evenkeel.observe.events.context import EventContext
from evenkeel.observe.intake.event_api import read_events
from evenkeel.observe.pricing.book import PriceBook
from evenkeel.observe.privacy.pseudonyms import open_pseudonyms
from evenkeel.observe.probes.model import HttpTarget, Probe, Result, Timing
from evenkeel.observe.probes.run import probe_event

NOW_US = 1_800_000_000_000_000
FRONT = Probe("front", "shop", "staging", HttpTarget("https://shop.example"), Timing(30, 5))
SAME = ("event_id", "kind", "role", "environment", "service", "operation", "subject", "label", "outcome", "reason",
        "latency_s", "status_code", "value", "attributes")  # fmt: skip


@pytest.mark.parametrize(
    "result",
    [
        Result("good", latency_s=0.25, status_code=200),
        Result("bad", "http_503", 0.25, 503, detail="It answered 503."),
        Result("none", "prober_network", detail="No way out."),
        Result("bad", "tls_expires_soon", value=3.5, value_kind="days"),
    ],
    ids=str,
)
def test_the_door_reads_what_is_sent_as_what_was_found(result: Result, tmp_path: Path) -> None:
    batch = EventBatch()
    batch.add(probe_event(FRONT, "far", result, NOW_US))
    written: dict[str, Any] = batch.row(0)
    sent = {"kind": "probe", "at": NOW_US / 1e6, **{k: v for k, v in sent_event(written).items() if v is not None}}
    home = Home(tmp_path / "home")
    home.create()
    context = EventContext(NOW_US, PriceBook.load(), open_pseudonyms(home.secrets, NOW_US))
    read = read_events(jsontext.dump([sent]), "application/json", context)
    assert read.rejected == []
    found = read.batch.row(0)
    assert {name: found.get(name) for name in SAME} == {name: written.get(name) for name in SAME}


@pytest.mark.parametrize("content", [None, "{}", '{"probes": []}'])
def test_a_table_without_probes_is_said_at_once(tmp_path: Path, content: str | None) -> None:
    table = tmp_path / "probes.json"
    if content is not None:
        table.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInputError, match="evenkeel probes table"):
        run_vantage(Vantage("far", table, "http://localhost:1", "ek_x"), lambda _: None)
