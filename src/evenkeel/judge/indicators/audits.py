"""The indicator of monthly audits: judged by the hour, of models that ran for a whole month (SPEC C)."""

from __future__ import annotations

from typing import Final

from evenkeel.judge.indicators.model import GOOD_SHARE, Indicator, Measure, Reads

AUDITS: Final[tuple[Indicator, ...]] = (
    Indicator(
        "model_audit",
        "Monthly model audit",
        "ratio",
        Measure.ASSESSED,
        larger_is_worse=False,
        counts="audits",
        definition="Of the last twelve months whose audit is or was due, the share that is signed or still in time."
        " Judged of models that ran for a whole month.",
        reads=Reads.AUDITS,
        scale=GOOD_SHARE,
    ),
)
