"""What is written so that people or filters do not see it, read plainly: look-alike and invisible letters, spaced,
joined, misspelt, coded and reversed words.

One pass says which disguises can be there at all; most texts have none and stay as they are. Positions in what was
read lead back to the text as it came.
"""

from __future__ import annotations

import codecs
import unicodedata
from base64 import b64decode
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from string import ascii_lowercase
from typing import Final
from urllib.parse import unquote

from evenkeel.gateway.guard.expressions import Automaton, Pattern, automaton, compiled, encoded, find_spans, is_in

Replacement = tuple[int, int, str]  # from, to, what is read instead

#: Words that attempts cannot do without: looked for misspelt, reversed and in ROT13.
_TELLING: Final = (
    "ignore",
    "disregard",
    "forget",
    "override",
    "bypass",
    "previous",
    "instruction",
    "instructions",
    "guidelines",
    "restrictions",
    "unrestricted",
    "directives",
    "system",
    "prompt",
    "reveal",
    "rules",
    "above",
)
_INVISIBLE: Final = r"\x{ad}\x{34f}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{feff}"
_MARKS: Final = r"\x{300}-\x{36f}\x{20d0}-\x{20f0}"
_STYLED: Final = (
    r"\x{ff21}-\x{ff5a}\x{1d400}-\x{1d7ff}\x{24b6}-\x{24e9}\x{249c}-\x{24b5}\x{1f110}-\x{1f189}\x{1f1e6}-\x{1f1ff}"
    r"\x{1d00}-\x{1d2b}\x{2070}-\x{209c}\x{2c7c}\x{a730}\x{a731}\x{1d2c}-\x{1d6a}"
)
#: Letters of other scripts, and small capitals, that look like Latin ones.
_LOOK_ALIKE: Final = str.maketrans(
    "аАвВсСеЕНіІјЈкКмМоОрРѕЅтТуУхХһԁԛԝңпгαΑβΒεΕηΗιΙκΚνΝοΟρΡτΤυΥχΧΖωɑɡɩʟɴʀɪɢʏʜʙᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜰꜱıøłđħ",
    "aAbBcCeEHiIjJkKmMoOpPsStTyYxXhdqwnnraAbBeEnHiIkKvNoOpPtTuYxXZwagilnrigyhbacdejkmoptuvwzfsioldh",
)
_LEET: Final = str.maketrans("01345789@$!|+€", "oieastbgasilte")
_LEET_L: Final = str.maketrans("01345789@$!|+€", "oleastbgasllte")
_MORSE_CODES: Final = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
)
_MORSE: Final[dict[str, str]] = dict(zip(_MORSE_CODES.split(" "), ascii_lowercase, strict=True))
#: For the states of all shapes together, and of one.
_AUTOMATON_BYTES: Final = 8 << 20
_PATTERN_BYTES: Final = 2 << 20
_VOWELS: Final = {"a": "[aàáâãäåāăą]", "e": "[eèéêëēęě]", "i": "[iìíîïīı]", "o": "[oòóôõöøō]", "u": "[uùúûüū]"}

_LOOSE: Final = {
    "a": "[aàáâãäåāăą4@]",
    "e": "[eèéêëēęě3]",
    "g": "[g9]",
    "i": "[iìíîïīı1!|]",
    "l": "[l1|]",
    "o": "[oòóôõöøō0]",
    "s": "[s5$]",
    "t": "[t7+]",
    "u": "[uùúûüū]",
    "b": "[b8]",
}


@dataclass(frozen=True, slots=True)
class Disguise:
    """One way to hide words."""

    pattern: Pattern
    read: Callable[[str], str | None]  # what a piece means; None when it is no disguise
    needs_telling: bool  # whether harmless texts are full of such pieces


