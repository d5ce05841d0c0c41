"""What an answer is like by itself: how long, what it is made of, whether it answers at all."""

from __future__ import annotations

import re
from typing import Final

from evenkeel.kernel.facts import fact
from evenkeel.observe.evaluators.phrases import TOXICITY, count_phrases, has_no_knowledge, has_phrase
from evenkeel.observe.evaluators.sentences import split_sentences
from evenkeel.observe.evaluators.text import ANSWER_CHARACTERS_MAX, list_words

#: An answer that refuses says so at once: in its first sentences. Deeper in a text it is said of somebody else.
OPENING_SENTENCES: Final = 3
_FENCE: Final = "```"
_ITEM: Final = re.compile(r"[ \t]{0,8}(?:[-*+•‣]|\d{1,3}[.)]|\(?[a-z][.)])[ \t]")
_QUESTIONS: Final = ("?", "？", "؟")


@fact
class AnswerFacts:
    """Counts, and shares from 0 to 1. What is beyond `ANSWER_CHARACTERS_MAX` counts as characters only."""

    characters: int
    words: int
    sentences: int
    questions: int
    list_ratio: float  # lines that are items, of those that are not empty and no code
    code_ratio: float  # characters between fences
    is_refusal: bool
    is_dont_know: bool
    rude: int
    insults: int
    threats: int


def describe_answer(answer: str, language: str | None = None) -> AnswerFacts:
    """What can be counted of an answer; of an empty one everything is 0.

    >>> found = describe_answer("I'm sorry, I can't help with that. Shall I call somebody?")
    >>> found.words, found.sentences, found.questions, found.is_refusal, found.is_dont_know
    (13, 2, 1, True, False)
    >>> describe_answer("Two ways:\\n- by mail\\n- by phone\\n```\\nmake call\\n```").list_ratio
    0.6666666666666666
    """
    shown = answer[:ANSWER_CHARACTERS_MAX]
    code, text = _without_code(shown)
    sentences = [text[start:end] for start, end in split_sentences(text, language)]
    opening = [list_words(sentence) for sentence in sentences[:OPENING_SENTENCES]]
    words = list_words(text)
    lines = [line for line in text.splitlines() if line.strip()]
    return AnswerFacts(
        characters=len(answer),
        words=len(words),
        sentences=len(sentences),
        questions=sum(sentence.endswith(_QUESTIONS) for sentence in sentences),
        list_ratio=sum(_ITEM.match(line) is not None for line in lines) / len(lines) if lines else 0.0,
        code_ratio=code / len(shown) if shown else 0.0,
        is_refusal=any(has_phrase(each, "refusal") for each in opening),
        is_dont_know=any(map(has_no_knowledge, opening)),
        rude=count_phrases(words, "rude", TOXICITY),
        insults=count_phrases(words, "insult", TOXICITY),
        threats=count_phrases(words, "threat", TOXICITY),
    )


def _without_code(answer: str) -> tuple[int, str]:
    """(characters of code, the rest); code that nothing ends goes on to the end."""
    parts = answer.split(_FENCE)
    text = "\n".join(parts[::2])
    code = sum(len(part) + 2 * len(_FENCE) for part in parts[1::2])
    return min(code, len(answer)), text
