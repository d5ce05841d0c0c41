"""Golden sets are versioned, runs are idempotent, and what cannot be compared is no pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.judge.golden import service
from evenkeel.judge.golden.given import NewRun, NewSet
from evenkeel.judge.golden.scoring import Outcome
from evenkeel.judge.golden.service import GoldenSets
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail
from evenkeel.testing.clock import SimClock

KEY = ServiceKey("production", "bot")


class Kept:
    """Whether texts are kept, and the sets."""

    def __init__(self, records: Records) -> None:
        self.records, self.clock, self.is_on = records, SimClock(1_790_000_000_000_000), False
        self.sets = GoldenSets(records, self.clock, lambda _: self.is_on)

    def put(self, n: int = 200, **more: int) -> int:
        """The version."""
        lines = "\n".join(json.dumps({"id": f"q{i}", "query": f"Why {i}?", "relevant": ["a"]}) for i in range(n))
        return self.sets.put(NewSet(KEY, "faq", lines, **more), "jo").version

    def send(self, own: str, good: int, n: int = 200) -> None:
        """A run in which so many queries find something."""
        lines = "\n".join(json.dumps({"id": f"q{i}", "retrieved": ["a" if i < good else "x"]}) for i in range(n))
        self.clock.advance(60)
        self.sets.send(NewRun(KEY, "faq", own, lines), "ci")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    yield Kept(records)
    records.close()


def test_a_set_that_changed_is_a_new_version_and_the_same_one_is_not(kept: Kept) -> None:
    assert [kept.put(), kept.put(), kept.put(3), kept.put(3, k=2)] == [1, 1, 2, 3]
    assert len(kept.sets.get(KEY, "faq", 1).queries) == 200
    assert len(trail.latest(kept.records, limit=10)) == 3


def test_texts_are_kept_only_where_content_is_and_go_when_it_is_switched_off(kept: Kept) -> None:
    kept.put(2)
    assert kept.sets.texts(KEY, "faq", "jo") == {}
    kept.is_on = True
    kept.put(2)
    assert kept.sets.texts(KEY, "faq", "jo") == {"q0": "Why 0?", "q1": "Why 1?"}
    assert trail.latest(kept.records, limit=1)[0]["action"] == "golden.read"
    kept.put(1)  # of an older version no text is kept
    assert not any(each.text for each in kept.sets.get(KEY, "faq", 2).queries.values())
    kept.is_on = False
    assert kept.sets.texts(KEY, "faq", "jo") == {}
    kept.is_on = True
    assert kept.sets.texts(KEY, "faq", "jo") == {}


def test_a_run_sent_again_is_the_same_and_another_under_its_id_is_refused(kept: Kept) -> None:
    kept.put()
    kept.send("1", 180)
    kept.send("1", 180)
    assert len(kept.sets.runs(KEY, "faq")) == 1
    with pytest.raises(ConflictError, match="another one"):
        kept.send("1", 170)


def test_the_gate_knows_nothing_until_a_run_is_accepted_and_compares_by_the_interval(kept: Kept) -> None:
    kept.put()
    kept.send("1", 180)
    newest = kept.sets.run(KEY, "faq")
    assert kept.sets.gate(newest, "hit_rate", 5.0)[0].outcome is Outcome.UNKNOWN
    kept.sets.accept(KEY, "faq", "1", "jo")
    outcomes: list[Outcome] = []
    for own, good in (("2", 181), ("3", 100), ("4", 172)):
        kept.send(own, good)
        outcomes.append(kept.sets.gate(kept.sets.run(KEY, "faq"), "hit_rate", 5.0)[0].outcome)
    assert outcomes == [Outcome.PASS, Outcome.WORSE, Outcome.UNKNOWN]


def test_of_a_run_as_many_places_are_kept_as_count(kept: Kept) -> None:
    kept.put(1, k=2)
    kept.sets.send(NewRun(KEY, "faq", "1", json.dumps({"id": "q0", "retrieved": ["x", "y", "a"]})), "ci")
    run = kept.sets.run(KEY, "faq")
    assert run.scored.gains == {"q0": (0.0, 0.0)}
    assert kept.sets.measure(run).figures["hit_rate"].value == 0.0


def test_a_release_is_kept_as_it_can_be_told_and_the_trail_takes_long_names(kept: Kept) -> None:
    key = ServiceKey("e" * 200, "s" * 200)
    line = json.dumps({"id": "q0", "relevant": ["a"]})
    kept.sets.put(NewSet(key, "faq", line), "jo")
    assert len(trail.latest(kept.records, limit=1)[0]["target"]) == 400
    kept.sets.send(NewRun(key, "faq", "1", json.dumps({"id": "q0", "retrieved": ["a"]}), "1.4\x00"), "ci")
    assert kept.sets.run(key, "faq").release.isprintable()


def test_a_newest_run_that_nobody_named_passes_no_gate_once_the_next_is_overdue(kept: Kept) -> None:
    kept.put(every_s=3_600)
    kept.send("1", 200)
    kept.sets.accept(KEY, "faq", "1", "jo")
    kept.send("2", 200)
    newest = kept.sets.run(KEY, "faq")
    assert kept.sets.gate(newest, "hit_rate", 5.0, as_newest=True)[0].outcome is Outcome.PASS
    kept.clock.advance(3_601)
    gate, _ = kept.sets.gate(newest, "hit_rate", 5.0, as_newest=True)
    assert (gate.outcome, "overdue" in gate.why) == (Outcome.UNKNOWN, True)
    assert kept.sets.gate(newest, "hit_rate", 5.0)[0].outcome is Outcome.PASS


def test_a_partial_run_passes_no_gate_and_is_not_accepted(kept: Kept) -> None:
    kept.put()
    kept.send("1", 180)
    kept.sets.accept(KEY, "faq", "1", "jo")
    kept.send("2", 190, n=190)
    newest = kept.sets.run(KEY, "faq")
    gate, found = kept.sets.gate(newest, "mrr", 5.0)
    assert (gate.outcome, found is not None) == (Outcome.UNKNOWN, True)
    assert "lacks 10 queries" in gate.why
    with pytest.raises(ConflictError, match="lacks 10 queries"):
        kept.sets.accept(KEY, "faq", "2", "jo")


def test_a_partial_run_is_accepted_where_that_is_wanted_and_the_gate_says_of_how_many_queries_it_speaks(
    kept: Kept,
) -> None:
    kept.put()
    kept.send("1", 190, n=190)
    kept.sets.accept(KEY, "faq", "1", "jo", partial=True)
    kept.send("2", 200)
    gate, _ = kept.sets.gate(kept.sets.run(KEY, "faq"), "hit_rate", 5.0)
    assert (gate.outcome, "Of 190 of 200 queries" in gate.why) == (Outcome.PASS, True)


def test_a_run_that_says_nothing_of_the_retriever_is_never_accepted(kept: Kept) -> None:
    kept.put(2)
    failed = "\n".join(json.dumps({"id": f"q{i}", "failed": "timeout"}) for i in range(2))
    kept.sets.send(NewRun(KEY, "faq", "1", failed), "ci")
    kept.sets.send(NewRun(KEY, "faq", "2", '{"id": "another", "retrieved": ["a"]}'), "ci")
    for own, why in (("1", "each of its 2 calls failed"), ("2", "no query of the set is in it")):
        with pytest.raises(ConflictError, match=why):
            kept.sets.accept(KEY, "faq", own, "jo", partial=True)


def test_old_versions_that_no_run_names_are_deleted_and_that_is_audited(kept: Kept) -> None:
    kept.put(3)
    kept.put(4)
    kept.send("1", 1, n=4)
    for n in (5, 6):
        kept.put(n)
    assert [(head.version, head.size, runs) for head, runs in kept.sets.versions(KEY, "faq")] == [
        (4, 6, 0), (3, 5, 0), (2, 4, 1), (1, 3, 0),
    ]  # fmt: skip
    assert kept.sets.tidy(KEY, "faq", "jo") == [3, 1]
    assert [head.version for head, _ in kept.sets.versions(KEY, "faq")] == [4, 2]
    assert trail.latest(kept.records, limit=1)[0]["action"] == "golden.tidy"
    assert kept.sets.tidy(KEY, "faq", "jo") == []
    assert kept.put(7) == 5  # no version is given twice
    with pytest.raises(NotFoundError):
        kept.sets.tidy(KEY, "other", "jo")


def test_a_list_of_sets_reads_no_query(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.put(3)
    monkeypatch.setattr("evenkeel.judge.golden.records.json", None)
    assert [(each.name, each.size) for each in kept.sets.sets(KEY)] == [("faq", 3)]


def test_runs_of_two_versions_of_a_set_are_not_compared(kept: Kept) -> None:
    kept.put()
    kept.send("1", 180)
    kept.sets.accept(KEY, "faq", "1", "jo")
    kept.put(150)
    kept.send("2", 150, n=150)
    newest = kept.sets.run(KEY, "faq")
    gate, found = kept.sets.gate(newest, "hit_rate", 5.0)
    assert (gate.outcome, found) == (Outcome.UNKNOWN, None)
    with pytest.raises(ConflictError, match="version 2"):
        kept.sets.compare(newest, kept.sets.run(KEY, "faq", "1"))


def test_the_oldest_runs_go_but_for_an_accepted_one(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RUNS_MAX", 2)
    kept.put(2)
    kept.send("1", 1, n=2)
    kept.sets.accept(KEY, "faq", "1", "jo")
    for own in "234":
        kept.send(own, 2, n=2)
    assert [each.id for each in kept.sets.runs(KEY, "faq")] == ["4", "1"]


def test_a_removed_set_is_gone_with_its_runs(kept: Kept) -> None:
    kept.put(2)
    kept.send("1", 1, n=2)
    with pytest.raises(InvalidInputError, match="reason"):
        kept.sets.remove(KEY, "faq", "jo", " ")
    kept.sets.remove(KEY, "faq", "jo", "old")
    assert kept.sets.sets(KEY) == []
    kept.put(2)
    assert kept.sets.runs(KEY, "faq") == []


def test_what_is_not_there_or_cannot_be_is_refused(kept: Kept) -> None:
    with pytest.raises(NotFoundError, match="no golden set"):
        kept.send("1", 1)
    for more, says in (({"k": 0}, "none"), ({"every_s": 1}, "none")):
        with pytest.raises(InvalidInputError, match=says):
            kept.put(**more)
    with pytest.raises(InvalidInputError, match="no name"):
        kept.sets.put(NewSet(KEY, "Not this", '{"id": "q", "relevant": ["a"]}'), "jo")
    kept.put()
    with pytest.raises(NotFoundError, match="has no run"):
        kept.sets.run(KEY, "faq")
    kept.send("1", 1)
    with pytest.raises(InvalidInputError, match="no measure"):
        kept.sets.gate(kept.sets.run(KEY, "faq"), "taste", 5.0)
