"""What a sentence says that can be looked up word by word: numbers, names, quotations.

Each is one-sided: what is not found is a reason to look, what is found is no proof. Numbers are compared by value as
far as writing goes (`1,000` is `1.000` and `1 thousand`); what somebody worked out is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from evenkeel.kernel.facts import fact
from evenkeel.observe.evaluators.text import Word, is_number, list_words
from evenkeel.observe.evaluators.words import load_words

#: A quotation of fewer words is a way to set a word apart. A longer one is not looked up as a whole.
QUOTE_WORDS_MIN: Final = 3
QUOTE_CHARACTERS_MAX: Final = 1_000
#: A sentence in which so much has a capital is a heading, or shouted: capitals tell no names.
_TITLE_SHARE: Final = 0.75
#: Nouns have capitals.
_CAPITAL_NOUNS: Final = frozenset(("de",))
#: Three digits behind it: `1,000` or 1.000, nobody can say which.
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f]\d{3})+")
#: What opens and closes a quotation; single ones are apostrophes as well. One class, then what is not in it: linear.
_QUOTE: Final = re.compile(rf"(?<!\w)[\"“”„«»「『]([^\"“”„«»「」『』\n]{{1,{QUOTE_CHARACTERS_MAX}}})[\"“”«»」』]")
_MARK: Final = re.compile(r"\s*(?:[-*+•]|\(?\d{1,3}[.)])\s")


@fact
class Known:
    """What the contexts have; made by `index_known`."""

    numbers: frozenset[str]
    words: frozenset[str]  # in small letters, not stemmed
    joined: str  # all words, a space around each; empty where nobody looks for a quotation


@fact
class Check:
    """How many there were in a sentence, and where those are that the contexts do not have (characters)."""

    count: int
    missing: tuple[tuple[int, int], ...]

    @property
    def missing_ratio(self) -> float:
        """The share that is missing; 0 where there was none."""
        return len(self.missing) / self.count if self.count else 0.0


def index_known(contexts: Sequence[Sequence[str]], language: str | None, *, has_quotes: bool = True) -> Known:
    """Contexts, each as its words in small letters; quotations can be looked up only `has_quotes`.

    >>> known = index_known([["about", "two", "million", "of", "1,200"]], "en")
    >>> sorted(known.numbers)
    ['1.2', '1200', '2', '2000000']
    """
    numbers: set[str] = set()
    written = load_words().numbers.get(language or "", {})
    scales = load_words().scales
    for words in contexts:
        before, last = set[str](), -1
        for at in [at for at, word in enumerate(words) if word[0].isdecimal() or word in written]:
            word = words[at]
            forms = {written[word]} if word in written else _forms(word)
            numbers |= forms
            if last == at - 1:
                numbers |= _joined(before, word)
            if at + 1 < len(words) and words[at + 1] in scales:
                numbers |= _scaled(forms, scales[words[at + 1]])
            before, last = forms, at
    joined = f" {' | '.join(map(' '.join, contexts))} " if has_quotes else ""
    return Known(frozenset(numbers), frozenset[str]().union(*contexts), joined)


def _forms(number: str) -> set[str]:
    """The ways to read a number as plain digits with a decimal point."""
    forms: set[str] = set()
    if _GROUPED.fullmatch(number):
        forms.add("".join(filter(str.isdecimal, number)))
    plain = number.replace(",", ".")
    if plain.count(".") == 1:
        whole, _, rest = plain.partition(".")
        rest = rest.rstrip("0")
        forms.add(f"{whole}.{rest}" if rest else whole)
    return forms or {plain}


def _joined(before: set[str], number: str) -> set[str]:
    """`3 800` and what conversions of documents leave of 3,800 and 12.5: `3, 800`, `12. 5`."""
    return {form + mark + number for form in before if form.isdecimal() and number.isdecimal() for mark in ("", ".")}


def _scaled(forms: set[str], noughts: int) -> set[str]:
    """`1.2` million is 1200000."""
    parts = [form.partition(".") for form in forms if form.replace(".", "", 1).isdecimal()]
    return {whole + rest.ljust(noughts, "0") for whole, _, rest in parts if len(rest) <= noughts}


def check_numbers(words: Sequence[Word], known: Known, text: str) -> Check:
    """Numbers in digits; the mark of an item in a list is none.

    >>> from evenkeel.observe.evaluators.text import find_words
    >>> known = index_known([["1,000", "users", "in", "2019"]], "en")
    >>> text = "1. In 2018 there were 1000"
    >>> check_numbers(find_words(text), known, text)
    Check(count=2, missing=((6, 10),))
    """
    start = words[0].start if words else 0
    mark = _MARK.match(text, text.rfind("\n", 0, start) + 1)
    begins = mark.end() if mark else 0
    found = [word for word in words if is_number(word.text) and word.start >= begins]
    scales = load_words().scales
    noughts = {number: scales[scale.text.lower()] for number, scale in pairwise(words) if scale.text.lower() in scales}
    missing = [word for word in found if known.numbers.isdisjoint(_values(word, noughts.get(word, 0)))]
    return Check(len(found), tuple((word.start, word.end) for word in missing))


def _values(number: Word, noughts: int) -> set[str]:
    forms = _forms(number.text)
    return forms | _scaled(forms, noughts) if noughts else forms


def check_names(words: Sequence[Word], known: Known, language: str | None) -> Check:
    """Words with a capital inside a sentence, those in a row being one name; it is there when each of them is.

    In German, where nouns have capitals, and in scripts that have none, there are no names to be found.

    >>> from evenkeel.observe.evaluators.text import find_words
    >>> known = index_known([["ada", "lovelace", "in", "london"]], "en")
    >>> check_names(find_words("So went Ada Lovelace to Paris in May"), known, "en")
    Check(count=3, missing=((24, 29), (33, 36)))
    """
    capitals = [word.text[0].isupper() for word in words]
    if language in _CAPITAL_NOUNS or sum(capitals) > _TITLE_SHARE * len(words):
        return Check(0, ())
    names = [name for name in _names(words, capitals) if name[0] is not words[0] or len(name) > 1]
    missing = [name for name in names if any(word.text.lower() not in known.words for word in name)]
    return Check(len(names), tuple((name[0].start, name[-1].end) for name in missing))


def _names(words: Sequence[Word], capitals: Sequence[bool]) -> Iterator[list[Word]]:
    name: list[Word] = []
    for word, capital in zip(words, capitals, strict=True):
        if name and (not capital or word.start - name[-1].end > 1):
            yield name
            name = []
        if capital and (len(word.text) > 1 or name):
            name.append(word)
    if name:
        yield name


def has_quotes(text: str) -> bool:
    """Whether there is anything that could be a quotation; cheap.

    >>> has_quotes("He said “no”."), has_quotes("It's 5 o'clock.")
    (True, False)
    """
    return _QUOTE.search(text) is not None


def check_quotes(text: str, start: int, end: int, known: Known) -> Check:
    """Quotations of three words and more between two places of a text; they are there word by word.

    >>> known = index_known([["he", "said", "we", "shall", "see"]], "en")
    >>> check_quotes('He said “we shall see” and "never say never".', 0, 45, known)
    Check(count=2, missing=((28, 43),))
    """
    count, missing = 0, list[tuple[int, int]]()
    for match in _QUOTE.finditer(text, start, end):
        words = list_words(match[1])
        if len(words) >= QUOTE_WORDS_MIN:
            count += 1
            if f" {' '.join(words)} " not in known.joined:
                missing.append(match.span(1))
    return Check(count, tuple(missing))
