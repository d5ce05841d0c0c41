"""What is said of texts whose language, or whose words, changed."""

from __future__ import annotations

from typing import Final

from evenkeel.judge.drift.model import Change, Detected, Finding
from evenkeel.judge.drift.sentences import describe_finding, say_index, say_percent
from evenkeel.kernel.language.names import NAMES, language_name

#: What a text counts as whose language is not known, and one with none of the telling words.
NOT_TOLD: Final = "not told"
OTHER_WORDS: Final = "none of the telling words"

#: From this share on, a language is what the texts were in.
_WAS_MIN: Final = 0.5


def describe_language(finding: Finding, column: str) -> str:
    """One sentence on the language of a column of texts; where no language took another's place, the usual one.

    >>> import numpy as np
    >>> from evenkeel.judge.drift.family import judge_window
    >>> from evenkeel.judge.drift.model import Feature
    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> profile = build_profile(["en"] * 990 + ["de"] * 10)
    >>> window = count_values(["en"] * 345 + ["es"] * 155, profile.grid)
    >>> (found,) = judge_window([Feature("review.language", profile, window)], np.random.default_rng(1))
    >>> describe_language(found, "review")
    'review: was English (99 %), 31 % is Spanish now (PSI ... [...–...], beyond the limit).'
    """
    if finding.detected is not Detected.YES:
        return describe_finding(finding)
    was = max(finding.effect.changes, key=lambda change: change.before, default=None)
    now = max(finding.effect.changes, key=_gain, default=None)
    if was is None or now is None or was.before < _WAS_MIN or was.level not in NAMES or _gain(now) <= 0.0:
        return describe_finding(finding)
    if now.level not in NAMES:
        new = f"of {say_percent(now.after)} the language is not known now, of {say_percent(now.before)} before"
    elif now is was:
        new = f"{say_percent(now.after)} is now"
    else:
        new = f"{say_percent(now.after)} is {language_name(now.level)} now"
        new += f", {say_percent(now.before)} before" if now.before else ""
    return f"{column}: was {language_name(was.level)} ({say_percent(was.before)}), {new} ({say_index(finding)})."


def describe_vocabulary(finding: Finding, column: str) -> str:
    """One sentence on the telling words of a column of texts, of which each text counts as the rarest that it has."""
    changed = finding.effect.changes
    if finding.detected is not Detected.YES or not changed:
        return describe_finding(finding)
    first = changed[0]
    shares = f"{say_percent(first.after)} now, {say_percent(first.before)} before ({say_index(finding)})."
    if first.level == OTHER_WORDS:
        return f"{column}: texts with none of the telling words of the reference are {shares}"
    if first.level == "others":
        return describe_finding(finding)
    return f"{column}: texts told by the word “{first.level}” are {shares}"


def _gain(change: Change) -> float:
    return change.after - change.before
