"""The numbers that are kept of an exchange when its texts are dropped.

An evaluator is a name, the numbers it gives, and a function. All of them together are the table `EVALUATORS`, which the
reference page is made from. What cannot be told is left out, or is a number that says why (`grounding.unknown.…`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.evaluators.answers import describe_answer
from evenkeel.observe.evaluators.citations import measure_citations
from evenkeel.observe.evaluators.exchange import Exchange
from evenkeel.observe.evaluators.grounding import Grounding, SpanReason, compute_grounding
from evenkeel.observe.evaluators.language import tell_language
from evenkeel.observe.evaluators.questions import sign_question
from evenkeel.observe.evaluators.repetition import measure_repetition
from evenkeel.observe.evaluators.text import ANSWER_CHARACTERS_MAX, list_words
from evenkeel.observe.evaluators.vocabulary import count_vocabulary

PREFIX: Final = "evenkeel"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluator: what it tells, by the ends of its numbers' names, and how."""

    numbers: Mapping[str, str]  # `*` stands for what varies: a language, a bucket, a reason
    run: Callable[[Exchange], Mapping[str, float]]
    is_default: bool = True


def _prompt(exchange: Exchange) -> dict[str, float]:
    if exchange.prompt is None:
        return {}
    shown = exchange.prompt[:ANSWER_CHARACTERS_MAX]
    return {"characters": len(exchange.prompt), "words": len(list_words(shown))}


def _answer(exchange: Exchange) -> dict[str, float]:
    if exchange.answer is None:
        return {}
    found = describe_answer(exchange.answer, tell_language(exchange.answer).language)
    if not exchange.answer.strip():
        return {"empty": 1, "characters": found.characters}
    return {
        "empty": 0,
        "characters": found.characters,
        "words": found.words,
        "sentences": found.sentences,
        "questions": found.questions,
        "list_ratio": found.list_ratio,
        "code_ratio": found.code_ratio,
        "refusal": int(found.is_refusal),
        "dont_know": int(found.is_dont_know),
        "rude": found.rude,
        "insults": found.insults,
        "threats": found.threats,
    }


def _language(exchange: Exchange) -> dict[str, float]:
    made: dict[str, float] = {}
    told: list[str] = []
    for side, text in (("prompt", exchange.prompt), ("answer", exchange.answer)):
        if text:
            found = tell_language(text)
            made[f"{side}.{found.language or 'unknown'}"] = found.share_ratio if found.language else 1.0
            told += [found.language] if found.language else []
    if len(told) > 1:
        made["differs"] = int(told[0] != told[1])
    return made


def _repetition(exchange: Exchange) -> dict[str, float]:
    words = list_words((exchange.answer or "")[:ANSWER_CHARACTERS_MAX])
    found = measure_repetition(words)
    return {"repeated_ratio": found.repeated_ratio, "loop_words": found.loop_words} if words else {}


def _grounding(exchange: Exchange) -> dict[str, float]:
    if exchange.answer is None:
        return {}
    found = compute_grounding(exchange.answer, exchange.contexts)
    made: dict[str, float] = {"cut": int(found.is_cut)}
    if found.unknown is not None:
        made[f"unknown.{found.unknown}"] = 1
    if found.score is not None and found.weakest is not None:
        made |= {"score": found.score, "weakest": found.weakest, "unsupported": _marked(found, SpanReason.SENTENCE)}
        made["negations_turned"] = sum(each.is_negation_flipped for each in found.sentences)
    if found.sentences:
        made["sentences"] = len(found.sentences)
        for name in ("numbers", "names", "quotes"):
            checks = [getattr(each, name) for each in found.sentences]
            made[name] = sum(check.count for check in checks)
            made[f"{name}_missing"] = sum(len(check.missing) for check in checks)
    return made


def _marked(found: Grounding, reason: SpanReason) -> int:
    return sum(any(span.reason == reason for span in each.spans) for each in found.sentences)


def _questions(exchange: Exchange) -> dict[str, float]:
    return {} if exchange.prompt is None else sign_question(exchange.prompt)


def _retrieval(exchange: Exchange) -> dict[str, float]:
    if exchange.answer is None or not exchange.contexts:
        return {}
    return measure_citations(exchange.answer, exchange.contexts)


