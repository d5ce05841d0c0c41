"""A model says which of two answers is better: each pair is shown in both orders, and nothing that failed is left out.

Texts are in memory only, from when a comparison is begun until it is over; what was said is kept. A comparison that a
stopping server left behind stays as far as it came, and says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.evaluations.model import FAILED
from evenkeel.judge.model_judges.comparison_records import (
    Comparison,
    PairVerdict,
    end_comparison,
    forget_comparisons,
    load_comparison,
    load_comparisons,
    load_counts,
    save_comparison,
    save_pairs,
)
from evenkeel.judge.model_judges.limits import AWAY, FAILURES_MAX, JudgeLimits
from evenkeel.judge.model_judges.model import ModelJudge, Reply
from evenkeel.judge.model_judges.pair_asking import pair_prompt_version, pair_request, read_choice
from evenkeel.judge.model_judges.pairs import AnswerPair
from evenkeel.judge.quality.pairwise import Choice, Judged
from evenkeel.kernel.errors import ConflictError, EvenkeelError, InvalidInputError, NotFoundError
from evenkeel.kernel.ids import derive_id
from evenkeel.kernel.ports import Clock
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail

#: Comparisons that wait at most; their texts are in memory.
WAITING_MAX: Final = 4
LISTED_MAX: Final = 50
QUESTION: Final = "Which answer addresses better what was asked, and is correct?"


@dataclass(frozen=True, slots=True)
class NewComparison:
    """What is to be compared: `first` and `second` are what the answers are called, by version or otherwise."""

    title: str
    first: str
    second: str
    pairs: Sequence[AnswerPair]
    question: str = QUESTION
    service: ServiceKey | None = None  # whose answers they are; None: pairs that somebody gave


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison and what was said so far. `state` is waiting, running, done or stopped."""

    comparison: Comparison
    state: str
    said: Sequence[Judged]
    failures: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Held:
    """One that is not over, with its texts."""

    comparison: Comparison
    judge: ModelJudge
    new: NewComparison


def check_service(judge: ModelJudge, key: ServiceKey) -> None:
    """Raises InvalidInputError where a judge is not configured to see answers of a service."""
    if key not in judge.services:
        raise InvalidInputError(
            f"The judge {judge.name} may not see answers of {key}.",
            hint=f"Its services are {', '.join(map(str, judge.services)) or 'none'}: add this one to "
            f"judges.{judge.name}.services, or ask another judge.",
        )


