"""Models that judge answers, as pages, the API and the command line tell them (SPEC Q-1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from evenkeel.judge.evaluations.model import FAILED, FLAGGED, PASSED
from evenkeel.judge.model_judges.context_asking import CONTEXTS, prompt_of
from evenkeel.judge.model_judges.model import ModelJudge, Run, RunReport
from evenkeel.judge.model_judges.service import ModelJudges
from evenkeel.judge.quality.documents import figure_document
from evenkeel.judge.quality.model import Reason, share
from evenkeel.kernel.time import US_PER_DAY, isoformat
from evenkeel.ui.formats import count, plural
from evenkeel.web.evaluations import figure_words

#: Verdicts of so long are told.
TOLD_DAYS: Final = 7


def judge_documents(judges: ModelJudges, now_us: int) -> list[dict[str, Any]]:
    """Every configured judge with what it said in the last days."""
    return [_document(judges, judge, now_us) for judge in judges.judges()]


def _document(judges: ModelJudges, judge: ModelJudge, now_us: int) -> dict[str, Any]:
    rows = judges.counts(judge, now_us - TOLD_DAYS * US_PER_DAY)
    calls, tokens = judges.spent(judge)
    services: dict[str, Counter[str]] = {str(key): Counter() for key in judge.services}
    failures = Counter[str]()
    for environment, service, verdict, failure, n in rows:
        services.setdefault(f"{environment}/{service}", Counter())[verdict] += n
        if verdict == FAILED:
            failures[failure] += n
    return {
        "name": judge.name,
        "model": judge.model,
        "about": judge.about,
        "question": judge.question,
        "prompt_version": prompt_of(judge).version,
        "share": judge.share,
        "days": TOLD_DAYS,
        "calls_24h": calls,
        "calls_per_day": judge.calls_per_day,
        "tokens_24h": tokens,
        "tokens_per_day": judge.tokens_per_day,
        "failures": dict(sorted(failures.items())),
        "run": run_document(judges.run_of(judge.name)),
        "services": [_service(name, found, judge.about) for name, found in sorted(services.items())],
    }


def _service(name: str, found: Counter[str], about: str) -> dict[str, Any]:
    judged = found[FLAGGED] + found[PASSED]
    flagged = figure_document(share(found[FLAGGED], judged, Reason.NO_ROWS))
    what = "retrievals" if about == CONTEXTS else "answers"
    made = {"service": name, "what": what, "judged": judged, "failed": found[FAILED], "flagged": flagged}
    return {**made, "says": say_judge_service(made)}


def say_judge_service(found: Mapping[str, Any]) -> str:
    """What a judge said of a service, in a sentence.

    >>> say_judge_service({"what": "answers", "judged": 0, "failed": 2, "flagged": {"value": None}})
    'It has judged no answer; it failed on 2.'
    """
    failed = f"; it failed on {count(found['failed'])}" if found["failed"] else ""
    if not found["judged"]:
        return f"It has judged no {'retrieval' if found['what'] == 'retrievals' else 'answer'}{failed}."
    value, interval, _ = figure_words(found["flagged"])
    if found["what"] == "retrievals":
        return f"Finds nothing relevant in {value} [{interval}] of {plural(found['judged'], 'retrievals')}{failed}."
    return f"Flags {value} [{interval}] of {plural(found['judged'], 'answers')}{failed}."


def run_document(run: Run | None) -> dict[str, Any] | None:
    """How a run that somebody asked for stands, and what it did so far."""
    if run is None:
        return None
    return {
        "state": run.state,
        "asked_at": isoformat(run.asked_at_us),
        "began_at": None if run.began_at_us is None else isoformat(run.began_at_us),
        "ended_at": None if run.ended_at_us is None else isoformat(run.ended_at_us),
        "calls": run.calls_max,
        **report_document(run.report or RunReport(run.judge)),
    }


def report_document(report: RunReport) -> dict[str, Any]:
    """What a run did."""
    return {
        "judge": report.judge,
        "asked": report.asked,
        "flagged": report.flagged,
        "passed": report.passed,
        "failed": report.failed,
        "left": report.left,
        "why": report.why,
        "says": say_report(report),
    }


def say_report(report: RunReport) -> str:
    """What a run did, in words.

    >>> say_report(RunReport("g", 1, 2, {"timeout": 1}, left=3, why="The model fails again and again."))
    '4 answers asked about: 1 flagged, 2 passed, 1 failed (timeout 1). 3 left: The model fails again and again.'
    """
    asked = plural(report.asked, "answers")
    said = f"{asked} asked about: {count(report.flagged)} flagged, {count(report.passed)} passed"
    failed = ", ".join(f"{why} {n}" for why, n in sorted(report.failed.items()))
    said += f", {count(sum(report.failed.values()))} failed ({failed})." if failed else "."
    if report.left or report.why:
        said += f" {count(report.left)} left{f': {report.why}' if report.why else '.'}"
    return said
