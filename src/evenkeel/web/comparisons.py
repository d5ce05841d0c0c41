"""Which of two versions a model finds better, as pages, the API and the command line tell it (SPEC Q-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evenkeel.judge.model_judges.comparing import Compared
from evenkeel.judge.quality.documents import figure_document
from evenkeel.judge.quality.pairwise import Choice, Preference, measure_preference
from evenkeel.kernel.time import isoformat
from evenkeel.ui.formats import count, plural
from evenkeel.web.evaluations import figure_words

#: States in which more will be judged. A winner is named once: who looks after each pair finds one by chance.
_GOES_ON: Final = frozenset(("waiting", "running"))


def comparison_document(found: Compared) -> dict[str, Any]:
    """A comparison with its result so far: the same numbers for everybody."""
    comparison, result = found.comparison, measure_preference(found.said)
    winner = None if found.state in _GOES_ON else result.better
    document: dict[str, Any] = {
        "id": comparison.id,
        "title": comparison.title,
        "judge": comparison.judge,
        "model": comparison.model,
        "prompt_version": comparison.prompt,
        "state": found.state,
        "why": comparison.why,
        "created_at": isoformat(comparison.created_at_us),
        "created_by": comparison.created_by,
        "ended_at": None if comparison.ended_at_us is None else isoformat(comparison.ended_at_us),
        "first": comparison.first,
        "second": comparison.second,
        "pairs": comparison.pairs,
        "judged": result.judged,
        "left": comparison.pairs - result.judged - result.failed,
        "failed": result.failed,
        "failures": dict(sorted(found.failures.items())),
        "first_better": result.first,
        "second_better": result.second,
        "ties": result.ties,
        "orders_disagree": result.split,
        "win_rate": figure_document(result.win_rate),
        "win_rate_possible": result.possible,
        "wins_of_decided": figure_document(result.decided),
        "shown_first_chosen": figure_document(result.shown_first),
        "better": {Choice.FIRST: comparison.first, Choice.SECOND: comparison.second}.get(winner) if winner else None,
    }
    return {**document, "says": say_comparison(document), "place_says": say_place(result)}


def say_comparison(document: Mapping[str, Any]) -> str:
    """Which version is better, in two sentences; or why nobody knows."""
    if not document["judged"]:
        failed = f"; the judge failed on {count(document['failed'])}" if document["failed"] else ""
        return f"No pair of {count(document['pairs'])} is judged yet{failed}: which one is better is unknown."
    first, second = document["first"], document["second"]
    value, interval, _ = figure_words(document["win_rate"])
    said = f"{second} wins {value} [{interval}] against {first}, of {plural(document['judged'], 'pairs')}."
    if document["better"]:
        said = f"{document['better']} is better. {said}"
    elif document["state"] in _GOES_ON:
        said += " Which one is better is told when no pair is left."
    else:
        decided = document["first_better"] + document["second_better"]
        said += f" Which one is better is unknown: of {plural(decided, 'pairs')} with a winner, chance explains it."
    if document["failed"]:
        low, high = document["win_rate_possible"]
        said += (
            f" The judge failed on {count(document['failed'])}; had it not, it could be {100 * low:.3g}–"
            f"{100 * high:.3g} %."
        )
    return said


def say_place(result: Preference) -> str:
    """How far the place in which an answer is shown decides."""
    figure = result.shown_first
    if figure.value is None or figure.low is None or figure.high is None:
        return "Whether the place decides is unknown."
    value, interval, _ = figure_words(figure_document(figure))
    said = f"The orders disagree on {count(result.split)} of {count(result.judged)}, which count as ties;"
    told = f"what is shown first is chosen {value} [{interval}] of the time"
    if figure.low > 0.5:
        return f"{said} {told}: the judge prefers what it reads first."
    if figure.high < 0.5:
        return f"{said} {told}: the judge prefers what it reads last."
    return f"{said} {told}, as without any preference for a place."
