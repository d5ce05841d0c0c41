"""The gate: may this change go ahead, by what is left of the error budgets? Pure.

A mode that holds only because the unknown may have been bad decides nothing by itself: where the two sides would
answer differently, the answer is not known, and the organisation's policy says what that means. The default is
`deny`: who does not see whether users are served should not change what serves them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evenkeel.judge.slo.budget import load_permits
from evenkeel.judge.slo.status import SloStatus
from evenkeel.judge.slo.wording import describe_left, describe_window
from evenkeel.kernel.time import isoformat
from evenkeel.store.telemetry.port import ServiceKey


class ChangeKind(StrEnum):
    """What is to go ahead."""

    ROLLOUT = "rollout"
    EXPERIMENT = "experiment"
    CRITICAL_FIX = "critical-fix"


class DecidedBy(StrEnum):
    """What an answer rests on."""

    BUDGET = "budget"
    UNKNOWN = "unknown"  # the policy for budgets that nobody knows
    OVERRIDE = "override"
    NOTHING = "nothing"  # no SLO governs


_PLURAL: Final = {
    ChangeKind.ROLLOUT: "rollouts",
    ChangeKind.EXPERIMENT: "experiments",
    ChangeKind.CRITICAL_FIX: "critical fixes",
}
#: A refusal outweighs what is not known, and that outweighs a permission.
_RANK: Final[dict[bool | None, int]] = {False: 0, None: 1, True: 2}


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody answers for going ahead although the budget says no."""

    id: str
    key: ServiceKey
    reason: str
    granted_by: str
    granted_at_us: int
    expires_at_us: int
    revoked_at_us: int | None = None

    def is_active(self, now_us: int) -> bool:
        """Whether it counts now."""
        return self.revoked_at_us is None and now_us < self.expires_at_us


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer with its reason. `governing` is the SLO that decides: the one with the least left."""

    key: ServiceKey
    kind: ChangeKind
    allowed: bool
    by: DecidedBy
    reason: str
    governing: SloStatus | None = None
    override: Override | None = None


def decide_gate(
    key: ServiceKey,
    kind: ChangeKind,
    statuses: Sequence[SloStatus],
    *,
    allow_unknown: bool = False,
    override: Override | None = None,
) -> Decision:
    """Whether a change of this kind may go ahead."""
    found = _by_budget(key, kind, statuses, allow_unknown=allow_unknown)
    if found.allowed or override is None:
        return found
    reason = (
        f"Allowed by the override {override.id} of {override.granted_by} until {isoformat(override.expires_at_us)}:"
        f" {override.reason}. Without it: {found.reason}"
    )
    return Decision(key, kind, True, DecidedBy.OVERRIDE, reason, found.governing, override)


def _by_budget(key: ServiceKey, kind: ChangeKind, statuses: Sequence[SloStatus], *, allow_unknown: bool) -> Decision:
    governing = [status for status in statuses if status.slo.governs]
    if not governing:
        return Decision(key, kind, True, DecidedBy.NOTHING, f"Allowed: no SLO governs {key}.")
    ranked = sorted(governing, key=lambda status: (_RANK[_allows(status, kind)], _left(status)))
    worst = ranked[0]
    answer = _allows(worst, kind)
    if answer is None:
        word = "Allowed" if allow_unknown else "Denied"
        policy = f"gate.when_unknown is {'allow' if allow_unknown else 'deny'}"
        reason = f"{word}: {_unknown(worst, kind)} ({policy})."
        return Decision(key, kind, allow_unknown, DecidedBy.UNKNOWN, reason, worst)
    verb = "may go ahead" if answer else "wait"
    reason = f"{'Allowed' if answer else 'Denied'}: {_says(worst)}; {_PLURAL[kind]} {verb}."
    return Decision(key, kind, answer, DecidedBy.BUDGET, reason, worst)


def _allows(status: SloStatus, kind: ChangeKind) -> bool | None:
    """None where nothing is known, or what is unknown would change the answer."""
    permits = load_permits()
    modes = tuple(permits) if status.budget is None else status.budget.modes
    answers = {permits[mode].allows.get(kind.value, False) for mode in modes}
    return answers.pop() if len(answers) == 1 else None


def _left(status: SloStatus) -> float:
    return -1e18 if status.budget is None else status.budget.remaining_ratio[0]


def _says(status: SloStatus) -> str:
    if status.budget is None:
        return f"nothing is known of {status.slo.title} of {status.slo.key}, and every mode permits it"
    left = describe_left(status.budget)
    mode = status.mode or "no mode yet"
    return f"{status.slo.title} of {status.slo.key} is in {mode}: {left} {describe_window(status.slo)}"


def _unknown(status: SloStatus, kind: ChangeKind) -> str:
    if status.budget is None:
        why = status.why_unknown or "nothing was counted yet"
        return f"nothing is known of {status.slo.title} of {status.slo.key}: {why}"
    return f"{_says(status)}, and whether {_PLURAL[kind]} may go ahead depends on what nobody saw"
