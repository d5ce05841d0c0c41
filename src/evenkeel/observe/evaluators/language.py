"""Which language a text is in, and how much of it: what `kernel.language` tells, piece by piece.

One piece says little of how sure that is; several do. A text that is half in another language is told by most of its
pieces, and the share says that it is not all.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from evenkeel.kernel.facts import fact
from evenkeel.kernel.language.detect import CHARACTERS_MIN, detect_language

#: So many characters are told at once: enough for nine of ten texts (docs/reference/languages.md).
PIECE_CHARACTERS: Final = 250
#: So many pieces of a longer text, evenly.
PIECES_MAX: Final = 5


@fact
class Told:
    """A language, ISO 639-1, or None where it is not known, and which share of the pieces looked at is in it."""

    language: str | None
    share_ratio: float = 0.0
    pieces: int = 0


def tell_language(text: str) -> Told:
    """The language of most of a text; None where it is short, of no known language, or where no language has a lead.

    A piece that is not told counts for none. Measured: tests/unit/observe/evaluators/test_language.py.

    >>> tell_language("The invoice shows a wrong address, please correct it.")
    Told(language='en', share_ratio=1.0, pieces=1)
    >>> tell_language("OK"), tell_language("")
    (Told(language=None, share_ratio=0.0, pieces=0), Told(language=None, share_ratio=0.0, pieces=0))
    """
    pieces = _pieces(text)
    if not pieces:
        return Told(None)
    languages = Counter(filter(None, map(detect_language, pieces))).most_common(2)
    if not languages or (len(languages) > 1 and languages[0][1] == languages[1][1]):
        return Told(None, 0.0, len(pieces))
    language, times = languages[0]
    return Told(language, times / len(pieces), len(pieces))


def _pieces(text: str) -> list[str]:
    """Pieces of a text, evenly over it, cut where words end as far as that is near."""
    if len(text) <= PIECE_CHARACTERS:
        return [text] if len(text) >= CHARACTERS_MIN else []
    count = min(PIECES_MAX, -(-len(text) // PIECE_CHARACTERS))
    starts = (number * (len(text) - PIECE_CHARACTERS) // (count - 1) for number in range(count))
    return [_whole_words(text[start : start + PIECE_CHARACTERS], is_first=not start) for start in starts]


def _whole_words(piece: str, *, is_first: bool) -> str:
    """Without the words that were cut; a piece without spaces stays as it is."""
    words = piece.split(" ")
    return " ".join(words[0 if is_first else 1 : -1]) if len(words) > 2 else piece
