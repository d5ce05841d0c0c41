"""Who answers for the evidence of indicators that are looked at by the hour: one table."""

from __future__ import annotations

from typing import Final

from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.assessing import Assessors
from evenkeel.judge.objectives.labels import LabelAssessor
from evenkeel.judge.objectives.trials import TrialAssessor

ASSESSORS: Final[Assessors] = {
    Reads.LABELS: LabelAssessor,
    Reads.HISTORY: LabelAssessor,
    Reads.TRIALS: TrialAssessor,
}