@dataclass(frozen=True, slots=True)
class Plain:
    """A text as it is meant, and the layers that lead back to how it came, the last first."""

    text: str
    layers: tuple[Layer, ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text as it came something stands."""
        for layer in self.layers:
            start, end = layer.origin(start, end)
        return start, end


@dataclass(frozen=True, slots=True)
class Layer:
    """One rewriting: of each piece that was replaced, where it is now and where it was."""

    now: tuple[tuple[int, int], ...]
    was: tuple[tuple[int, int], ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Before this rewriting; within a piece, all of it."""
        return self._before(start, 0), self._before(end, 1)

    def _before(self, at: int, side: int) -> int:
        row = bisect_right(self.now, (at - side, 1 << 60)) - 1
        if row < 0:
            return at
        (_, now_end), was = self.now[row], self.was[row]
        return was[side] if at - side < now_end else was[1] + at - now_end


def undisguised(text: str) -> Plain | None:
    """The text read plainly; None when nothing in it is disguised.

    >>> undisguised("1gn0re the ru1es").text
    'ignore the rules'
    >>> undisguised("Ignore the rules") is None
    True
    """
    rows, disguises = _disguises()
    layers: list[Layer] = []
    for row in sorted(rows.rows_in(encoded(text))):
        made = _rewritten(text, _replacements(text, disguises[row]))
        if made is not None:
            text, layer = made
            layers.append(layer)
    return Plain(text, tuple(reversed(layers))) if layers else None


def _replacements(text: str, disguise: Disguise) -> list[Replacement]:
    found: list[Replacement] = []
    is_telling = not disguise.needs_telling
    for start, end in char_spans(disguise.pattern, text):
        piece = text[start:end]
        meant = disguise.read(piece)
        if meant is not None and meant != piece:
            found.append((start, end, meant))
            is_telling = is_telling or is_in(_any_telling(), encoded(meant.lower()))
    return found if is_telling else []


def char_spans(pattern: Pattern, text: str) -> Iterator[tuple[int, int]]:
    """Where matches are, in characters."""
    data = encoded(text)
    at = chars = 0
    for (start, end), *_ in find_spans(pattern, data):
        first = chars + len(data[at:start].decode(errors="ignore"))
        at, chars = end, first + len(data[start:end].decode(errors="ignore"))
        yield first, chars


def _rewritten(text: str, replacements: Iterable[Replacement]) -> tuple[str, Layer] | None:
    pieces: list[str] = []
    now: list[tuple[int, int]] = []
    was: list[tuple[int, int]] = []
    at = length = 0
    for start, end, meant in replacements:
        pieces += (text[at:start], meant)
        length += start - at
        now.append((length, length + len(meant)))
        was.append((start, end))
        length += len(meant)
        at = end
    if not now:
        return None
    return "".join((*pieces, text[at:])), Layer(tuple(now), tuple(was))


# Readers: what a piece means, or None when it is no disguise.


def _from_percent(piece: str) -> str | None:
    return unquote(piece, errors="ignore")


def _from_escapes(piece: str) -> str | None:
    return "".join(chr(int(code, 16)) for code in piece.replace("\\u", "\\x").split("\\x")[1:])


def _from_hex(piece: str) -> str | None:
    digits = "".join(each for each in piece.lower().replace("0x", "") if each in "0123456789abcdef")
    return _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _from_base64(piece: str) -> str | None:
    body = piece.rstrip("=").translate(str.maketrans("-_", "+/"))
    body = body[: len(body) - (len(body) % 4 == 1)]
    return _readable(b64decode(body + "=" * (-len(body) % 4)))


def _from_numbers(piece: str) -> str | None:
    base = 2 if set(piece) <= set("01 \n") else 10
    words = piece.replace(",", " ").split()
    if base == 2:
        digits = "".join(words)
        words = [digits[at : at + 8] for at in range(0, len(digits) // 8 * 8, 8)]
    return _readable(bytes(int(word, base) for word in words))


def _readable(data: bytes) -> str | None:
    """Decoded bytes if they are a text: nine tenths of it letters, blanks and marks of ASCII."""
    kept = sum(each in b"\n ,.:;!?'-" or 65 <= each <= 90 or 97 <= each <= 122 for each in data)
    return f" {data.decode(errors='replace')} " if data and kept >= 0.9 * len(data) else None


def _from_morse(piece: str) -> str | None:
    words = piece.replace("/", " / ").split()
    return "".join(" " if word == "/" else _MORSE.get(word, "") for word in words) + " "


def _letters(piece: str) -> str | None:
    """A word of styled, accented, struck-through or look-alike letters in plain ones."""
    has_latin = any(each.isascii() and each.isalpha() for each in piece)
    plain: list[str] = []
    for each in piece:
        if each.isascii():
            plain.append(each)
            continue
        point = ord(each)
        if 0x1F1E6 <= point <= 0x1F1FF:
            plain.append(chr(point - 0x1F1E6 + 97))
        elif 0x1F150 <= point <= 0x1F189:
            plain.append(chr((point - 0x1F150) % 32 + 97))
        else:
            apart = unicodedata.normalize("NFKD", each)
            apart = "".join(part for part in apart if unicodedata.category(part) not in ("Mn", "Me", "Cf"))
            plain.append(apart if apart.isascii() or not has_latin else apart.translate(_LOOK_ALIKE))
    read = "".join(plain)
    return read if read.isascii() else read.translate(_LOOK_ALIKE) if has_latin else None


def _spaced(piece: str) -> str | None:
    """Letters with something between each: what separates words is longer or another thing."""
    between = piece[1]
    joined: list[str] = []
    gap = ""
    for each in piece:
        if each.isalpha():
            joined.append(" " * (gap not in ("", between)) + each)
            gap = ""
        else:
            gap += each
    return "".join(joined)


def _camel(piece: str) -> str | None:
    return "".join(f" {each}" if each.isupper() else each for each in piece)


def _broken(piece: str) -> str | None:
    """A word with marks in it, if it is one without them."""
    joined = "".join(each for each in piece if each.isalpha())
    return joined if joined.lower() in _TELLING else None


def _leet(piece: str) -> str | None:
    if not any(each.isalpha() for each in piece) or piece.isalpha():
        return None
    with_l = piece.lower().translate(_LEET_L)
    if any(each.startswith(with_l) or with_l.startswith(each) for each in (*_TELLING, "all", "reveal")):
        return with_l
    return piece.lower().translate(_LEET)


def _misspelt(piece: str) -> str | None:
    """The telling word of the same letters in another order, or with one too few or too many."""
    word = piece.lower()
    if word in _TELLING:
        return None
    letters = sorted(word)
    for telling in _TELLING:
        if word[0] != telling[0] or abs(len(word) - len(telling)) > 1:
            continue
        if letters == sorted(telling) or _is_one_off(word, telling):
            return telling
    return None


def _is_one_off(word: str, telling: str) -> bool:
    longer, shorter = (word, telling) if len(word) > len(telling) else (telling, word)
    if len(longer) == len(shorter):
        return sum(one != other for one, other in zip(longer, shorter, strict=True)) == 1
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


def _rot13(piece: str) -> str | None:
    return f"{piece} {codecs.encode(piece, 'rot13')}"


def _reversed(piece: str) -> str | None:
    return f"{piece} {piece[::-1]}"


def _scrambled(word: str) -> str:
    """Words of the same first and last letter, of the letters between and about as long."""
    inner, length = "".join(sorted(set(word[1:-1]))), len(word) - 2
    return rf"{word[0]}[{inner}]{{{length - 1},{length + 1}}}{word[-1]}"


def _accented(word: str) -> str:
    return "".join(_VOWELS.get(letter, letter) for letter in word)


@cache
def _any_telling() -> Pattern:
    return compiled("|".join(_TELLING))


def _loose(word: str) -> str:
    """A word in letters with accents and in digits, with marks between them."""
    return r"[*|~^+'`.\x{b7}-]{0,3}".join(_LOOSE.get(letter, letter) for letter in word)


@cache
def _disguises() -> tuple[Automaton, tuple[Disguise, ...]]:
    """(which can be there, each of them), in the order they are taken off in."""
    long_enough = [word for word in _TELLING if len(word) > 5]
    rot13 = "|".join(codecs.encode(word, "rot13") for word in _TELLING)
    backwards = "|".join(word[::-1] for word in _TELLING)
    loose = f"(?i:{'|'.join(map(_loose, _TELLING))})"
    telling = f"(?i:{'|'.join(_TELLING)})"
    mixed = r"[\x{370}-\x{52f}\x{250}-\x{2af}]"
    word = rf"[A-Za-z\x{{c0}}-\x{{52f}}{_MARKS}{_INVISIBLE}{_STYLED}]"
    styled = rf"[{_STYLED}]"
    hidden = rf"[A-Za-z][{_INVISIBLE}{_MARKS}]|[A-Za-z]{mixed}|{mixed}[A-Za-z]"
    accented = rf"(?i:\b(?:{'|'.join(map(_accented, long_enough))})\b)"
    letters = rf"{styled}(?:[\s{_MARKS}]?{styled})+|{word}*(?:{hidden}){word}*|{accented}"
    digit = "[01345789@$!|+]"
    leet = rf"[A-Za-z]*{digit}[A-Za-z][A-Za-z01345789@$!|+]*|[A-Za-z]+{digit}[A-Za-z01345789@$!|+]*"
    broken = r"\*{0,2}[A-Za-z]{1,12}(?:(?:\*{1,3}|[-|~^+'`.\x{b7}])[A-Za-z]{1,12})+\*{0,2}"
    number = r"(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])"
    numbers = rf"\b(?:[01]{{8}}\s?){{4,}}[01]{{8}}\b|\b(?:{number}[\s,]{{1,2}}){{8,}}\d{{2,3}}\b"
    rows: tuple[tuple[str, str, Callable[[str], str | None], bool], ...] = (
        ("", r"(?i:[a-z]*(?:%[0-9a-f]{2}[a-z.,!?]*){2,})", _from_percent, False),
        ("", r"&#[xX]?[0-9a-fA-F]{2,6};", unescape, False),
        ("", r"(?:\\x[0-9a-fA-F]{2}){3,}|(?:\\u[0-9a-fA-F]{4}){3,}", _from_escapes, False),
        ("", r"(?i:\b(?:(?:0x)?[0-9a-f]{2}[\s,:]?){9,}[0-9a-f]{2}\b)", _from_hex, False),
        ("", numbers, _from_numbers, False),
        ("", r"\b[A-Za-z0-9+/_-]{20,}={0,2}", _from_base64, False),
        ("", r"(?:[.-]{1,5}[ /]{1,3}){5,}[.-]{1,5}", _from_morse, False),
        (rf"{styled}\s?{styled}|{hidden}|{accented}", letters, _letters, False),
        ("", r"\b[A-Za-z](?:[ ._*|~/-]{1,4}[A-Za-z]\b){4,}", _spaced, False),
        (telling, r"\b(?:[A-Z][a-z]+|[a-z]+)(?:[A-Z][a-z]*){2,}\b", _camel, True),
        (loose, broken, _broken, True),
        (loose, leet, _leet, True),
        ("", rf"(?i:\b(?:{'|'.join(map(_scrambled, long_enough))})\b)", _misspelt, False),
        (rf"(?i:\b(?:{rot13})\b)", rf"(?i:[^\n]*\b(?:{rot13})\b[^\n]*)", _rot13, False),
        (rf"(?i:\b(?:{backwards})\b)", rf"(?i:[^\n]*\b(?:{backwards})\b[^\n]*)", _reversed, False),
    )
    gates = automaton((gate or source for gate, source, _, _ in rows), memory_bytes=_AUTOMATON_BYTES)
    return gates, tuple(
        Disguise(compiled(source, memory_bytes=_PATTERN_BYTES), read, needs_telling)
        for _, source, read, needs_telling in rows
    )
