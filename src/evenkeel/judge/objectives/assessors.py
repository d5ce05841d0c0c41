"""Who answers for the evidence of indicators that are looked at by the hour: one table."""

from __future__ import annotations

from typing import Final

from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.assessing import Assessors
from evenkeel.judge.objectives.drift import drift_assessor
from evenkeel.judge.objectives.fairness import FairnessAssessor
from evenkeel.judge.objectives.labels import LabelAssessor
from evenkeel.judge.objectives.trials import TrialAssessor

#: Those that need nothing but the store.
ASSESSORS: Final[Assessors] = {
    Reads.LABELS: LabelAssessor,
    Reads.HISTORY: LabelAssessor,
    Reads.TRIALS: TrialAssessor,
    Reads.GROUPS: FairnessAssessor,
}


def with_drift(judge: DriftJudge) -> Assessors:
    """All of them: drift is judged by who knows the references that people gave."""
    return {**ASSESSORS, Reads.DRIFT: drift_assessor(judge)}
