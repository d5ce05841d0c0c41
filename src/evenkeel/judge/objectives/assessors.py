"""Who answers for the evidence of indicators that are looked at by the hour: one table."""

from __future__ import annotations

from functools import partial
from typing import Final

from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.evaluations.service import load_standings
from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.assessing import Assessors
from evenkeel.judge.objectives.drift import drift_assessor
from evenkeel.judge.objectives.fairness import FairnessAssessor
from evenkeel.judge.objectives.labels import LabelAssessor
from evenkeel.judge.objectives.people import people_assessor
from evenkeel.judge.objectives.trials import TrialAssessor
from evenkeel.store.records.engine import Records

#: Those that need nothing but the store.
ASSESSORS: Final[Assessors] = {
    Reads.LABELS: LabelAssessor,
    Reads.HISTORY: LabelAssessor,
    Reads.TRIALS: TrialAssessor,
    Reads.GROUPS: FairnessAssessor,
    Reads.PEOPLE: people_assessor(lambda _key, _since_us: ()),
}


def all_assessors(judge: DriftJudge, records: Records) -> Assessors:
    """With those that know more than the store: the references of drift that people gave, and what people rated."""
    people = people_assessor(partial(load_standings, records))
    return {**ASSESSORS, Reads.DRIFT: drift_assessor(judge), Reads.PEOPLE: people}
