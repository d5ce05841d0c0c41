"""Models judge some of the answers whose texts are stored: on a schedule and on demand, within their limits (SPEC Q-1).

Whoever asks for a run does not wait for it: it is done in the next `step`, one at a time, and can be followed.
Every answer that a model was asked about has a verdict afterwards, if only that it failed and why. None is asked about
twice by the same model with the same prompt and question.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

from evenkeel.judge.evaluations.events import review_event
from evenkeel.judge.evaluations.model import FAILED, FLAGGED, PASSED, Candidate
from evenkeel.judge.evaluations.stored import find_answers
from evenkeel.judge.evaluations.verdicts import (
    JudgeVerdict,
    count_verdicts,
    forget_verdicts,
    load_judged,
    save_verdicts,
)
from evenkeel.judge.model_judges.asking import read_reply, request_of
from evenkeel.judge.model_judges.comparing import Comparisons
from evenkeel.judge.model_judges.context_asking import CONTEXTS, context_request, read_relevant, version_of
from evenkeel.judge.model_judges.limits import AWAY, FAILURES_MAX, JudgeLimits
from evenkeel.judge.model_judges.model import ModelJudge, Reply, Run, RunReport
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import ConflictError, EvenkeelError, NotFoundError
from evenkeel.kernel.ids import derive_id, derive_u64
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.stats.places import measure_places
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND, Window
from evenkeel.observe.evaluators.citations import PLACES
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.trail import trail

#: Numbers of events of judges that say which contexts are relevant; the judge's name and the measure follow.
RETRIEVAL: Final = "evenkeel.retrieval.judge."


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
    """One caller steps; the rest may be called from any thread."""

    def __init__(self, given: ModelJudgesDependencies) -> None:
        self._given = given
        self._limits = JudgeLimits(given.records, given.clock, given.wait)
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = {}  # the last one of each judge that somebody asked for
        self._ran_at_us: dict[str, int] = {}
        self.comparisons = Comparisons(given.records, given.clock, self._limits, given.secret)

    def judges(self) -> Sequence[ModelJudge]:
        """Those that are configured."""
        return self._given.judges()

    def judge(self, name: str) -> ModelJudge:
        """The judge of a name. Raises NotFoundError."""
        judge = next((each for each in self.judges() if each.name == name), None)
        if judge is None:
            known = ", ".join(each.name for each in self.judges()) or "none"
            raise NotFoundError(f"No judge {name[:40]!r} is configured.", hint=f"Configured: {known}.")
        return judge

    def step(self) -> None:
        """Do what was asked for, and run every judge whose time has come."""
        self.do_asked()
        for judge in self.judges():
            now_us = self._given.clock.now_us()
            if now_us - self._ran_at_us.get(judge.name, 0) >= judge.every_s * US_PER_SECOND:
                self._ran_at_us[judge.name] = now_us
                self.run(judge.name)

    def do_asked(self) -> None:
        """Do what somebody asked for."""
        for name, run in list(self._runs.items()):
            if run.began_at_us is None:
                self._do(name)
        self.comparisons.step()

    def start(self, name: str, calls_max: int, *, actor: str) -> Run:
        """Have a judge run soon; `run_of` follows it. Texts are sent away: that is in the audit trail.

        Raises NotFoundError, and ConflictError while one that was asked for is not over.
        """
        judge = self.judge(name)
        now_us = self._given.clock.now_us()
        with self._lock:
            before = self._runs.get(name)
            if before is not None and before.ended_at_us is None:
                raise ConflictError(
                    f"A run of {name} is not over yet.", hint="`evenkeel judge list` shows how far it is."
                )
            after = {"calls": calls_max, "model": judge.model, "services": [str(key) for key in judge.services]}
            with self._given.records.transaction() as connection:
                trail.record(connection, trail.Change(actor, "judge.run", judge.name, after=after), now_us)
            run = self._runs[name] = Run(name, calls_max, now_us)
        return run

    def run_of(self, name: str) -> Run | None:
        """The last run of a judge that somebody asked for since the process began."""
        return self._runs.get(name)

    def run(self, name: str, calls_max: int | None = None) -> RunReport:
        """Judge answers of the last 24 hours that this judge has not seen, at once. Raises NotFoundError."""
        return self._run(self.judge(name), calls_max, _follow_nothing)

    def _do(self, name: str) -> None:
        run = self._runs[name] = replace(self._runs[name], began_at_us=self._given.clock.now_us())

        def follow(report: RunReport) -> None:
            self._runs[name] = replace(run, report=report)

        report = RunReport(name, why="It failed; the log of the server says why.")
        try:
            report = self._run(self.judge(name), run.calls_max, follow)
        except NotFoundError as error:  # it was taken out of the configuration meanwhile
            report = RunReport(name, why=str(error))
        finally:
            self._runs[name] = replace(run, report=report, ended_at_us=self._given.clock.now_us())

    def counts(self, judge: ModelJudge, since_us: int) -> list[tuple[str, str, str, str, int]]:
        """(environment, service, verdict, failure, how many) of what it said since then, as it is configured now."""
        with self._given.records.transaction() as connection:
            return count_verdicts(connection, judge.name, judge.model, version_of(judge), since_us)

    def forget(self, before_us: int) -> int:
        """Delete verdicts on events of before then, and comparisons; answers how many verdicts."""
        self.comparisons.forget(before_us)
        with self._given.records.transaction() as connection:
            return forget_verdicts(connection, before_us)

    def spent(self, judge: ModelJudge) -> tuple[int, int]:
        """(calls, tokens) of the last 24 hours."""
        return self._limits.spent(judge)

    def _run(self, judge: ModelJudge, calls_max: int | None, follow: Callable[[RunReport], None]) -> RunReport:
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
                why = self._stopped(judge, report, calls_max) or (AWAY if failures >= FAILURES_MAX else "")
                room = judge.concurrency if calls_max is None else min(judge.concurrency, calls_max - report.asked)
                if why:
                    return replace(report, why=why)
                some = chosen[start : start + max(0, min(room, self._limits.calls_left(judge)))]
                replies = list(pool.map(ask, some))
                self._keep(judge, [(key, each, reply) for (key, each), reply in zip(some, replies, strict=True)])
                report = _add(report, replies)
                follow(report)
                for reply in replies:
                    failures = failures + 1 if reply.verdict == FAILED and reply.failure != "too_long" else 0
        return report

    def _choose(self, judge: ModelJudge, key: ServiceKey) -> list[Candidate]:
        """The share of the answers that it judges, by their identity, without those it has seen."""
        now_us = self._given.clock.now_us()
        seed = derive_u64(judge.name.encode()) % 2**31
        _, found = find_answers(self._given.telemetry, key, Window(now_us - US_PER_DAY, now_us), seed=seed)
        if judge.about == CONTEXTS:
            found = [each for each in found if each.texts is not None and each.texts.contexts]
        some = [each for each in found if derive_u64(judge.name.encode(), each.id.encode()) / 2**64 < judge.share]
        with self._given.records.transaction() as connection:
            seen = load_judged(connection, judge.name, judge.model, version_of(judge), [each.id for each in some])
        return [each for each in some if each.id not in seen]

    def _stopped(self, judge: ModelJudge, report: RunReport, calls_max: int | None) -> str:
        if calls_max is not None and report.asked >= calls_max:
            return f"The {calls_max:,} calls asked for are made."
        return self._limits.why_stopped(judge)

    def _ask(self, judge: ModelJudge, secret: str, candidate: Candidate) -> Reply:
        is_about_contexts = judge.about == CONTEXTS
        request = context_request if is_about_contexts else request_of
        body = None if candidate.texts is None else request(judge, candidate.texts)
        if body is None or candidate.texts is None:
            return Reply(FAILED, "too_long")
        heard = self._limits.call(judge, secret, body)
        return read_relevant(heard, len(candidate.texts.contexts)) if is_about_contexts else read_reply(heard)

    def _keep(self, judge: ModelJudge, found: Sequence[tuple[ServiceKey, Candidate, Reply]]) -> None:
        now_us, prompt, batch = self._given.clock.now_us(), version_of(judge), EventBatch()
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
        for verdict, (_, candidate, reply) in zip(verdicts, found, strict=True):
            places = _places(candidate, reply) if judge.about == CONTEXTS else {}
            batch.add(_event(verdict, {f"{RETRIEVAL}{judge.name}.{name}": value for name, value in places.items()}))
        if verdicts:
            with self._given.records.transaction() as connection:
                save_verdicts(connection, verdicts)
                self._given.emit(batch)


def _follow_nothing(report: RunReport) -> None:
    del report


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


def _places(candidate: Candidate, reply: Reply) -> dict[str, float]:
    """How the relevant contexts are placed; nothing where the model failed."""
    if reply.verdict == FAILED or candidate.texts is None:
        return {}
    contexts = range(1, len(candidate.texts.contexts) + 1)
    return measure_places([place in reply.relevant for place in contexts], PLACES)


def _event(verdict: JudgeVerdict, places: Mapping[str, float]) -> dict[str, Any]:
    """A verdict as an event of kind `review`; its numbers are `evenkeel.judge.NAME.…`."""
    parts = (verdict.judge, verdict.event_id, verdict.prompt, verdict.model)
    event_id = derive_id(*(part.encode() for part in parts), b"judge")
    own = f"evenkeel.judge.{verdict.judge}"
    numbers = {f"{own}.failed": int(verdict.verdict == FAILED)}
    if verdict.verdict != FAILED:
        numbers[f"{own}.flagged"] = int(verdict.verdict == FLAGGED)
    said = {"judge": verdict.judge, "prompt": verdict.prompt, "failure": verdict.failure, **numbers, **places}
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
