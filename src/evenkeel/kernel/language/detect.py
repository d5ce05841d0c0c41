"""Which language a text is in: by its script where one language writes in it, else by its most frequent words.

Cheap enough for the path of a request. It says nothing rather than guess: a text that is short, mixed, or of none of
`LANGUAGES` is not told. How often it is right is measured in `tests/unit/kernel/language`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from heapq import nlargest
from struct import unpack
from typing import Final

from evenkeel.kernel.language.words import ENDINGS, LETTERS, NEIGHBOURS, WORDS

#: Shorter texts are not told.
CHARACTERS_MIN: Final = 20
#: Of a longer text this is looked at.
CHARACTERS_MAX: Final = 1_000
#: So many of its characters, evenly, say which script it is.
_SAMPLE: Final = 200
#: A script is that of the text when so much of what is written is in it; a sign of these says as much as a word.
_SCRIPT_SHARE: Final = 0.6
_SIGN_WORTH: Final = 3
#: Languages that have a script to themselves; Latin, Cyrillic, Arabic and Devanagari are written by several.
_ALONE: Final[Mapping[str, str]] = {
    "greek": "el", "hebrew": "he", "thai": "th", "hangul": "ko", "georgian": "ka", "armenian": "hy", "bengali": "bn",
    "tamil": "ta", "telugu": "te", "kannada": "kn", "malayalam": "ml", "gujarati": "gu", "gurmukhi": "pa",
}  # fmt: skip
#: First code point -> script, up to the next one. https://www.unicode.org/Public/UNIDATA/Blocks.txt
_BLOCKS: Final[Mapping[int, str]] = {
    0x0000: "", 0x0041: "latin", 0x005B: "", 0x0061: "latin", 0x007B: "", 0x00C0: "latin", 0x0250: "", 0x0370:
    "greek", 0x0400: "cyrillic", 0x0530: "armenian", 0x0590: "hebrew", 0x0600: "arabic", 0x0700: "", 0x0750:
    "arabic", 0x0780: "", 0x0900: "devanagari", 0x0980: "bengali", 0x0A00: "gurmukhi", 0x0A80: "gujarati",
    0x0B00: "", 0x0B80: "tamil", 0x0C00: "telugu", 0x0C80: "kannada", 0x0D00: "malayalam", 0x0D80: "", 0x0E00:
    "thai", 0x0E80: "", 0x10A0: "georgian", 0x1100: "hangul", 0x1200: "", 0x1C90: "georgian", 0x1CC0: "",
    0x1E00: "latin", 0x1F00: "greek", 0x2000: "", 0x3040: "kana", 0x3100: "", 0x3130: "hangul", 0x3190: "",
    0x31F0: "kana", 0x3200: "", 0x3400: "han", 0x4DC0: "", 0x4E00: "han", 0xA000: "", 0xAC00: "hangul", 0xD7B0:
    "", 0xF900: "han", 0xFB00: "", 0xFB50: "arabic", 0xFE00: "", 0x20000: "han", 0x30000: "",
}  # fmt: skip
#: Letters of those scripts that another language adds: Assamese, Yiddish.
_ADDED: Final = re.compile("[ৰৱװױײ]")
_FIRSTS: Final = tuple(_BLOCKS)
_SCRIPTS: Final = tuple(_BLOCKS.values())
_SIGNS: Final = frozenset(("han", "kana", "hangul"))
#: Japanese is written in both; so much kana is in every sentence of it.
_KANA_SHARE: Final = 0.1

#: What stands between words, or ties two of them together.
_BETWEEN: Final = ("'", "’", ",", ".", "?", "!", ":", "(", ")", '"', "-", "¿", "¡", "؟", "،", "।", "\u200c")

#: What a word, an ending and a letter tell of the one language that has it; of several, each gets its part.
_WORD_WORTH: Final = 60
_ENDING_WORTH: Final = 21
_LETTER_WORTH: Final = 36
_ENDING_LETTERS: Final = 3
#: A language is told when it has so much, for each word as well, and so much more than any other: at least, and as a
#: share or, where most words are shared, as much as one and a half of its own.
_LEAST: Final = 60
_LEAST_EACH: Final = 5
_LEAD_LEAST: Final = 27
_LEAD_SHARE: Final = 0.2
_LEAD_CERTAIN: Final = 90
#: Most texts are told by their beginning already.
_BEGINNING: Final = 250

#: Of words, endings and letters that several languages share, the scores of all of them are one number with 16 bits
#: for each: adding such numbers adds for all at once. 1,000 characters are 500 words at most, so that nothing spills.
_BITS: Final = 16
_ORDER: Final = tuple(dict.fromkeys((*WORDS, *sorted(NEIGHBOURS))))
_Scores = Mapping[str, int]

#: What can be told, ISO 639-1.
LANGUAGES: Final = frozenset((*WORDS, *_ALONE.values(), "ja", "zh")) - NEIGHBOURS


def detect_language(text: str) -> str | None:
    """The language of a text, ISO 639-1; None: not known.

    >>> detect_language("Wie kann ich meine Rechnung herunterladen?")
    'de'
    >>> detect_language("Как мне скачать счёт за прошлый месяц?")
    'ru'
    >>> detect_language("請求書をダウンロードする方法を教えてください。")
    'ja'
    >>> detect_language("Hallo"), detect_language("8 4 1 5 9 2 6 5 3 5 8 9 7 9 3 2 3 8 4")
    (None, None)
    """
    if len(text) < CHARACTERS_MIN:
        return None
    if len(text) <= _BEGINNING:
        return _detect(text)
    return _detect(_cut(text, _BEGINNING)) or _detect(_cut(text, CHARACTERS_MAX))


def _cut(text: str, characters: int) -> str:
    """The beginning of a text, without the word that is cut."""
    piece = text[:characters]
    return piece if len(text) <= characters else piece[: piece.rfind(" ")] if " " in piece else piece


def _detect(piece: str) -> str | None:
    script = "latin" if piece.isascii() else _script_of(piece[:: -(-len(piece) // _SAMPLE)])
    if script in _ALONE or script in ("ja", "zh"):
        return None if _ADDED.search(piece) else _ALONE.get(script, script)
    return _by_words(piece.lower()) if script else None


def _script_of(sample: str) -> str:
    """The script of most of a text, or the language that its signs are of; empty: mixed, or no letters."""
    scripts = Counter[str]()
    for sign, times in Counter(sample).items():
        script = _SCRIPTS[bisect_right(_FIRSTS, ord(sign)) - 1]
        scripts[script] += times * (_SIGN_WORTH if script in _SIGNS else 1)
    del scripts[""]
    kana, han = scripts.pop("kana", 0), scripts.pop("han", 0)
    if kana or han:
        scripts["ja" if kana >= _KANA_SHARE * (kana + han) else "zh"] = kana + han
    (script, most), *_ = scripts.most_common(1) or [("", 0)]
    return script if most >= _SCRIPT_SHARE * scripts.total() else ""


def _by_words(text: str) -> str | None:
    words, endings, letters = _tables()
    apart = text
    for mark in _BETWEEN:
        apart = apart.replace(mark, " ")
    score = 0
    found = apart.split()
    for word in found:
        worth = words.get(word)
        if worth is None and len(word) > _ENDING_LETTERS:
            worth = endings.get(word[-_ENDING_LETTERS:])
        if worth is not None:
            score += worth
    if not text.isascii():
        score += sum(letters[letter] for letter in set(text) & letters.keys())
    return _leader(score, max(_LEAST, _LEAST_EACH * len(found))) if score else None


def _leader(score: int, least: int) -> str | None:
    each = unpack(f"<{len(_ORDER)}H", score.to_bytes(2 * len(_ORDER), "little"))
    first, second = nlargest(2, each)
    leader = _ORDER[each.index(first)]
    is_clear = first - second >= max(_LEAD_LEAST, min(_LEAD_SHARE * first, _LEAD_CERTAIN))
    return leader if is_clear and first >= least and leader not in NEIGHBOURS else None


@lru_cache(1)
def _tables() -> tuple[_Scores, _Scores, _Scores]:
    """What words, endings and letters tell."""
    by_letter = {letter: languages.split() for letter, languages in LETTERS.items()}
    return (
        _scores(_languages_by(WORDS), _WORD_WORTH),
        _scores(_languages_by(ENDINGS), _ENDING_WORTH),
        _scores(by_letter, _LETTER_WORTH),
    )


def _languages_by(listed: Mapping[str, str]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for language, names in listed.items():
        for name in set(names.split()):
            made.setdefault(name, []).append(language)
    return made


def _scores(by_name: Mapping[str, list[str]], worth: int) -> _Scores:
    place = {language: _BITS * index for index, language in enumerate(_ORDER)}
    return {
        name: sum(round(worth / len(languages)) << place[language] for language in languages)
        for name, languages in by_name.items()
    }
