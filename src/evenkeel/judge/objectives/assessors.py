"""Who answers for the evidence of indicators that are looked at by the hour: one table."""

from __future__ import annotations

from collections.abc import Callable

from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.evaluations.standings import KnownStandings
from evenkeel.judge.golden.standings import KnownRuns
from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.assessing import Assessor, Assessors, Occasion
from evenkeel.judge.objectives.drift import drift_assessor
from evenkeel.judge.objectives.errors import error_assessor
from evenkeel.judge.objectives.fairness import FairnessAssessor
from evenkeel.judge.objectives.labels import label_assessor
from evenkeel.judge.objectives.people import people_assessor
from evenkeel.judge.objectives.retrieval import NoRuns, RetrievalAssessor, Runs
from evenkeel.judge.objectives.scored import ScoreAssessor
from evenkeel.judge.objectives.trials import TrialAssessor
from evenkeel.store.records.engine import Records


def plain_assessors() -> Assessors:
    """Those that need nothing but the store; what they have read of the past is theirs."""
    labels = label_assessor()
    return {
        Reads.LABELS: labels,
        Reads.HISTORY: labels,
        Reads.SCORES: ScoreAssessor,
        Reads.ERRORS: error_assessor(),
        Reads.TRIALS: TrialAssessor,
        Reads.RETRIEVAL: retrieval_assessor(NoRuns()),
        Reads.GROUPS: FairnessAssessor,
        Reads.PEOPLE: people_assessor(lambda _key, _since_us, _until_us: ()),
    }


def all_assessors(judge: DriftJudge, records: Records) -> Assessors:
    """With those that know more than the store: references of drift, runs of golden queries, what people rated."""
    return {
        **plain_assessors(),
        Reads.DRIFT: drift_assessor(judge),
        Reads.PEOPLE: people_assessor(KnownStandings(records).of),
        Reads.RETRIEVAL: retrieval_assessor(KnownRuns(records)),
    }


def retrieval_assessor(runs: Runs) -> Callable[[Occasion], Assessor]:
    """What makes assessors of retrieval that read these runs."""

    def make(occasion: Occasion) -> Assessor:
        return RetrievalAssessor(runs, occasion)

    return make
