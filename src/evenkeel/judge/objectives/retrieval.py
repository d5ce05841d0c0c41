"""The assessor of retrieval: golden probes that run against the service, or runs of golden queries that are sent.

Which of the two, the objective says. Where it says nothing, golden probes are it as long as there are any; else the
service's golden set, if it has just one. Of a set the newest run decides, by one measure over its queries: until the
next one is overdue, or the set has changed. Queries that the run lacks may have been good or bad.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final, Protocol
from urllib.parse import quote

from evenkeel.judge.golden.model import SetHead
from evenkeel.judge.golden.scoring import MEASURES
from evenkeel.judge.golden.standings import StandingRun
from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.trials import estimate_trials
from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.trials import SEEN_US, TrialAssessor, wanted_of
from evenkeel.judge.objectives.windows import assessed_window, report_window, since
from evenkeel.kernel.estimate import Estimate, Evidence, Need
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.trial_port import Trials

PROBES: Final = "probes"
GOLDEN: Final = "golden"
_COUNTS: Final = "queries"


class Runs(Protocol):
    """Where golden sets and their runs are read."""

    def sets(self, key: ServiceKey, /) -> Sequence[SetHead]:
        """A service's golden sets, by name."""
        ...

    def newest(self, key: ServiceKey, name: str, window: Window, /) -> StandingRun | None:
        """The newest run of a set in a time."""
        ...


class NoRuns:
    """Where no golden set is kept."""

    def sets(self, _: ServiceKey, /) -> Sequence[SetHead]:
        """None."""
        return ()

    def newest(self, _: ServiceKey, __: str, ___: Window, /) -> StandingRun | None:
        """None."""
        return None


class RetrievalAssessor:
    """Answers for what retrieval found of what is known to matter."""

    def __init__(self, runs: Runs, occasion: Occasion) -> None:
        self._runs = runs
        self._occasion = occasion
        self._probes = TrialAssessor(occasion)

    def has_evidence(self, objective: Objective) -> bool:
        """Whether a golden probe ran, or a run of the set was sent, in the last month."""
        if self._has_probes(objective):
            return True
        head, now_us = self._set_of(objective), self._occasion.now_us
        return head is not None and self._newest(head, Window(now_us - SEEN_US, now_us)) is not None

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        """What golden probes found in the window, or the newest run of golden queries."""
        is_golden = objective.source == GOLDEN or (
            objective.source != PROBES and not self._has_probes(objective) and self._set_of(objective) is not None
        )
        return self._by_run(objective, name) if is_golden else self._probes.assess(objective, name)

    def _has_probes(self, objective: Objective) -> bool:
        if objective.source == GOLDEN or "probe" not in self._occasion.state.kinds:
            return False
        return self._probes.has_evidence(objective)

    def _set_of(self, objective: Objective) -> SetHead | None:
        """The set that the objective names; where it names none, the service's only one."""
        if objective.source == PROBES:
            return None
        if objective.golden_set:
            return next((each for each in self._sets if each.name == objective.golden_set), None)
        return self._sets[0] if len(self._sets) == 1 else None

    def _by_run(self, objective: Objective, name: WindowName) -> Estimate:
        head = self._set_of(objective)
        if head is None:
            return self._unknown(objective, name, "golden_set_unknown" if self._sets else "no_golden_set")
        window = self._within(objective, name)
        found = self._newest(head, window)
        if found is None:
            ever = name is WindowName.VERDICT and self._newest(head, Window(0, window.end_us)) is not None
            return self._unknown(objective, name, "golden_run_overdue" if ever else "no_golden_run", head)
        if self._occasion.asked is None and name is not WindowName.REPORT:
            if found.run.version != head.version:
                return self._unknown(objective, name, "golden_set_changed", head)
            if window.end_us - found.run.at_us > head.every_us:
                return self._unknown(objective, name, "golden_run_overdue", head)
        return self._judge(objective, name, found, window.end_us)

    def _within(self, objective: Objective, name: WindowName) -> Window:
        """When a run must have been sent to count: a page window is about now, a report about the month."""
        now_us = self._occasion.now_us
        if self._occasion.asked is not None:
            return self._occasion.asked
        if name is WindowName.REPORT:
            return report_window(now_us, self._occasion.timezone)
        if name is WindowName.PAGE:
            return assessed_window(objective.page_s or objective.verdict_s, now_us)
        return Window(max(0, now_us - SEEN_US), now_us)

    def _judge(self, objective: Objective, name: WindowName, found: StandingRun, end_us: int) -> Estimate:
        run, values = found.run, found.values[objective.measure]
        missing, asked = len(run.scored.missing), len(values)
        reasons = (*(("queries_missing",) if missing else ()),
                   *(("golden_queries",) if name is WindowName.REPORT else ()))  # fmt: skip
        given = replace(
            self._occasion.circumstances(objective, name, Window(run.at_us, max(run.at_us, end_us)), reasons),
            coverage=asked / (asked + missing) if asked else 0.0,
            evidence=_evidence(objective, found),
        )
        estimate = self._estimate(objective, values, given)
        if missing and asked:
            estimate = replace(
                estimate,
                if_missing_good=self._estimate(objective, [*values, *[1.0] * missing], given).high,
                if_missing_bad=self._estimate(objective, [*values, *[0.0] * missing], given).low,
            )
        figure = found.figures[objective.measure]
        needs = None if estimate.needs is None else replace(estimate.needs, eta_s=None)
        return replace(estimate, shown_low=figure.low, shown_high=figure.high, needs=needs, counts=_COUNTS)

    def _estimate(self, objective: Objective, values: Sequence[float], given: Circumstances) -> Estimate:
        bad = [1.0 - each for each in values]
        trials = Trials("query", [1.0] * len(bad), bad, len(bad), float(len(bad)))
        return estimate_trials(trials, replace(wanted_of(objective), counts=_COUNTS), given)

    def _unknown(self, objective: Objective, name: WindowName, why: str, head: SetHead | None = None) -> Estimate:
        window = since(assessed_window(objective.verdict_s, self._occasion.now_us), self._occasion.state.first_at)
        given = self._occasion.circumstances(objective, name, window, (why,))
        rule = objective.definition.definition if head is None else f"The newest run of the golden set {head.name}."
        evidence = Evidence(_view(self._occasion.state.key), rule)
        need = Need(more=1, of="runs of the golden set") if head is not None else Need(more=1, of="golden set")
        estimate = given.unknown(objective.unit, "mean over golden queries")
        return replace(estimate, evidence=evidence, needs=need, counts=_COUNTS)

    def _newest(self, head: SetHead, window: Window) -> StandingRun | None:
        return self._runs.newest(head.key, head.name, window)

    @cached_property
    def _sets(self) -> Sequence[SetHead]:
        return self._runs.sets(self._occasion.state.key)


def _evidence(objective: Objective, found: StandingRun) -> Evidence:
    """The run, named: of which version of which set, and by what measure."""
    run = found.run
    release = f" of {run.release}" if run.release else ""
    measure = MEASURES[objective.measure].value
    rule = (
        f"{measure[0].upper()}{measure[1:]} at {found.k} of run {run.id}{release}, version {run.version} of the golden"
        f" set {run.name}: of these queries, not of all."
    )
    return Evidence(_view(run.key), rule, events=len(run.scored.gains))


def _view(key: ServiceKey) -> str:
    """The page that shows golden sets and their runs."""
    return f"/services/{quote(key.environment, safe='')}/{quote(key.service, safe='')}?tab=quality&view=answers"
