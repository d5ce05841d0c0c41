"""The newest run of a time is reckoned once, and is another object only where it is another run."""

from __future__ import annotations

from pathlib import Path

from evenkeel.judge.golden.given import NewRun, NewSet
from evenkeel.judge.golden.service import GoldenSets
from evenkeel.judge.golden.standings import KnownRuns
from evenkeel.kernel.time import Window
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.clock import SimClock

KEY = ServiceKey("production", "bot")


def test_the_newest_run_of_a_time_is_reckoned_once(tmp_path: Path) -> None:
    opened, clock = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}"), SimClock(1_000_000)
    sets, known = GoldenSets(opened, clock, lambda _: False), KnownRuns(opened)
    assert known.sets(KEY) == []
    sets.put(NewSet(KEY, "faq", '{"id": "q", "relevant": ["a"]}', k=2), "jo")
    sets.send(NewRun(KEY, "faq", "1", '{"id": "q", "retrieved": ["x", "a"]}'), "ci")
    first = known.newest(KEY, "faq", Window(0, 1_000_000))
    assert first is not None
    assert (first.run.id, first.k, first.values["mrr"], first.figures["mrr"].value) == ("1", 2, (0.5,), 0.5)
    clock.advance(1)
    sets.send(NewRun(KEY, "faq", "2", '{"id": "q", "retrieved": ["a"]}'), "ci")
    assert known.newest(KEY, "faq", Window(0, 1_500_000)) is first
    second = known.newest(KEY, "faq", Window(0, 3_000_000))
    assert second is not None
    assert second.run.id == "2"
    assert known.newest(KEY, "other", Window(0, 3_000_000)) is None
    opened.close()
