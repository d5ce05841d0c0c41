"""Texts as features: how long they are, in which language, and which telling words they have.

None of these holds a text. Of the vocabulary only words are kept that at least one of a hundred reference texts has.
Each text counts once, as the rarest of the telling words that it has, so that what is said of vocabularies holds for
texts that are independent, however often a text repeats a word.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Final

from evenkeel.judge.drift.chance import seeded
from evenkeel.judge.drift.texts import NOT_TOLD, OTHER_WORDS
from evenkeel.kernel.profile.build import profile_of
from evenkeel.kernel.profile.column import Column, Values, read_column
from evenkeel.kernel.profile.count import count_column
from evenkeel.kernel.profile.model import Counts, Grid, Kind, Profile
from evenkeel.kernel.profile.table import Derivation, Derived
from evenkeel.observe.evaluators.language import tell_language
from evenkeel.observe.evaluators.text import is_number, list_words
from evenkeel.observe.evaluators.words import frequent_words

#: Telling words: at least this share of texts has them, and at least so many texts; at most so many words.
_TELLING_SHARE_MIN: Final = 0.01
_TELLING_SHARE_MAX: Final = 0.5
_TELLING_TEXTS_MIN: Final = 5
_TELLING_MAX: Final = 100


def profile_texts(name: str, values: Values) -> dict[str, tuple[Derived, Profile]]:
    """Feature -> what it is made of, and its profile, of a reference's texts; values that are none are set apart.

    Raises InvalidInputError where there are no rows.

    >>> asked = [f"The {what} came late, number {n}." for n in range(50) for what in ("box", "bag")]
    >>> made = profile_texts("review", asked)
    >>> list(made), made["review.language"][1].grid.levels
    (['review.characters', 'review.words', 'review.language', 'review.vocabulary'], ('en',))
    """
    texts = list(values)
    derived = {name_of(name, how): Derived(name, how) for how in Derivation if how is not Derivation.VOCABULARY}
    made = {feature: (each, profile_of(derive(texts, each))) for feature, each in derived.items()}
    # Words that are chosen because they are frequent here are less so elsewhere: they are counted on other texts.
    order = seeded().permutation(len(texts)).tolist()
    ordered = sorted(texts, key=str)
    choosing, counted = ([ordered[place] for place in order[half::2]] for half in (0, 1))
    words = _telling_words([text for text in choosing if isinstance(text, str)])
    if words:
        vocabulary = Derived(name, Derivation.VOCABULARY, words)
        made[name_of(name, Derivation.VOCABULARY)] = (vocabulary, profile_of(derive(counted, vocabulary)))
    return made


def count_texts(values: Values, features: Mapping[str, tuple[Derived, Grid]]) -> dict[str, Counts]:
    """The same features of a window's texts, on the grids of their reference."""
    texts = list(values)
    return {feature: count_column(derive(texts, each), grid) for feature, (each, grid) in features.items()}


def name_of(column: str, how: Derivation) -> str:
    """What a derived feature is called.

    >>> name_of("review", Derivation.LANGUAGE)
    'review.language'
    """
    return f"{column}.{how.value}"


def derive(texts: Sequence[object], derived: Derived) -> Column:
    """One feature of each text; what is no text is set apart: missing, or of another type."""
    is_number = derived.how in (Derivation.CHARACTERS, Derivation.WORDS)
    told = [_told(text, derived) if isinstance(text, str) else _no_text(text) for text in texts]
    return read_column(told, Kind.NUMERIC if is_number else Kind.CATEGORICAL)


def _told(text: str, derived: Derived) -> object:
    match derived.how:
        case Derivation.CHARACTERS:
            return len(text)
        case Derivation.WORDS:
            return len(list_words(text))
        case Derivation.LANGUAGE:
            return tell_language(text).language or NOT_TOLD
        case Derivation.VOCABULARY:
            return _telling(text, derived.words)


def _no_text(value: object) -> object:
    """A number among texts is of another type, and neither a length nor a level."""
    is_given = isinstance(value, Number) and not (isinstance(value, float) and math.isnan(value))
    return b"" if is_given else value


def _telling(text: str, words: Sequence[str]) -> str:
    held = set(list_words(text))
    return next((word for word in words if word in held), OTHER_WORDS)


def _telling_words(texts: Sequence[str]) -> tuple[str, ...]:
    """The most frequent words that are not of every text of their language, the rarest first."""
    languages = [tell_language(text).language for text in texts]
    prevailing = Counter(filter(None, languages)).most_common(1)
    usual = frequent_words(prevailing[0][0] if prevailing else None)
    held: Counter[str] = Counter()
    for text, language in zip(texts, languages, strict=True):
        held.update({word for word in list_words(text) if _tells(word)} - usual - frequent_words(language))
    least = max(_TELLING_TEXTS_MIN, _TELLING_SHARE_MIN * len(texts))
    chosen = [(n, word) for word, n in held.items() if least <= n <= _TELLING_SHARE_MAX * len(texts)]
    kept = sorted(chosen, key=lambda pair: (-pair[0], pair[1]))[:_TELLING_MAX]
    return tuple(word for _, word in sorted(kept))


def _tells(word: str) -> bool:
    return not is_number(word) and (len(word) > 1 or not word.isascii())
