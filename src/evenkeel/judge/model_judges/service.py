"""Models judge some of the answers whose texts are stored: on a schedule and on demand, within their limits (SPEC Q-1).

Every answer that a model was asked about has a verdict afterwards, if only that it failed and why. None is asked about
twice by the same model with the same prompt and question.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

from evenkeel.judge.evaluations.events import review_event
from evenkeel.judge.evaluations.model import Candidate
from evenkeel.judge.evaluations.results import FAILED, FLAGGED, PASSED
from evenkeel.judge.evaluations.stored import find_answers
from evenkeel.judge.evaluations.verdicts import (
    JudgeVerdict,
    count_verdicts,
    forget_verdicts,
    load_judged,
    load_spent,
    save_verdicts,
)
from evenkeel.judge.model_judges.asking import prompt_version, read_reply, request_of
from evenkeel.judge.model_judges.calling import call_model
from evenkeel.judge.model_judges.model import Heard, ModelJudge, Reply, RunReport
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import EvenkeelError, NotFoundError
from evenkeel.kernel.ids import derive_id, derive_u64
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND, Window
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.trail import trail

#: A model that is asked to wait is waited for so long, once; then the run ends and the next one goes on.
WAIT_S_MAX: Final = 30.0
#: Failures in a row after which a run ends: a model that is away is away for the next answer, too.
FAILURES_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class ModelJudgesDependencies:
    """What judging by models stands on.

    `wait` sleeps, and is true where everything ends; `emit` returns when events are journaled.
    """

    records: Records
    telemetry: Telemetry
    clock: Clock
    judges: Callable[[], Sequence[ModelJudge]]
    secret: Callable[[str], str]
    emit: Callable[[EventBatch], None]
    wait: Callable[[float], object]


class ModelJudges:
    """One run at a time; the rest may be called from any thread."""

    def __init__(self, given: ModelJudgesDependencies) -> None:
        self._given = given
        self._running = threading.Lock()
        self._ran_at_us: dict[str, int] = {}

    def judges(self) -> Sequence[ModelJudge]:
        """Those that are configured."""
        return self._given.judges()

    def step(self) -> None:
        """Run every judge whose time has come."""
        for judge in self.judges():
            now_us = self._given.clock.now_us()
            if now_us - self._ran_at_us.get(judge.name, 0) >= judge.every_s * US_PER_SECOND:
                self._ran_at_us[judge.name] = now_us
                self.run(judge.name)

    def run(self, name: str, calls_max: int | None = None, *, actor: str = "") -> RunReport:
        """Judge answers of the last 24 hours that this judge has not seen. Raises NotFoundError.

        With a run that somebody asks for, `actor`, texts are sent away: that is in the audit trail.
        """
        judge = next((each for each in self.judges() if each.name == name), None)
        if judge is None:
            known = ", ".join(each.name for each in self.judges()) or "none"
            raise NotFoundError(f"No judge {name[:40]!r} is configured.", hint=f"Configured: {known}.")
        if actor:
            after = {"calls": calls_max, "model": judge.model, "services": [str(key) for key in judge.services]}
            with self._given.records.transaction() as connection:
                change = trail.Change(actor, "judge.run", judge.name, after=after)
                trail.record(connection, change, self._given.clock.now_us())
        with self._running:
            return self._run(judge, calls_max)

    def counts(self, judge: ModelJudge, since_us: int) -> list[tuple[str, str, str, str, int]]:
        """(environment, service, verdict, failure, how many) of what it said since then, as it is configured now."""
        with self._given.records.transaction() as connection:
            return count_verdicts(connection, judge.name, judge.model, prompt_version(judge), since_us)

    def forget(self, before_us: int) -> int:
        """Delete verdicts on events of before then; answers how many."""
        with self._given.records.transaction() as connection:
            return forget_verdicts(connection, before_us)

    def _run(self, judge: ModelJudge, calls_max: int | None) -> RunReport:
        try:
            secret = self._given.secret(judge.key) if judge.key else ""
        except EvenkeelError as error:
            return RunReport(judge.name, why=str(error))
        chosen = [(key, each) for key in judge.services for each in self._choose(judge, key)]

        def ask(each: tuple[ServiceKey, Candidate]) -> Reply:
            return self._ask(judge, secret, each[1])

        report, failures = RunReport(judge.name, left=len(chosen)), 0
        with ThreadPoolExecutor(judge.concurrency, thread_name_prefix=f"judge-{judge.name}") as pool:
            for start in range(0, len(chosen), judge.concurrency):
                why = self._stopped(judge, report, calls_max) or (
                    "The model fails again and again." if failures >= FAILURES_MAX else ""
                )
                room = judge.concurrency if calls_max is None else min(judge.concurrency, calls_max - report.asked)
                if why:
                    return replace(report, why=why)
                some = chosen[start : start + max(0, min(room, self._calls_left(judge)))]
                replies = list(pool.map(ask, some))
                self._keep(judge, [(key, each, reply) for (key, each), reply in zip(some, replies, strict=True)])
                report = _add(report, replies)
                for reply in replies:
                    failures = failures + 1 if reply.verdict == FAILED and reply.failure != "too_long" else 0
        return report

    def _choose(self, judge: ModelJudge, key: ServiceKey) -> list[Candidate]:
        """The share of the answers that it judges, by their identity, without those it has seen."""
        now_us = self._given.clock.now_us()
        seed = derive_u64(judge.name.encode()) % 2**31
        _, found = find_answers(self._given.telemetry, key, Window(now_us - US_PER_DAY, now_us), seed=seed)
        some = [each for each in found if derive_u64(judge.name.encode(), each.id.encode()) / 2**64 < judge.share]
        with self._given.records.transaction() as connection:
            seen = load_judged(connection, judge.name, judge.model, prompt_version(judge), [each.id for each in some])
        return [each for each in some if each.id not in seen]

    def _calls_left(self, judge: ModelJudge) -> int:
        calls, _ = self.spent(judge)
        return judge.calls_per_day - calls

    def spent(self, judge: ModelJudge) -> tuple[int, int]:
        """(calls, tokens) of the last 24 hours."""
        with self._given.records.transaction() as connection:
            return load_spent(connection, judge.name, self._given.clock.now_us() - US_PER_DAY)

    def _stopped(self, judge: ModelJudge, report: RunReport, calls_max: int | None) -> str:
        calls, tokens = self.spent(judge)
        if calls >= judge.calls_per_day:
            return f"Its {judge.calls_per_day:,} calls of 24 hours are used."
        if tokens >= judge.tokens_per_day:
            return f"Its {judge.tokens_per_day:,} tokens of 24 hours are used."
        if calls_max is not None and report.asked >= calls_max:
            return f"The {calls_max:,} calls asked for are made."
        return "evenkeel is stopping." if self._given.wait(0.0) else ""

    def _ask(self, judge: ModelJudge, secret: str, candidate: Candidate) -> Reply:
        body = None if candidate.texts is None else request_of(judge, candidate.texts)
        if body is None:
            return Reply(FAILED, "too_long")
        heard = call_model(judge.url, secret, body, judge.timeout_s)
        if _asks_to_wait(heard):
            self._given.wait(heard.retry_after_s or 0.0)
            heard = call_model(judge.url, secret, body, judge.timeout_s)
        return read_reply(heard)

    def _keep(self, judge: ModelJudge, found: Sequence[tuple[ServiceKey, Candidate, Reply]]) -> None:
        now_us, prompt, batch = self._given.clock.now_us(), prompt_version(judge), EventBatch()
        verdicts = [
            JudgeVerdict(
                judge=judge.name,
                event_id=candidate.id,
                prompt=prompt,
                model=judge.model,
                environment=key.environment,
                service=key.service,
                version=candidate.version,
                at_us=candidate.at_us,
                judged_at_us=now_us,
                verdict=reply.verdict,
                failure=reply.failure,
                tokens_in=reply.tokens_in,
                tokens_out=reply.tokens_out,
            )
            for key, candidate, reply in found
        ]
        for verdict in verdicts:
            batch.add(_event(verdict))
        if verdicts:
            with self._given.records.transaction() as connection:
                save_verdicts(connection, verdicts)
                self._given.emit(batch)


def _asks_to_wait(heard: Heard) -> bool:
    return heard.status in (429, 503) and heard.retry_after_s is not None and heard.retry_after_s <= WAIT_S_MAX


def _add(report: RunReport, replies: Sequence[Reply]) -> RunReport:
    verdicts = Counter(reply.verdict for reply in replies)
    failed = Counter(report.failed) + Counter(reply.failure for reply in replies if reply.verdict == FAILED)
    return RunReport(
        report.judge,
        report.flagged + verdicts[FLAGGED],
        report.passed + verdicts[PASSED],
        dict(failed),
        report.left - len(replies),
    )


def _event(verdict: JudgeVerdict) -> dict[str, Any]:
    """A verdict as an event of kind `review`; its numbers are `evenkeel.judge.NAME.…`."""
    parts = (verdict.judge, verdict.event_id, verdict.prompt, verdict.model)
    event_id = derive_id(*(part.encode() for part in parts), b"judge")
    own = f"evenkeel.judge.{verdict.judge}"
    numbers = {f"{own}.failed": int(verdict.verdict == FAILED)}
    if verdict.verdict != FAILED:
        numbers[f"{own}.flagged"] = int(verdict.verdict == FLAGGED)
    said = {"judge": verdict.judge, "prompt": verdict.prompt, "failure": verdict.failure, **numbers}
    return review_event(event_id, verdict.judged_at_us) | {
        "environment": verdict.environment,
        "service": verdict.service,
        "version": verdict.version,
        "model": verdict.model,
        "operation": f"judge {verdict.judge}",
        "subject": verdict.event_id,
        "label": verdict.verdict,
        "attributes": json.dumps(said, sort_keys=True),
    }
