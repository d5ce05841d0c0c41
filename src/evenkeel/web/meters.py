"""Small bars: what is left of a budget, a burn rate beside its limit, a share of a whole."""

from __future__ import annotations

from html import escape
from typing import Final

from evenkeel.judge.slo.budget import Budget
from evenkeel.judge.slo.status import BurnReading
from evenkeel.judge.slo.wording import describe_share

_WIDTH: Final = 120
_HEIGHT: Final = 12
#: Where the limit of a burn rate stands: what is beyond has a third of the bar.
_LIMIT_AT: Final = 80


def left_meter(budget: Budget, sign: str) -> str:
    """What is left of a budget; in grey what is left only if all that nobody saw was good."""
    low, high = (min(1.0, max(0.0, left)) for left in budget.remaining_ratio)
    label = f"{describe_share(*budget.remaining_ratio)} of the budget is left"
    doubt = f'<rect class="doubt" x="{low * _WIDTH:.1f}" width="{(high - low) * _WIDTH:.1f}" height="{_HEIGHT}"/>'
    return (
        f'<svg class="meter" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'<rect class="track" width="{_WIDTH}" height="{_HEIGHT}"/>'
        f'<rect class="fill-{sign}" width="{low * _WIDTH:.1f}" height="{_HEIGHT}"/>{doubt if high > low else ""}</svg>'
    )


def burn_meter(burn: BurnReading, factor: float) -> str:
    """A burn rate beside the factor that its rule fires above, which is the upright line."""
    if burn.burn is None:
        label, length, sign = "nothing counted", 0.0, "unknown"
    else:
        share = burn.burn / factor
        label = f"burn rate {burn.burn:.3g}, limit {factor:g}"
        length = min(_WIDTH, share * _LIMIT_AT)
        sign = "breach" if share > 1.0 else "warning" if burn.burn > 1.0 else "ok"
    return (
        f'<svg class="meter" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'<rect class="track" width="{_WIDTH}" height="{_HEIGHT}"/>'
        f'<rect class="fill-{sign}" width="{length:.1f}" height="{_HEIGHT}"/>'
        f'<line class="limit" x1="{_LIMIT_AT}" x2="{_LIMIT_AT}" y1="0" y2="{_HEIGHT}"/></svg>'
    )


def share_meter(share: float, label: str, sign: str = "unknown") -> str:
    """A share of a whole as a bar; `label` is read out."""
    return (
        f'<svg class="meter" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'<rect class="track" width="{_WIDTH}" height="{_HEIGHT}"/>'
        f'<rect class="fill-{sign}" width="{min(1.0, max(0.0, share)) * _WIDTH:.1f}" height="{_HEIGHT}"/></svg>'
    )
