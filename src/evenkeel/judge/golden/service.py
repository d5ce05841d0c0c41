"""The use cases of golden queries: sets that are given, runs that are sent, compared and accepted (SPEC Q-1)."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from evenkeel.judge.golden import records
from evenkeel.judge.golden.given import NewRun, NewSet
from evenkeel.judge.golden.model import NAME_MAX, GoldenQuery, GoldenRun, GoldenSet, SetHead
from evenkeel.judge.golden.reading import read_run, read_set
from evenkeel.judge.golden.scoring import MEASURES, Gate, Outcome, compare_runs, decide_gate, measure_run, score
from evenkeel.judge.quality.model import Figure
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import isoformat
from evenkeel.observe.events.context import clean_name
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail

#: Runs of a set that are kept; beyond these the oldest goes that nobody accepted.
RUNS_MAX: Final = 500
#: Sets of one service.
SETS_MAX: Final = 20
#: Runs whose figures are remembered.
_MEASURED_MAX: Final = 1_000
_Held = TypeVar("_Held", GoldenSet, SetHead, tuple[SetHead, int])
_RELEASE_MAX: Final = 200
_TARGET_MAX: Final = 400  # of a row of the trail


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run beside an earlier one: by how much each measure is higher, of how many queries."""

    run: GoldenRun
    before: GoldenRun
    changes: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a run, and of how many first places they are: as its version of the set said."""

    k: int
    figures: Mapping[str, Figure]


class GoldenSets:
    """Safe to use from any thread. `keeps_content` says whether texts of a service may be kept."""

    def __init__(self, given: Records, clock: Clock, keeps_content: Callable[[ServiceKey], bool]) -> None:
        self._records = given
        self._clock = clock
        self._keeps_content = keeps_content
        self._measured: OrderedDict[tuple[ServiceKey, str, int, str], Measured] = OrderedDict()

    def put(self, new: NewSet, actor: str) -> SetHead:
        """The set as it is now: a new version, or the newest where nothing of it changed.

        Texts of queries are kept only where the service's content is. Raises InvalidInputError.
        """
        new.check()
        queries = read_set(new.lines)
        if not self._keeps_content(new.key):
            queries = {name: replace(each, text="") for name, each in queries.items()}
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            before = records.load_set(connection, new.key, new.name)
            if before is None and len(records.load_heads(connection, new.key)) >= SETS_MAX:
                raise InvalidInputError(f"{new.key} has {SETS_MAX} golden sets.", hint="Remove one first.")
            if before is not None and _is_same(before, new, queries):
                return before.head
            version = 1 if before is None else before.head.version + 1
            head = SetHead(new.key, new.name, version, new.k, new.every_s, len(queries), now_us, actor)
            made = GoldenSet(head, queries)
            records.save_set(connection, made)
            change = trail.Change(actor, "golden.set", _target(new.key, new.name), _told(before), _told(made))
            trail.record(connection, change, now_us)
        return head

    def remove(self, key: ServiceKey, name: str, actor: str, reason: str) -> None:
        """Delete a set and its runs. Raises NotFoundError, and InvalidInputError without a reason."""
        if not reason.strip():
            raise InvalidInputError("To remove a golden set takes a reason.", hint="It is audited.")
        with self._records.transaction() as connection:
            before = _found(records.load_set(connection, key, name), key, name)
            records.delete_set(connection, key, name)
            change = trail.Change(actor, "golden.remove", _target(key, name), _told(before), None, reason[:500])
            trail.record(connection, change, self._clock.now_us())

    def tidy(self, key: ServiceKey, name: str, actor: str) -> list[int]:
        """Delete the old versions of a set that no run names, which is audited; answers which. Raises NotFoundError."""
        with self._records.transaction() as connection:
            held = records.load_versions(connection, key, name)
            _found(held[0] if held else None, key, name)
            gone = [head.version for head, runs in held[1:] if not runs]
            if gone:
                records.delete_versions(connection, key, name, gone)
                change = trail.Change(actor, "golden.tidy", _target(key, name), {"versions": gone})
                trail.record(connection, change, self._clock.now_us())
        return gone

    def sets(self, key: ServiceKey) -> list[SetHead]:
        """The newest version of each of a service's sets, without its queries."""
        with self._records.transaction() as connection:
            return records.load_heads(connection, key)

    def versions(self, key: ServiceKey, name: str) -> list[tuple[SetHead, int]]:
        """Each version of a set, without its queries, and how many runs name it; the newest first."""
        with self._records.transaction() as connection:
            return records.load_versions(connection, key, name)

    def head(self, key: ServiceKey, name: str) -> SetHead:
        """The newest version of a set, without its queries. Raises NotFoundError."""
        found = self.versions(key, name)
        return _found(found[0] if found else None, key, name)[0]

    def get(self, key: ServiceKey, name: str, version: int | None = None) -> GoldenSet:
        """A version of a set, or the newest. Raises NotFoundError."""
        with self._records.transaction() as connection:
            return _found(records.load_set(connection, key, name, version), key, name)

    def texts(self, key: ServiceKey, name: str, actor: str) -> Mapping[str, str]:
        """The texts of a set's queries, by id, that are kept; that they were read is in the audit trail."""
        with self._records.transaction() as connection:
            held = _found(records.load_set(connection, key, name), key, name)
            if not self._keeps_content(key):
                records.forget_texts(connection, held)  # they were kept when content was
                return {}
            change = trail.Change(actor, "golden.read", _target(key, name))
            trail.record(connection, change, self._clock.now_us())
        return {each.id: each.text for each in held.queries.values() if each.text}

    def send(self, new: NewRun, actor: str) -> GoldenRun:
        """The run as it is kept; what was sent before under its id is not kept again.

        Raises InvalidInputError, NotFoundError without the set, and ConflictError where the id is another run's.
        """
        new.check()
        answers, digest = read_run(new.lines), new.digest
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            before = records.load_run(connection, new.key, new.name, new.id)
            if before is not None and before.digest != digest:
                raise ConflictError(f"Run {new.id[:60]} is another one.", hint="Send it under an id of its own.")
            if before is not None:
                return before
            held = _found(records.load_set(connection, new.key, new.name), new.key, new.name)
            scored = score(held.queries, answers, held.head.k)  # no measure of this version looks further
            release, version = clean_name(new.release, _RELEASE_MAX), held.head.version
            run = GoldenRun(new.id, new.key, new.name, version, now_us, release, actor, scored, digest)
            records.save_run(connection, run)
            if records.count_runs(connection, new.key, new.name) > RUNS_MAX:
                records.forget_oldest_run(connection, new.key, new.name)
        return run

    def run(self, key: ServiceKey, name: str, run_id: str = "") -> GoldenRun:
        """A run, or the newest. Raises NotFoundError."""
        with self._records.transaction() as connection:
            found = (
                records.load_run(connection, key, name, run_id)
                if run_id
                else next(iter(records.load_runs(connection, key, name, 1)), None)
            )
        if found is None:
            raise NotFoundError(
                f"There is no run {run_id[:60]!r} of {name[:NAME_MAX]}."
                if run_id
                else f"{name[:NAME_MAX]} has no run.",
                hint="`evenkeel retrieval golden show` lists them.",
            )
        return found

    def runs(self, key: ServiceKey, name: str, limit: int = 50) -> list[GoldenRun]:
        """The newest first."""
        with self._records.transaction() as connection:
            return records.load_runs(connection, key, name, limit)

    def measure(self, run: GoldenRun) -> Measured:
        """Each measure of a run, with its interval. What was reckoned is kept: a run does not change."""
        own = (run.key, run.name, run.version, f"{run.id}\n{run.digest}\n{run.at_us}")
        found = self._measured.get(own)
        if found is None:
            held = self.get(run.key, run.name, run.version)
            found = self._measured[own] = _measure(held, run)
            while len(self._measured) > _MEASURED_MAX:
                self._measured.popitem(last=False)
        return found

    def accepted(self, key: ServiceKey, name: str, but: str = "") -> GoldenRun | None:
        """The run that was accepted last, other than one."""
        with self._records.transaction() as connection:
            return records.load_accepted(connection, key, name, but)

    def accept(self, key: ServiceKey, name: str, run_id: str, actor: str, *, partial: bool = False) -> GoldenRun:
        """From now on compare runs with this one.

        Raises NotFoundError, and ConflictError for a run that says nothing of the retriever, or that lacks queries of
        the set unless a `partial` one is wanted.
        """
        run = self.run(key, name, run_id)
        if run.scored.is_nothing:
            failed = len(run.scored.failed)
            why = f"each of its {failed:,} calls failed" if failed else "no query of the set is in it"
            raise ConflictError(
                f"Run {run.id[:60]} says nothing of the retriever: {why}.",
                hint="Accept one that found something; what comes later would be compared with nothing.",
            )
        if run.scored.is_partial and not partial:
            raise ConflictError(
                f"Run {run.id[:60]} lacks {len(run.scored.missing):,} queries of the set.",
                hint="Accept a whole one; or this one for the queries it has: `--partial`.",
            )
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            records.accept_run(connection, run, now_us, actor)
            change = trail.Change(actor, "golden.accept", _target(key, name), None, {"run": run.id, "set": run.version})
            trail.record(connection, change, now_us)
        return replace(run, accepted_at_us=now_us, accepted_by=actor)

    def compare(self, run: GoldenRun, before: GoldenRun) -> Comparison:
        """Two runs query by query. Raises ConflictError where they are of different versions of the set."""
        if run.version != before.version:
            raise ConflictError(
                f"{run.id[:60]} is of version {run.version} of the set and {before.id[:60]} of {before.version}.",
                hint="Run both on one version: what is relevant may have changed.",
            )
        held = self.get(run.key, run.name, run.version)
        return Comparison(run, before, compare_runs(held.queries, run.scored, before.scored, held.head.k))

    def gate(
        self, run: GoldenRun, measure: str, points: float, *, as_newest: bool = False
    ) -> tuple[Gate, Comparison | None]:
        """Whether a run is worse than the last accepted one by more than `points`; what cannot be said is no pass.

        A run that nobody named, but took as the newest, says nothing of now where the next one is overdue.
        """
        if measure not in MEASURES:
            raise InvalidInputError(f"{measure[:40]!r} is no measure.", hint=f"Known are {', '.join(MEASURES)}.")
        before = self.accepted(run.key, run.name, but=run.id)
        if before is None:
            return Gate(Outcome.UNKNOWN, "No other run is accepted: there is nothing to compare with."), None
        held = self.head(run.key, run.name)
        if as_newest and self._clock.now_us() - run.at_us > held.every_us:
            why = f"The newest run is of {isoformat(run.at_us)}; the next one is overdue. Send one, or name a run."
            return Gate(Outcome.UNKNOWN, why), None
        if run.version != held.version:
            return Gate(Outcome.UNKNOWN, f"The run is of version {run.version} of the set; there is a newer one."), None
        if run.version != before.version:
            why = f"The accepted run {before.id} is of version {before.version} of the set, this one of {run.version}."
            return Gate(Outcome.UNKNOWN, why), None
        found = self.compare(run, before)
        if run.scored.is_partial:
            why = f"The run lacks {len(run.scored.missing):,} queries of the set: what they would show is unknown."
            return Gate(Outcome.UNKNOWN, why), found
        decided = decide_gate(found.changes[measure], points)
        if before.scored.is_partial:
            n = f"{found.changes[measure].n:,.0f} of {held.size:,}"
            decided = replace(decided, why=f"{decided.why} Of {n} queries: the accepted run lacks the others.")
        return decided, found


def _target(key: ServiceKey, name: str) -> str:
    """As the audit trail names it."""
    return f"{key} {name}"[:_TARGET_MAX]


def _is_same(before: GoldenSet, new: NewSet, queries: Mapping[str, GoldenQuery]) -> bool:
    return (before.head.k, before.head.every_s) == (new.k, new.every_s) and dict(before.queries) == dict(queries)


def _told(held: GoldenSet | None) -> dict[str, object] | None:
    if held is None:
        return None
    content = json.dumps([[each.id, dict(each.relevant)] for each in held.queries.values()])
    digest = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
    return {"version": held.head.version, "queries": len(held.queries), "k": held.head.k, "relevant": digest}


def _measure(held: GoldenSet, run: GoldenRun) -> Measured:
    return Measured(held.head.k, measure_run(held.queries, run.scored, held.head.k))


def _found(held: _Held | None, key: ServiceKey, name: str) -> _Held:
    if held is None:
        raise NotFoundError(
            f"{key} has no golden set {name[:NAME_MAX]!r}.",
            hint="`evenkeel retrieval golden list` names them.",
        )
    return held
