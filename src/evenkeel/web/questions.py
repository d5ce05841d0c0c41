"""What a service is asked most, as groups of alike questions, for the page, the API and the command line (SPEC Q-1).

Questions are known by hashes of their words. Words are told only where the service keeps its texts (`content: on`), and
of these only words without a digit that five people used in questions of a group: what one person says over and over
may tell who that is. Questions of nobody knows whom are taken for one person's.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from evenkeel.judge.evaluations.stored import read_texts
from evenkeel.judge.quality.documents import figure_document
from evenkeel.judge.quality.model import Figure, Reason, share
from evenkeel.judge.quality.questions import group_questions
from evenkeel.kernel.time import isoformat
from evenkeel.observe.evaluators.language import tell_language
from evenkeel.observe.evaluators.questions import QUESTION_CHARACTERS_MAX, read_signature
from evenkeel.observe.evaluators.text import list_words
from evenkeel.observe.evaluators.words import frequent_words
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.ui.formats import count, plural
from evenkeel.web.traffic import Span

PREFIX: Final = "evenkeel.questions."
#: Questions that are grouped; of more a sample by chance, which knows a share to two points.
SAMPLE_MAX: Final = 2_000
#: Groups that are told, and questions of the smallest: fewer are somebody's in particular.
GROUPS_MAX: Final = 20
GROUP_MIN: Final = 5
#: Words that name a group.
_WORDS_MAX: Final = 4
_LETTERS_MIN: Final = 3
_RATES: Final[Mapping[str, str]] = {
    "refusal": "evenkeel.answer.refusal",
    "dont_know": "evenkeel.answer.dont_know",
    "unsupported": "evenkeel.grounding.unsupported",
}

Numbers = Mapping[str, Any]
#: Who asked, where that is known, and a word of the question.
Said = tuple[int | None, str]


def questions_document(telemetry: Telemetry, key: ServiceKey, span: Span) -> dict[str, Any]:
    """The same numbers for everybody: the largest groups, each with its share and how its answers were."""
    stored = telemetry.stored_answers(key, span.window, (f'"{PREFIX}words":',), seed=1, limit=SAMPLE_MAX)
    rows = [_attributes(each.attributes) for each in stored.answers]
    groups = group_questions([read_signature(_own(row)) for row in rows])
    told = [group for group in groups if len(group) >= GROUP_MIN][:GROUPS_MAX]
    words = [_words(row) for row in rows]
    said = [frozenset((each.caller, word) for word in mine) for each, mine in zip(stored.answers, words, strict=True)]
    known = Counter(word for each in words for word in each)
    document: dict[str, Any] = {
        "service": key.service,
        "environment": key.environment,
        "from": isoformat(span.window.start_us),
        "to": isoformat(span.window.end_us),
        "questions": stored.found,
        "grouped": len(rows),
        "groups": [_group(group, rows, [said[place] for place in group], known) for group in told],
        "in_other_groups": sum(map(len, groups)) - sum(map(len, told)),
        "without_words": len(rows) - sum(map(len, groups)),
    }
    return {**document, "says": say_questions(document)}


def _group(
    group: Sequence[int], rows: Sequence[Numbers], said: Sequence[frozenset[Said]], known: Mapping[str, int]
) -> dict[str, Any]:
    mine = [rows[place] for place in group]
    return {
        "words": _name(said, known, len(rows)),
        "questions": len(group),
        "share": figure_document(share(len(group), len(rows), Reason.NO_ROWS)),
        "figures": {name: figure_document(_rate(mine, number)) for name, number in _RATES.items()},
    }


def _rate(rows: Sequence[Numbers], name: str) -> Figure:
    values = [float(row[name]) for row in rows if isinstance(row.get(name), int | float)]
    return share(sum(value > 0 for value in values), len(values), Reason.NO_ROWS)


def _name(said: Sequence[frozenset[Said]], known: Mapping[str, int], questions: int) -> list[str]:
    """The words that most questions of the group have and few others; none that fewer than five people used."""
    counted = Counter(word for each in said for _, word in each)
    people = Counter(word for _, word in frozenset[Said]().union(*said))
    told = {word: n for word, n in counted.items() if people[word] >= GROUP_MIN}
    weights = {word: n * (0.1 + math.log(questions / known[word])) for word, n in told.items()}
    return sorted(weights, key=lambda word: (-weights[word], word))[:_WORDS_MAX]


def _words(row: Numbers) -> frozenset[str]:
    """The telling words of a question whose text is kept."""
    texts = read_texts(row)
    if texts is None or not texts.prompt:
        return frozenset()
    shown = texts.prompt[:QUESTION_CHARACTERS_MAX]
    frequent = frequent_words(tell_language(shown).language or "en")
    found = {word for word in list_words(shown) if word.isalpha() and word not in frequent}
    return frozenset(word for word in found if len(word) >= _LETTERS_MIN or not word.isascii())


def _own(row: Numbers) -> dict[str, object]:
    return {name.removeprefix(PREFIX): value for name, value in row.items() if name.startswith(PREFIX)}


def _attributes(text: str) -> Numbers:
    document: object = json.loads(text)
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def say_questions(document: Mapping[str, Any]) -> str:
    """What is asked most, in a sentence; or why nobody knows.

    >>> say_questions({"questions": 0})
    'What is asked is unknown: no question is looked at. Switch on the evaluator `questions`.'
    """
    if not document["questions"]:
        return "What is asked is unknown: no question is looked at. Switch on the evaluator `questions`."
    of = plural(document["grouped"], "questions")
    if document["grouped"] < document["questions"]:
        of += f", a sample of {count(document['questions'])}"
    if not document["groups"]:
        return f"Of {of} no {GROUP_MIN} are alike."
    largest = document["groups"][0]["share"]
    groups = plural(len(document["groups"]), "groups")
    return (
        f"{of} in {groups} of alike ones and others; the largest has {100 * largest['value']:.3g} %"
        f" [{100 * largest['low']:.3g}–{100 * largest['high']:.3g} %]."
    )
