"""Which share of the answers is evaluated, so that it costs no more CPU than allowed: a window in, a share out."""

from __future__ import annotations

from typing import Final

from xxhash import xxh3_64_intdigest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.facts import fact

#: From one window to the next the share at most doubles: one quiet window says little of the next.
_GROWTH_MAX: Final = 2.0
_HASH_RANGE: Final = 2**64
#: Of its own, so that no other choice by the same id (a version, a canary) goes along with this one.
_SEED: Final = 0x6576616C


@fact
class EvaluationBudget:
    """What evaluating may cost; `decide_share` keeps to it.

    Raises InvalidInputError for shares that are none.

    >>> EvaluationBudget(cpu_ratio=0.05)
    EvaluationBudget(cpu_ratio=0.05, share_min=0.01, share_max=1.0)
    """

    cpu_ratio: float  # CPU seconds per second of one process
    share_min: float = 0.01  # a figure has to rest on something; at this share the budget may be exceeded
    share_max: float = 1.0  # the share that people asked for

    def __post_init__(self) -> None:
        """Shares are shares, and the least is no more than the most."""
        if not 0.0 < self.cpu_ratio <= 1.0:
            raise InvalidInputError(
                f"A CPU budget of {self.cpu_ratio} is none.", hint="Give more than 0, at most 1.", value=self.cpu_ratio
            )
        if not 0.0 < self.share_min <= self.share_max <= 1.0:
            raise InvalidInputError(
                f"Shares from {self.share_min} to {self.share_max} are none.",
                hint="Give 0 < share_min ≤ share_max ≤ 1.",
                share_min=self.share_min,
                share_max=self.share_max,
            )


@fact
class EvaluationSpent:
    """What the last window took: CPU seconds of evaluating, at this share, in so many seconds."""

    cpu_s: float
    window_s: float
    share: float


def decide_share(spent: EvaluationSpent, budget: EvaluationBudget) -> float:
    """The share to evaluate in the next window, if it is like the last one.

    What all answers would have cost is what was spent, divided by the share. Never more than twice the last share; a
    window of no length changes nothing. Shares outside the budget's bounds are brought within first.

    >>> budget = EvaluationBudget(cpu_ratio=0.05)
    >>> decide_share(EvaluationSpent(cpu_s=6.0, window_s=60.0, share=1.0), budget)
    0.5
    >>> decide_share(EvaluationSpent(cpu_s=0.0, window_s=60.0, share=0.1), budget)
    0.2
    """
    last = min(max(spent.share, budget.share_min), budget.share_max)
    if not spent.window_s > 0.0:
        return last
    allowed_s = budget.cpu_ratio * spent.window_s
    wanted = last * allowed_s / spent.cpu_s if spent.cpu_s > 0.0 else budget.share_max
    return min(max(min(wanted, _GROWTH_MAX * last), budget.share_min), budget.share_max)


def is_exhausted(spent_s: float, window_s: float, budget: EvaluationBudget) -> bool:
    """Whether a window has had all its CPU already: a flood is not waited out until the next decision.

    What is left out then is said (`skipped`): the answers that were evaluated are those that came first.

    >>> is_exhausted(spent_s=3.1, window_s=60.0, budget=EvaluationBudget(cpu_ratio=0.05))
    True
    """
    return spent_s >= budget.cpu_ratio * window_s


def is_chosen(request_id: bytes, share: float) -> bool:
    """Whether this request is one of the share: by its id, so that each attempt and machine decides alike.

    A request that is chosen at some share is chosen at every larger one.

    >>> sum(is_chosen(b"%d" % number, 0.25) for number in range(10_000))
    2476
    """
    return xxh3_64_intdigest(request_id, _SEED) < share * _HASH_RANGE
