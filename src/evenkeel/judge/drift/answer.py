"""What the findings of a window's features say together: one answer, of the feature that matters most. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evenkeel.judge.drift.effect import psi_of_shift
from evenkeel.judge.drift.model import Detected, Finding, Material
from evenkeel.kernel.verdict import Status


@dataclass(frozen=True, slots=True)
class DriftAnswer:
    """The largest index (PSI, chance taken off) among features that differ beyond chance, in its 95 % interval.

    Where none does, `value` is the largest of all, `low` 0, and `high` the index of the smallest shift that would have
    been found in every feature. `low_one_sided` is the bound that decides a breach. `feature` is whose it is. Without
    any feature there is no value.
    """

    status: Status
    value: float | None
    low: float
    high: float
    low_one_sided: float
    feature: str
    reference_n: int  # rows of the feature that is told
    window_n: int
    features: int
    detected: int
    unknown: int  # features of which nothing can be told
    needs: int | None = None  # rows that the window would need to tell it, where it is that


def answer(findings: Sequence[Finding]) -> DriftAnswer:
    """One answer for all features of a window. It is ok only where drift that matters would have been seen in each.

    >>> answer([]).status.value
    'unknown'
    """
    if not findings:
        return DriftAnswer(Status.UNKNOWN, None, 0.0, math.inf, 0.0, "", 0, 0, 0, 0, 0)
    detected = [each for each in findings if each.detected is Detected.YES]
    unknown = [each for each in findings if each.detected is Detected.UNKNOWN]
    told = max(detected or findings, key=lambda each: (_RANK[each.material], each.effect.psi.debiased))
    psi, needs = told.effect.psi, [each.needs for each in unknown if each.needs is not None]
    low, high, decides = psi.low, psi.high, psi.low_one_sided
    if not detected:
        low, decides, high = 0.0, 0.0, max(psi_of_shift(each.effect.detectable_sd) for each in findings)
    return DriftAnswer(
        status=_status(findings),
        value=min(psi.debiased, high),
        low=low,
        high=high,
        low_one_sided=decides,
        feature=told.feature,
        reference_n=told.comparison.n,
        window_n=told.comparison.m,
        features=len(findings),
        detected=len(detected),
        unknown=len(unknown),
        needs=max(needs, default=None),
    )


_RANK = {Material.BREACH: 3, Material.WARNING: 2, Material.NO: 1, Material.UNKNOWN: 0}


def _status(findings: Sequence[Finding]) -> Status:
    found = {each.material for each in findings}
    if Material.BREACH in found:
        return Status.BREACH
    if Material.WARNING in found:
        return Status.WARNING
    return Status.UNKNOWN if Material.UNKNOWN in found else Status.OK
