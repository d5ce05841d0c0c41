"""Findings as plain values, the same for the page, the API, the command line and the notebook."""

from __future__ import annotations

import math
from typing import Any

from evenkeel.judge.drift.answer import DriftAnswer
from evenkeel.judge.drift.carriers import Carrier, describe_carrier
from evenkeel.judge.drift.model import Finding, Material
from evenkeel.judge.drift.sentences import describe_finding

#: What a size says as a status.
STATUS = {Material.BREACH: "breach", Material.WARNING: "warning", Material.UNKNOWN: "unknown", Material.NO: "ok"}


def finding_document(finding: Finding, says: str | None = None) -> dict[str, Any]:
    """A finding with what it rests on; `says` is its sentence, where it is told in other words."""
    effect = finding.effect
    reason = finding.comparison.reason
    return {
        "feature": finding.feature,
        "kind": finding.kind.value,
        "detected": finding.detected.value,
        "material": finding.material.value,
        "says": describe_finding(finding) if says is None else says,
        "signals": [signal.value for signal in finding.signals],
        "q": finding.q,
        "psi": {"value": effect.psi.debiased, "low": effect.psi.low, "high": finite(effect.psi.high)},
        "psi_plain": finite(effect.psi_plain),
        "shift_sd": effect.shift_sd,
        "n": {"reference": finding.comparison.n, "window": finding.comparison.m},
        "reason": None if reason is None else reason.value,
        "needs": finding.needs,
    }


def answer_document(answer: DriftAnswer) -> dict[str, Any]:
    """One answer of several features."""
    return {
        "status": answer.status.value,
        "psi": {"value": answer.value, "low": answer.low, "high": finite(answer.high)},
        "feature": answer.feature or None,
        "n": {"reference": answer.reference_n, "window": answer.window_n},
        "features": answer.features,
        "detected": answer.detected,
        "unknown": answer.unknown,
        "needs": answer.needs,
    }


def carrier_document(carrier: Carrier) -> dict[str, Any]:
    """A level that carries a drift, and what is left of it without that level."""
    return {
        "segment": carrier.segment,
        "level": carrier.level,
        "says": describe_carrier(carrier),
        "share": {"before": carrier.share_before, "after": carrier.share_after},
        "p": carrier.p,
        "left": {"value": carrier.left.debiased, "high": carrier.left_high},
    }


def finite(number: float) -> float | None:
    """JSON has no word for infinity or not-a-number: nothing bounds it, or there is none."""
    return number if math.isfinite(number) else None
