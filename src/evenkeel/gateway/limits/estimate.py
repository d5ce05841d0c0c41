"""How many tokens an answer will have, at most: what a reservation holds before there is an answer.

Learned per service, version and model as an upper quantile, out of a histogram whose buckets lie 2.19 % apart
(`kernel.sketch`). Old answers count less and less: at a full history all counts are halved.
"""

from __future__ import annotations

from typing import Final

from evenkeel.kernel.sketch import bucket_bounds, bucket_of

#: One answer in a hundred is longer. It takes more when it gets there, or is cut where no more is left.
_QUANTILE: Final = 0.99
#: Fewer answers say nothing of their longest hundredth; 1 - 0.99**100 is a chance of 63 % to have seen one.
_LEARNED_FROM: Final = 100
_HISTORY_MAX: Final = 4_000
#: Looked up again after so many answers.
_FRESH_FOR: Final = 32
#: For who says nothing and of whom nothing is known: more than most answers have.
_DEFAULT_TOKENS: Final = 4_096
_TOKENS_MAX: Final = 10_000_000
#: (service, version, model) that are remembered; models are named by callers, who may name anything.
_KINDS_MAX: Final = 1_024
_Kind = tuple[str, str, str]


class OutputEstimator:
    """The learned lengths of answers.

    >>> estimator = OutputEstimator()
    >>> estimator.estimate("bot", "v1", "m", output_max=800), estimator.estimate("bot", "v1", "m")
    (800, 4096)
    >>> for tokens in range(200):
    ...     estimator.learn("bot", "v1", "m", tokens)
    >>> 190 < estimator.estimate("bot", "v1", "m") <= 206
    True
    """

    def __init__(self) -> None:
        self._kinds: dict[_Kind, _Lengths] = {}

    def estimate(self, service: str, version: str, model: str, output_max: int | None = None) -> int:
        """Tokens that an answer will hardly have more of; never more than the caller's own `output_max`."""
        known = self._kinds.get((service, version, model))
        tokens = known.tokens if known is not None else None
        if tokens is None:
            return output_max if output_max is not None else _DEFAULT_TOKENS
        return tokens if output_max is None or tokens < output_max else output_max

    def learn(self, service: str, version: str, model: str, tokens: int, *, is_cut: bool = False) -> None:
        """Count the answer of `tokens` tokens. `is_cut`: our own limit ended it, it would have been longer."""
        kind = (service, version, model)
        known = self._kinds.get(kind)
        if known is None:
            if len(self._kinds) >= _KINDS_MAX:
                del self._kinds[next(iter(self._kinds))]
            known = self._kinds[kind] = _Lengths()
        # How much longer nobody knows. Without doubling, cutting would teach us to cut.
        known.add(min(_TOKENS_MAX, max(1, tokens * 2 if is_cut else tokens)))


class _Lengths:
    __slots__ = ("_counts", "_fresh_for", "_n", "tokens")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._n = 0
        self._fresh_for = _LEARNED_FROM
        self.tokens: int | None = None  # the quantile; None while too little is known

    def add(self, tokens: int) -> None:
        bucket = bucket_of(tokens)
        self._counts[bucket] = self._counts.get(bucket, 0) + 1
        self._n += 1
        self._fresh_for -= 1
        if self._fresh_for <= 0:
            self._fresh_for = _FRESH_FOR
            self._look_up()

    def _look_up(self) -> None:
        if self._n >= _HISTORY_MAX:
            self._counts = {bucket: count // 2 for bucket, count in self._counts.items() if count > 1}
            self._n = sum(self._counts.values())
        left = int(self._n * (1 - _QUANTILE))
        for bucket in sorted(self._counts, reverse=True):
            left -= self._counts[bucket]
            if left < 0:
                self.tokens = int(bucket_bounds(bucket)[1]) + 1
                return
