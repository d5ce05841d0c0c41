"""How figures of quality are written for people, and why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evenkeel.ui.formats import count

#: Reasons that call for more than their own words.
_REASONS: Final[Mapping[str, str]] = {
    "no_rows": "There is nothing to compute it from.",
    "no_labels": "What was true is not known yet.",
    "no_scores": "No prediction states a score.",
    "one_class": "Only one class has turned out to be true.",
    "not_binary": "With more than two classes the score of the predicted one is not enough.",
    "scores_ambiguous": "A higher score does not go with what was predicted, so nobody can tell of which class"
    " the scores are: log as score the probability of the label that is logged with it.",
    "told_as_class": "Numbers were predicted, and what came true are classes: where a score of a class is meant, log"
    " the label with it.",
    "no_reference": "The past has too few windows with labels to learn from; three are needed.",
    "too_few": "There are too few rows for an interval that holds.",
    "too_many": "There are more versions and scores than one answer holds: ask for a shorter time.",
}


def percent(value: float) -> str:
    """A ratio in percent, with three digits.

    >>> percent(0.12345), percent(0.0)
    ('12.3 %', '0 %')
    """
    return f"{100 * value:.3g} %"


def say_reason(reason: str | None) -> str:
    """Why there is no figure, as a sentence.

    >>> say_reason("no_scores")
    'No prediction states a score.'
    """
    known = _REASONS.get(reason or "")
    return known or f"{str(reason).replace('_', ' ').capitalize()}."


def shown(figure: Mapping[str, Any], unit: str = "percent") -> tuple[str, str, str]:
    """(value, interval, sample) of a figure, in percent or as a plain number; why there is none.

    >>> shown({"value": 0.5, "low": 0.4, "high": 0.6, "n": 1000, "reason": None})[:2]
    ('50 %', '40–60 %')
    >>> shown({"value": 12.5, "low": None, "high": None, "n": 3, "reason": "too_few"}, "plain")[0]
    '12.5'
    """
    if figure["value"] is None:
        return "unknown", str(figure["reason"]).replace("_", " "), ""
    factor, sign = (100.0, " %") if unit == "percent" else (1.0, "")
    if figure["low"] is None:
        bounds = "no interval: too few"
    else:
        bounds = f"{factor * figure['low']:.3g}–{factor * figure['high']:.3g}{sign}"
    return f"{factor * figure['value']:.3g}{sign}", bounds, f"n\u00a0{count(figure['n'])}"
