"""How much error each look may spend: at most 0.1 false breaches per objective and month (DESIGN §2).

A window slides: every minute a page and a verdict window of a new start come into being, every hour a
report. For one start the bound of `clusters` holds over all looks at once, so only starts are paid for:
with `s` starts a month over all windows that decide, each may err with alpha = 0.1 / s. Starts overlap
almost wholly, so the true rate is far below the budget (`bench/false_breaches.py` measures it).

An `ok` is no alarm: its bound is one-sided at 95 %.
"""

from __future__ import annotations

from typing import Final

#: False breaches per objective and month at a true value equal to the target.
BUDGET_PER_MONTH: Final = 0.1

#: Chance that the bound which proves an ok is wrong.
ALPHA_OK: Final = 0.05

#: Window starts in 30 days, of objectives that are looked at by the minute.
STARTS_PER_MONTH: Final[dict[str, int]] = {"page": 43_200, "verdict": 43_200, "report": 720}
#: The same of objectives whose windows begin with an hour.
HOURLY_STARTS_PER_MONTH: Final[dict[str, int]] = {"page": 720, "verdict": 720, "report": 720}


def alpha_for(window: str, *, is_hourly: bool = False) -> float:
    """The chance that one window's proof of a breach is wrong. All windows share the one budget.

    >>> alpha_for("page"), alpha_for("verdict", is_hourly=True)
    (1.147...e-06, 4.629...e-05)
    """
    starts = HOURLY_STARTS_PER_MONTH if is_hourly else STARTS_PER_MONTH
    if window not in starts:
        msg = f"no window is named {window!r}; there are {', '.join(starts)}"
        raise ValueError(msg)
    return BUDGET_PER_MONTH / sum(starts.values())