class Comparisons:
    """One caller steps; the rest may be called from any thread."""

    def __init__(self, records: Records, clock: Clock, limits: JudgeLimits, secret: Callable[[str], str]) -> None:
        self._records = records
        self._clock = clock
        self._limits = limits
        self._secret = secret
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._running = ""
        self._begun = 0

    def start(self, judge: ModelJudge, new: NewComparison, actor: str) -> Comparison:
        """Have pairs compared soon. Raises ConflictError where too many wait.

        Raises InvalidInputError without any, and for a service whose answers this judge may not see. Texts are sent
        away: that, and whose they are, is in the audit trail.
        """
        if new.service is not None:
            check_service(judge, new.service)
        if not new.pairs:
            raise InvalidInputError(
                "There is no pair to compare.", hint="It takes answers of both versions to the same prompt."
            )
        now_us = self._clock.now_us()
        with self._lock:
            if len(self._held) >= WAITING_MAX:
                raise ConflictError(f"{WAITING_MAX} comparisons are waiting.", hint="Begin another when one is over.")
            self._begun += 1
            made = Comparison(
                id=derive_id(judge.name.encode(), str(now_us).encode(), str(self._begun).encode()).hex(),
                judge=judge.name,
                model=judge.model,
                prompt=pair_prompt_version(new.question),
                title=new.title[:500],
                first=new.first[:300],
                second=new.second[:300],
                pairs=len(new.pairs),
                created_at_us=now_us,
                created_by=actor,
            )
            with self._records.transaction() as connection:
                save_comparison(connection, made)
                whose = "pairs that were given" if new.service is None else str(new.service)
                after = {"pairs": made.pairs, "model": judge.model, "title": made.title, "texts_of": whose}
                trail.record(connection, trail.Change(actor, "judge.compare", judge.name, after=after), now_us)
            self._held[made.id] = _Held(made, judge, new)
        return made

    def get(self, comparison_id: str) -> Compared:
        """One with what was said so far. Raises NotFoundError."""
        was_held = self._is_held(comparison_id)  # before it is read: what ends meanwhile is written down by then
        with self._records.transaction() as connection:
            found = load_comparison(connection, comparison_id)
            if found is None:
                raise NotFoundError(
                    f"There is no comparison {comparison_id[:40]!r}.", hint="`evenkeel judge comparisons` shows all."
                )
            rows = load_counts(connection, comparison_id)
        said: list[Judged] = []
        failures: dict[str, int] = {}
        for forward, backward, failure, n in rows:
            said += [Judged(Choice(forward), Choice(backward))] * n
            if failure:
                failures[failure] = failures.get(failure, 0) + n
        return Compared(found, self._state(found, was_held=was_held), said, failures)

    def list(self, limit: int = LISTED_MAX) -> list[Compared]:
        """The newest first, each with what was said so far."""
        with self._records.transaction() as connection:
            found = load_comparisons(connection, min(limit, LISTED_MAX))
        return [self.get(each.id) for each in found]

    def step(self) -> None:
        """Do what waits, one after the other."""
        for held in list(self._held.values()):
            own, why = held.comparison.id, "It failed; the log of the server says why."
            self._running = own
            try:
                why = self._compare(held)
            finally:
                self._end(own, why)
                self._running = ""

    def _end(self, own: str, why: str) -> None:
        try:
            with self._records.transaction() as connection:
                end_comparison(connection, own, self._clock.now_us(), why)
        finally:  # what cannot be written down must not be asked, and paid for, again
            with self._lock:
                del self._held[own]

    def forget(self, before_us: int) -> int:
        """Delete those of before then; answers how many."""
        with self._records.transaction() as connection:
            return forget_comparisons(connection, before_us)

    def _is_held(self, comparison_id: str) -> bool:
        with self._lock:
            return comparison_id in self._held

    def _state(self, comparison: Comparison, *, was_held: bool) -> str:
        if comparison.ended_at_us is not None:
            return "done"
        is_held = self._is_held(comparison.id)
        if not (was_held or is_held):
            return "stopped"
        if not is_held:  # it ended while it was read
            return "running"
        return "running" if comparison.id == self._running else "waiting"

    def _compare(self, held: _Held) -> str:
        """Ask about every pair; answers why that ended early, if it did."""
        judge, pairs, failures = held.judge, held.new.pairs, 0
        try:
            secret = self._secret(judge.key) if judge.key else ""
        except EvenkeelError as error:
            return str(error)

        def ask(pair: AnswerPair) -> PairVerdict:
            return self._ask(held, secret, pair)

        size = max(1, judge.concurrency // 2)  # each pair is two calls
        with ThreadPoolExecutor(size, thread_name_prefix=f"compare-{judge.name}") as pool:
            for start in range(0, len(pairs), size):
                why = self._limits.why_stopped(judge) or (AWAY if failures >= FAILURES_MAX else "")
                room = self._limits.calls_left(judge) // 2
                if why or not room:
                    return why or "What is left of its calls of 24 hours does not do for a pair in both orders."
                some = pairs[start : start + min(size, room)]
                found = list(pool.map(ask, some))
                with self._records.transaction() as connection:
                    save_pairs(connection, found)
                for each in found:
                    failures = failures + 1 if each.failure not in ("", "too_long") else 0
                if len(some) < min(size, len(pairs) - start):
                    return f"Its {judge.calls_per_day:,} calls of 24 hours are used."
        return ""

    def _ask(self, held: _Held, secret: str, pair: AnswerPair) -> PairVerdict:
        replies: list[Reply] = []
        calls = 0
        for is_swapped in (False, True):
            body = pair_request(held.judge, held.new.question, pair, is_swapped=is_swapped)
            if body is None:
                replies.append(Reply(FAILED, "too_long"))
                continue
            calls += 1
            replies.append(read_choice(self._limits.call(held.judge, secret, body), is_swapped=is_swapped))
        return PairVerdict(
            comparison=held.comparison.id,
            pair=pair.id,
            judge=held.judge.name,
            judged_at_us=self._clock.now_us(),
            forward=replies[0].verdict,
            backward=replies[1].verdict,
            failure=replies[0].failure or replies[1].failure,
            calls=calls,
            tokens=sum(reply.tokens_in + reply.tokens_out for reply in replies),
        )