def _vocabulary(exchange: Exchange) -> dict[str, float]:
    made: dict[str, float] = {}
    for side, text in (("prompt", exchange.prompt), ("answer", exchange.answer)):
        shown = (text or "")[:ANSWER_CHARACTERS_MAX]
        counts = count_vocabulary(list_words(shown), tell_language(shown).language)
        made |= {f"{side}.{bucket}": times for bucket, times in counts.items()}
    return made


EVALUATORS: Final[Mapping[str, Evaluation]] = {
    "prompt": Evaluation({"characters": "its length", "words": "its words, of the first 16,000 characters"}, _prompt),
    "answer": Evaluation(
        {
            "empty": "1 when there is nothing in it; then no more is told",
            "characters": "its length; the rest is of its first 16,000 characters",
            "words": "words, code left out",
            "sentences": "sentences, code left out",
            "questions": "sentences that ask",
            "list_ratio": "share of its lines that are items of a list",
            "code_ratio": "share of its characters that are code",
            "refusal": "1 when its first three sentences refuse",
            "dont_know": "1 when its first three sentences say that it does not know, or was not given it",
            "rude": "hits of the list of rude words",
            "insults": "hits of the list of insults",
            "threats": "hits of the list of threats",
        },
        _answer,
    ),
    "language": Evaluation(
        {
            "prompt.*": "share of the prompt in its language (ISO 639-1), or 1 for `unknown`",
            "answer.*": "the same of the answer",
            "differs": "1 when prompt and answer are in different languages; absent where one is not known",
        },
        _language,
    ),
    "repetition": Evaluation(
        {
            "repeated_ratio": "share of runs of four words that were there before",
            "loop_words": "how many words at the end say one thing over and over",
        },
        _repetition,
    ),
    "grounding": Evaluation(
        {
            "score": "how much of the answer its contexts bear out, 0 to 1",
            "weakest": "the lowest score of a sentence",
            "sentences": "sentences that claim something",
            "unsupported": "of these, marked as a whole",
            "negations_turned": "of these, with a negation turned",
            "numbers": "numbers in the answer",
            "numbers_missing": "of these, not in the contexts",
            "names": "names in the answer",
            "names_missing": "of these, not in the contexts",
            "quotes": "quotations in the answer",
            "quotes_missing": "of these, not in the contexts",
            "unknown.*": "1 when there is no score: `no_context`, `no_claim`, `other_language`",
            "cut": "1 when answer or contexts were longer than what is looked at",
        },
        _grounding,
    ),
    "retrieval": Evaluation(
        {
            "documents": "contexts that came with the answer; absent where there is none",
            "cited.hit": "1 when one of the first five is cited, as in `[2]`; absent where nothing is cited",
            "cited.mrr": "1 over the place of the first cited one of these; 0 for none",
            "cited.ndcg": "how near to the top the cited ones stand, 0 to 1; absent where no document is cited",
            "cited.precision": "share of the first five that is cited",
            "cited.missing": "numbers that are cited and stand for no document",
        },
        _retrieval,
    ),
    "vocabulary": Evaluation(
        {
            "prompt.*": "words of the prompt in this bucket, 0 to 63; frequent words are left out",
            "answer.*": "the same of the answer",
        },
        _vocabulary,
        is_default=False,
    ),
    "questions": Evaluation(
        {
            "words": "different telling words of the prompt's first 2,000 characters",
            **dict.fromkeys("abcd", "hashes of twelve of these at most, of 16 bits, three in a number; absent without"),
        },
        _questions,
        is_default=False,
    ),
}
DEFAULT: Final = tuple(name for name, each in EVALUATORS.items() if each.is_default)


def evaluate(exchange: Exchange, chosen: Iterable[str] = DEFAULT) -> dict[str, float]:
    """The numbers of an exchange by their full names, ready to be journaled; no text is in them.

    Raises InvalidInputError for an evaluator that there is none of.

    >>> found = evaluate(Exchange("How long?", ("It takes two days.",), "It takes 3 days."), ["answer", "grounding"])
    >>> found["evenkeel.answer.words"], found["evenkeel.grounding.numbers_missing"]
    (4, 1)
    """
    made: dict[str, float] = {}
    for name in chosen:
        made |= {f"{PREFIX}.{name}.{end}": number for end, number in _known(name).run(exchange).items()}
    return made


def _known(name: str) -> Evaluation:
    if name not in EVALUATORS:
        raise InvalidInputError(
            f"There is no evaluator {name!r}.", hint=f"There are {', '.join(EVALUATORS)}.", evaluator=name
        )
    return EVALUATORS[name]
