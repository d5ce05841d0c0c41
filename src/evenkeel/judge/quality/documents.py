"""Figures as plain values, for whoever reads JSON."""

from __future__ import annotations

from typing import Any

from evenkeel.judge.quality.model import LEVEL, Figure


def figure_document(figure: Figure) -> dict[str, Any]:
    """A figure with its interval, or why there is none.

    >>> from evenkeel.judge.quality.model import Reason
    >>> figure_document(Figure.absent(Reason.NO_LABELS, "Wilson"))["reason"]
    'no_labels'
    """
    return {
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "level": LEVEL,
        "n": figure.n,
        "method": figure.method,
        "reason": None if figure.reason is None else figure.reason.value,
        "is_estimate": figure.is_estimate,
    }
