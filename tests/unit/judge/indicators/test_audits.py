"""The indicator of monthly audits."""

from __future__ import annotations

from evenkeel.judge.indicators.audits import AUDITS
from evenkeel.judge.indicators.model import Measure, Reads


def test_it_is_looked_at_by_the_hour_and_reads_signatures() -> None:
    (found,) = AUDITS
    assert (found.measure, found.reads) == (Measure.ASSESSED, Reads.AUDITS)
    assert not found.larger_is_worse
