"""Results as plain values, for `--json` and whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.judge.quality.model import Figure
from evenkeel.library.evaluating import Evaluation


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
        "level": 0.95,
        "n": figure.n,
        "method": figure.method,
        "reason": None if figure.reason is None else figure.reason.value,
        "is_estimate": figure.is_estimate,
    }


def evaluation_document(found: Evaluation) -> dict[str, Any]:
    """All of an evaluation but the pictures."""
    return {
        "task": found.task.value,
        "rows": found.rows,
        "figures": _documents(found.figures),
        "by_class": {name: _documents(figures) for name, figures in found.by_class.items()},
        "segments": {name: _documents(figures) for name, figures in found.segments.items()},
        "notes": list(found.notes),
    }


def _documents(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: figure_document(figure) for name, figure in figures.items()}
