"""Tokens from bytes, where a provider does not say: never more than bytes, and soon less, as models are learned.

A tokenizer that falls back to bytes (all of today's providers) makes at most one token of a byte. What a model really
makes of them is learned from answers whose usage the provider did say.
"""

from __future__ import annotations

import math
from typing import Final, Literal

from evenkeel.gateway.metering.model import UsageSource

Side = Literal["input", "output"]

#: Tokens beside those of the text. Input: what a provider puts in front of tools (Anthropic: up to 735 tokens,
#: https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview#pricing). Output: marks around what is said,
#: and what was written already when a stream was cut.
OVERHEAD_TOKENS: Final[dict[Side, int]] = {"input": 800, "output": 64}
#: Added to the bytes before a rate is taken: of short texts most tokens are not of the text.
PAD_BYTES: Final = 64
#: Answers that are remembered of each model, and how many make a rate. The highest rate of 64 is exceeded by 1.5 %
#: of further ones (order statistics: 1/65); the margin is for most of these.
REMEMBERED: Final = 64
LEARNED_FROM: Final = 16
MARGIN_RATIO: Final = 1.25
MODELS_MAX: Final = 512
#: Tokens per byte of a model that nothing is known of: English is at 0.22 to 0.25, JSON and code at 0.3.
RATE_UNKNOWN: Final = 0.3
#: Short texts say little of long ones: what stands around them is most of their bytes, or of their tokens. So sizes
#: are learned apart, those within four times each other together, and what is longer than all that was seen is taken
#: for no less than this: scripts of three bytes a character are at 0.3 to 0.5.
RATE_BEYOND: Final = 0.5
#: Of texts shorter than this even four times the size is another kind of text.
_SHORT_BYTES: Final = 512


class _Rate:
    """Of one model and side."""

    __slots__ = ("at", "highest", "ratios", "texts")

    def __init__(self) -> None:
        self.texts: list[tuple[int, int]] = []  # (tokens, padded bytes), a ring
        self.ratios: list[float] = []
        self.at = 0
        self.highest = 0.0

    def add(self, tokens: int, padded: int) -> None:
        """Remember one text in place of the oldest."""
        ratio = tokens / padded
        if len(self.texts) < REMEMBERED:
            self.texts.append((tokens, padded))
            self.ratios.append(ratio)
            self.highest = max(self.highest, ratio)
            return
        at, ratios = self.at, self.ratios
        old_ratio = ratios[at]
        self.texts[at] = (tokens, padded)
        ratios[at] = ratio
        self.at = (at + 1) % REMEMBERED
        if ratio >= self.highest:
            self.highest = ratio
        elif old_ratio >= self.highest:
            self.highest = max(ratios)

    @property
    def mean(self) -> float:
        """Tokens per padded byte of all that is remembered."""
        return sum(tokens for tokens, _ in self.texts) / sum(padded for _, padded in self.texts)


class LearnedRates:
    """Tokens per byte of each model, of what it is sent and what it writes, by size. Holds the last 1,024 of these.

    >>> rates = LearnedRates()
    >>> rates.upper("gpt-x", 1_000, "output"), rates.count("gpt-x", 1_000, "output")
    (1064, 320)
    >>> for _ in range(20):
    ...     rates.update("gpt-x", 1_000, 250, "output")
    >>> rates.upper("gpt-x", 1_000, "output"), rates.count("gpt-x", 1_000, "output")
    (313, 250)
    """

    __slots__ = ("_hiding", "_rates")

    def __init__(self) -> None:
        self._rates: dict[tuple[str, Side, int], _Rate] = {}
        self._hiding: dict[str, None] = {}

    def update(self, model: str, size: int, tokens: int, side: Side) -> None:
        """A provider said that `size` bytes were `tokens` tokens."""
        padded = size + PAD_BYTES
        key = (model, side, _class_of(padded))
        rate = self._rates.pop(key, None) or _Rate()
        self._rates[key] = rate  # the latest is last, the first is the one to go
        rate.add(tokens, padded)
        if len(self._rates) > 2 * MODELS_MAX:
            del self._rates[next(iter(self._rates))]

    def is_learned(self, model: str, size: int, side: Side) -> bool:
        """Whether enough answers of the model were seen, of that size or shorter ones."""
        return self._find(model, size, side) is not None

    def source(self, model: str, size: int, side: Side) -> UsageSource:
        """How much `upper` is worth."""
        return UsageSource.COUNTED if self.is_learned(model, size, side) else UsageSource.UPPER_BOUND

    def upper(self, model: str, size: int, side: Side) -> int:
        """As many tokens as `size` bytes of text may be: see `REMEMBERED`; without a rate, one for each byte.

        More than one for each byte only of a model that thinks before it writes, and does not show it.
        """
        bound = size + OVERHEAD_TOKENS[side]
        found = self._find(model, size, side)
        if found is None:
            return bound
        rate, is_beyond = found
        learned = math.ceil(rate.highest * MARGIN_RATIO * (size + PAD_BYTES))
        if is_beyond or size < _SHORT_BYTES:
            learned = max(learned, math.ceil((RATE_BEYOND if is_beyond else RATE_UNKNOWN) * size))
        return learned if rate.highest > 1.0 else min(learned, bound)

    def count(self, model: str, size: int, side: Side) -> int:
        """As many tokens as `size` bytes of text are likely to be."""
        found = self._find(model, size, side)
        mean = RATE_UNKNOWN if found is None or found[1] else found[0].mean
        return math.ceil(mean * (size + PAD_BYTES))

    def _find(self, model: str, size: int, side: Side) -> tuple[_Rate, bool] | None:
        """What was learned of texts of that size, or else of the longest shorter ones, and whether it is the latter."""
        own = _class_of(size + PAD_BYTES)
        for each in range(own, _CLASS_LEAST - 1, -1):
            rate = self._rates.get((model, side, each))
            if rate is not None and len(rate.texts) >= LEARNED_FROM:
                return rate, each != own
        return None

    def hides(self, model: str) -> bool:
        """Whether the model was seen to think without showing it: bytes seen are no bound then."""
        return model in self._hiding

    def note_hiding(self, model: str) -> None:
        """The model thought more than it showed."""
        self._hiding[model] = None
        if len(self._hiding) > MODELS_MAX:
            del self._hiding[next(iter(self._hiding))]


def _class_of(padded: int) -> int:
    return padded.bit_length() // 2


_CLASS_LEAST: Final = _class_of(PAD_BYTES)
