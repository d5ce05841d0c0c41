"""The answerer's mind: it quotes the sentences of its prompt that fit the question best. Small and deterministic."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.demo.search import words_of

UNKNOWN_ANSWER: Final = "I do not know: nothing I was given says so."
_SENTENCES_MAX: Final = 3
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_ENDS: Final = (".", "!", "?", '"')  # what ends otherwise is a heading, and a heading is no answer
_TOKEN: Final = re.compile(r"\w{1,6}|[^\w\s]")
#: Prompts are cached in blocks of this many tokens, as providers do.
_BLOCK: Final = 128


def count_tokens(text: str) -> int:
    """How many tokens a text has: word pieces of up to six letters, and marks.

    >>> count_tokens("Missing data is unknown.")
    7
    """
    return len(_TOKEN.findall(text))


def compose_answer(messages: Sequence[Mapping[str, Any]]) -> str:
    """The sentences of all earlier messages that share most words with the last one of the user.

    >>> compose_answer([{"role": "system", "content": "Dogs bark. Cats purr."}, {"role": "user", "content": "cats?"}])
    'Cats purr.'
    """
    turns = [str(message.get("content") or "") for message in messages]
    asked = max((n for n, message in enumerate(messages) if message.get("role") == "user"), default=-1)
    wanted = set(words_of(turns[asked])) if asked >= 0 else set[str]()
    scored: list[tuple[float, int, str]] = []
    for sentence in dict.fromkeys(_SENTENCE.split("\n".join(turns[:asked] if asked > 0 else []))):
        words = words_of(sentence)
        shared = len(wanted.intersection(words))
        if shared and sentence.rstrip().endswith(_ENDS):
            scored.append((shared / (4 + len(words)) ** 0.5, -len(scored), sentence.strip()))
    best = sorted(scored, reverse=True)[:_SENTENCES_MAX]
    return " ".join(sentence for _, _, sentence in sorted(best, key=lambda item: -item[1])) or UNKNOWN_ANSWER


def split_chunks(text: str) -> list[str]:
    """The text in pieces of one word each, as a stream sends it.

    >>> split_chunks("It is so.")
    ['It ', 'is ', 'so.']
    """
    return re.findall(r"\S+\s*", text)


def draw(*parts: str) -> float:
    """A number in [0, 1) that the parts decide: the same request always fares the same.

    >>> draw("a") == draw("a")
    True
    """
    return int.from_bytes(hashlib.blake2b("\x1f".join(parts).encode(), digest_size=6).digest()) / 2**48


class PromptCache:
    """Remembers beginnings of prompts, whose tokens are cheaper and faster the next time."""

    def __init__(self, blocks_max: int = 4096) -> None:
        self._blocks: OrderedDict[bytes, None] = OrderedDict()
        self._blocks_max = blocks_max

    def tokens_cached(self, prompt: str) -> int:
        """How many tokens at the beginning of `prompt` were seen before; remembers it for the next time."""
        tokens = _TOKEN.findall(prompt)
        cached, known = 0, True
        digest = hashlib.blake2b(digest_size=16)
        for end in range(_BLOCK, len(tokens) + 1, _BLOCK):
            digest.update(" ".join(tokens[end - _BLOCK : end]).encode())
            block = digest.digest()
            known = known and block in self._blocks
            cached = end if known else cached
            self._blocks[block] = None
            self._blocks.move_to_end(block)
        while len(self._blocks) > self._blocks_max:
            self._blocks.popitem(last=False)
        return cached


@dataclass(frozen=True, slots=True)
class Pace:
    """How long an answer takes, seconds."""

    first_token_s: float
    per_token_s: float


def pace_of(prompt: str, tokens_in: int, tokens_cached: int) -> Pace:
    """Reading takes time by token, cached ones hardly any; some answers take longer than others."""
    luck = draw("pace", prompt)
    slow = 0.7 + 0.8 * luck**3
    return Pace((0.12 + 0.0002 * (tokens_in - 0.9 * tokens_cached)) * slow, 0.006 * slow)
