"""The use cases of golden queries: sets that are given, runs that are sent, compared and accepted (SPEC Q-1)."""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from evenkeel.judge.golden import records
from evenkeel.judge.golden.model import ID_MAX, NAME_MAX, PLACES_MAX, GoldenQuery, GoldenRun, GoldenSet
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
#: How often a run may be expected, in seconds: a minute to a year.
EVERY_S: Final = (60, 366 * 86_400)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
_RELEASE_MAX: Final = 200
_TARGET_MAX: Final = 400  # of a row of the trail


@dataclass(frozen=True, slots=True)
class NewSet:
    """A set as somebody gives it: JSON lines, how many places count, and how often a run is expected."""

    key: ServiceKey
    name: str
    lines: str
    k: int = 5
    every_s: int = 7 * 86_400


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run as somebody sends it: JSON lines, under an id of the sender's; the same id again is the same run."""

    key: ServiceKey
    name: str
    id: str
    lines: str
    release: str = ""


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

    def put(self, new: NewSet, actor: str) -> GoldenSet:
        """The set as it is now: a new version, or the newest where nothing of it changed.

        Texts of queries are kept only where the service's content is. Raises InvalidInputError.
        """
        _check_set(new)
        queries = read_set(new.lines)
        if not self._keeps_content(new.key):
            queries = {name: replace(each, text="") for name, each in queries.items()}
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            before = records.load_set(connection, new.key, new.name)
            if before is None and len(records.load_names(connection, new.key)) >= SETS_MAX:
                raise InvalidInputError(f"{new.key} has {SETS_MAX} golden sets.", hint="Remove one first.")
            if before is not None and _is_same(before, new, queries):
                return before
            version = 1 if before is None else before.version + 1
            made = GoldenSet(new.key, new.name, version, new.k, new.every_s, queries, now_us, actor)
            records.save_set(connection, made)
            change = trail.Change(actor, "golden.set", _target(new.key, new.name), _told(before), _told(made))
            trail.record(connection, change, now_us)
        return made

    def remove(self, key: ServiceKey, name: str, actor: str, reason: str) -> None:
        """Delete a set and its runs. Raises NotFoundError, and InvalidInputError without a reason."""
        if not reason.strip():
            raise InvalidInputError("To remove a golden set takes a reason.", hint="It is audited.")
        with self._records.transaction() as connection:
            before = _found(records.load_set(connection, key, name), key, name)
            records.delete_set(connection, key, name)
            change = trail.Change(actor, "golden.remove", _target(key, name), _told(before), None, reason[:500])
            trail.record(connection, change, self._clock.now_us())

    def sets(self, key: ServiceKey) -> list[GoldenSet]:
        """The newest version of each of a service's sets."""
        with self._records.transaction() as connection:
            found = [records.load_set(connection, key, name) for name in records.load_names(connection, key)]
        return [each for each in found if each is not None]

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
        if not 0 < len(new.id) <= ID_MAX or not new.id.isprintable():
            raise InvalidInputError(f"A run has an id of 1 to {ID_MAX} characters.", hint="That of the CI job will do.")
        answers = read_run(new.lines)
        digest = hashlib.blake2b(f"{new.release}\n{new.lines}".encode(), digest_size=16).hexdigest()
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            before = records.load_run(connection, new.key, new.name, new.id)
            if before is not None and before.digest != digest:
                raise ConflictError(f"Run {new.id[:60]} is another one.", hint="Send it under an id of its own.")
            if before is not None:
                return before
            held = _found(records.load_set(connection, new.key, new.name), new.key, new.name)
            scored = score(held.queries, answers, held.k)  # no measure of this version looks further
            release = clean_name(new.release, _RELEASE_MAX)
            run = GoldenRun(new.id, new.key, new.name, held.version, now_us, release, actor, scored, digest)
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
            found = self._measured[own] = Measured(held.k, measure_run(held.queries, run.scored, held.k))
            while len(self._measured) > _MEASURED_MAX:
                self._measured.popitem(last=False)
        return found

    def accepted(self, key: ServiceKey, name: str, but: str = "") -> GoldenRun | None:
        """The run that was accepted last, other than one."""
        with self._records.transaction() as connection:
            return records.load_accepted(connection, key, name, but)

    def accept(self, key: ServiceKey, name: str, run_id: str, actor: str) -> GoldenRun:
        """From now on compare runs with this one. Raises NotFoundError, and ConflictError for a partial run."""
        run = self.run(key, name, run_id)
        if run.scored.is_partial:
            raise ConflictError(
                f"Run {run.id[:60]} lacks {len(run.scored.missing):,} queries of the set.",
                hint="Accept a whole one.",
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
        return Comparison(run, before, compare_runs(held.queries, run.scored, before.scored, held.k))

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
        held = self.get(run.key, run.name)
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
        return decide_gate(found.changes[measure], points), found


def _check_set(new: NewSet) -> None:
    if len(new.name) > NAME_MAX or not _NAME.fullmatch(new.name):
        raise InvalidInputError(
            f"{new.name[:NAME_MAX]!r} is no name of a set.", hint=f"Write a-z, 0-9, . _ -, at most {NAME_MAX}."
        )
    if not 1 <= new.k <= PLACES_MAX:
        raise InvalidInputError(f"Of the first {new.k} places there is none.", hint=f"Give k from 1 to {PLACES_MAX}.")
    if not EVERY_S[0] <= new.every_s <= EVERY_S[1]:
        raise InvalidInputError(f"A run every {new.every_s:,} s is none.", hint="Give a minute to a year.")


def _target(key: ServiceKey, name: str) -> str:
    """As the audit trail names it."""
    return f"{key} {name}"[:_TARGET_MAX]


def _is_same(before: GoldenSet, new: NewSet, queries: Mapping[str, GoldenQuery]) -> bool:
    return (before.k, before.every_s) == (new.k, new.every_s) and dict(before.queries) == dict(queries)


def _told(held: GoldenSet | None) -> dict[str, object] | None:
    if held is None:
        return None
    content = json.dumps([[each.id, dict(each.relevant)] for each in held.queries.values()])
    digest = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
    return {"version": held.version, "queries": len(held.queries), "k": held.k, "relevant": digest}


def _found(held: GoldenSet | None, key: ServiceKey, name: str) -> GoldenSet:
    if held is None:
        raise NotFoundError(
            f"{key} has no golden set {name[:NAME_MAX]!r}.",
            hint="`evenkeel retrieval golden list` names them.",
        )
    return held
