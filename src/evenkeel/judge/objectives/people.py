"""The assessor of what people say: the rate of hallucination set right by them, and relevance.

An evaluation draws answers of a time at random and asks people about them (`judge.evaluations`). So its rate is one of
the answers of that time, and the window of the verdict is that time: labels of last week say nothing of today. The
newest evaluation with enough labels decides, as long as its answers are no older than a week; of the month, one whose
answers ended in it. What nobody drew at random (uploads, reviews that applications send) decides nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from evenkeel.judge.evaluations.model import Question
from evenkeel.judge.evaluations.service import Standing
from evenkeel.judge.evaluations.weighing import LabelledRate, rate_by_people
from evenkeel.judge.indicators.trials import estimate_trials
from evenkeel.judge.objectives.assessing import Assessor, Occasion
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.trials import SEEN_US, wanted_of
from evenkeel.judge.objectives.windows import ASSESSED_MAX_S, assessed_window, report_window, since
from evenkeel.judge.quality.sampling import EACH_MIN
from evenkeel.kernel.estimate import Estimate, Evidence, Need
from evenkeel.kernel.time import US_PER_SECOND, Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.trial_port import Source, Trials

#: Questions whose answer is guessed by a check first: what that marks is told, and not judged.
CHECKED: Final[Mapping[str, Source]] = {"grounded": Source.UNSUPPORTED}
#: A check marks or passes: people must rate some of either.
_VERDICTS: Final = 2
#: Rates that are kept: of the questions of as many evaluations as are held.
_RATES_MAX: Final = 500

#: A service's evaluations of answers since a time, and until one where it is over, the newest answers first.
Standings = Callable[[ServiceKey, int, int | None], Sequence[Standing]]


@dataclass(frozen=True, slots=True)
class _Rated:
    """An evaluation that asks a question, and what people said to it."""

    standing: Standing
    rate: LabelledRate

    @property
    def window(self) -> Window:
        evaluation = self.standing.evaluation
        return Window(evaluation.start_us, evaluation.end_us)


def people_assessor(standings: Standings) -> Callable[[Occasion], Assessor]:
    """What makes assessors that read these evaluations. What nobody added to is reckoned once."""
    rates = _Rates()

    def make(occasion: Occasion) -> Assessor:
        return PeopleAssessor(standings, occasion, rates)

    return make


class _Rates:
    """The rate of each question as an evaluation stands; reckoned again where that is another object."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], _Rated] = OrderedDict()

    def of(self, standing: Standing, question: Question) -> _Rated:
        name = (standing.evaluation.id, question.name)
        held = self._held.get(name)
        if held is None or held.standing is not standing:
            rate = rate_by_people(standing.evaluation, question, standing.items, standing.ratings)
            held = self._held[name] = _Rated(standing, rate)
            while len(self._held) > _RATES_MAX:
                self._held.pop(next(iter(self._held)), None)
        return held


class PeopleAssessor:
    """Answers for questions that people are asked about answers; the indicator names the question."""

    def __init__(self, standings: Standings, occasion: Occasion, rates: _Rates) -> None:
        self._rates = rates
        self._occasion = occasion
        asked = occasion.asked
        since_us, until_us = (occasion.now_us - SEEN_US, None) if asked is None else (asked.start_us, asked.end_us)
        self._standings = standings(occasion.state.key, since_us, until_us)
        self._rated: dict[str, list[_Rated]] = {}
        self._marked: dict[tuple[Source, Window], Trials] = {}

    def has_evidence(self, objective: Objective) -> bool:
        """Whether people are asked, or a check has looked at any answer, in the last month."""
        now_us = self._occasion.now_us
        return bool(self._of(objective)) or self._marks(objective, Window(now_us - SEEN_US, now_us)).rows > 0

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        """The rate that people's labels give; while there are too few, what a check marks and how many are missing."""
        since_us = self._since_us(objective, name)
        asked = self._occasion.asked
        fresh = [
            each
            for each in self._of(objective)
            if since_us < each.window.end_us and (asked is None or each.window.end_us <= asked.end_us)
        ]
        chosen = next((each for each in fresh if each.rate.missing <= 0), None)
        return self._uncorrected(objective, name, fresh) if chosen is None else self._settled(objective, name, chosen)

    def _since_us(self, objective: Objective, name: WindowName) -> int:
        """Answers of a page, verdict or report window ended after this."""
        now_us = self._occasion.now_us
        if self._occasion.asked is not None:
            return self._occasion.asked.start_us
        if name is WindowName.REPORT:
            return report_window(now_us, self._occasion.timezone).start_us
        page_s = objective.page_s or objective.verdict_s
        length_s = page_s if name is WindowName.PAGE else max(ASSESSED_MAX_S, objective.verdict_s)
        return now_us - length_s * US_PER_SECOND

    def _settled(self, objective: Objective, name: WindowName, chosen: _Rated) -> Estimate:
        given = self._occasion.circumstances(objective, name, chosen.window)
        given = replace(given, evidence=_evidence(objective, chosen))
        found = estimate_trials(chosen.rate.trials, wanted_of(objective), given)
        figure, scale = chosen.rate.figure, objective.definition.scale
        if figure.low is not None and figure.high is not None:  # the interval that the evaluation shows
            shown = sorted((scale.value(figure.low), scale.value(figure.high)))
            found = replace(found, shown_low=shown[0], shown_high=shown[1])
        need = None if found.needs is None else replace(found.needs, eta_s=None)
        return replace(found, needs=need, parts={**found.parts, "answers": chosen.rate.answers})

    def _uncorrected(self, objective: Objective, name: WindowName, begun: Sequence[_Rated]) -> Estimate:
        length_s = objective.verdict_s if name is not WindowName.PAGE else objective.page_s or objective.verdict_s
        looked_at = self._occasion.asked or assessed_window(length_s, self._occasion.now_us)
        window = since(looked_at, self._occasion.state.first_at)
        given = self._occasion.circumstances(objective, name, window, ("uncorrected",))
        marks = self._marks(objective, window)
        total = sum(marks.total)
        parts = {"marked_ratio": sum(marks.bad) / total, "marked_of": float(marks.rows)} if total else {}
        verdicts = _VERDICTS if objective.definition.source in CHECKED else 1
        more = min((each.rate.missing for each in begun), default=verdicts * EACH_MIN)
        return replace(
            given.unknown(objective.unit, "post-stratified by what people say"),
            needs=Need(more=max(1, more), of="labels by people"),
            evidence=_evidence(objective, begun[0]) if begun else given.evidence,
            parts=parts,
        )

    def _of(self, objective: Objective) -> list[_Rated]:
        """The evaluations that ask the objective's question."""
        name = objective.definition.source
        if name not in self._rated:
            self._rated[name] = [
                self._rates.of(each, question)
                for each in self._standings
                for question in each.evaluation.questions
                if question.name == name
            ]
        return self._rated[name]

    def _marks(self, objective: Objective, window: Window) -> Trials:
        """What the check of the question marked."""
        source = CHECKED.get(objective.definition.source)
        if source is None:
            return Trials("hour", (), ())
        if (source, window) not in self._marked:
            found = self._occasion.telemetry.trials(self._occasion.state.key, window, source)
            self._marked[source, window] = found
        return self._marked[source, window]


def _evidence(objective: Objective, rated: _Rated) -> Evidence:
    return Evidence(f"/evaluations/{rated.standing.evaluation.id}", objective.definition.definition)
