"""The indicators of quality stand on evidence that the store can be asked for."""

from __future__ import annotations

import pytest

from evenkeel.judge.indicators.model import Indicator, Measure, Reads
from evenkeel.judge.indicators.quality import QUALITY
from evenkeel.judge.indicators.table import load_defaults
from evenkeel.judge.quality.trials import Figure
from evenkeel.kernel.event import Kind
from evenkeel.store.telemetry.trial_port import Source


@pytest.mark.parametrize("indicator", QUALITY, ids=lambda indicator: indicator.name)
def test_each_reads_what_there_is_and_has_a_default_objective(indicator: Indicator) -> None:
    assert indicator.measure is Measure.ASSESSED
    if indicator.reads is Reads.TRIALS:
        assert Source(indicator.source)
    if indicator.reads is Reads.LABELS:
        assert Figure(indicator.source)
    assert {indicator.shows, *indicator.kinds} <= {kind.value for kind in Kind}
    by_default = {default.indicator for _, default in load_defaults()}
    assert indicator.name in by_default or indicator.name == "calibration_error"  # judged where it is configured
