"""defaults.md and indicators.md."""

from __future__ import annotations

from evenkeel.judge.indicators.model import Indicator
from evenkeel.judge.indicators.table import BY_NAME, INDICATORS, load_defaults
from evenkeel.judge.objectives.sentences import format_value
from evenkeel.judge.objectives.windows import ASSESSED_MAX_S, VERDICT_MAX_S
from evenkeel.kernel.time import format_duration
from reference.markdown import code, page, table

_UNITS = {
    "ratio": "share, 0 to 1",
    "s": "seconds",
    "points": "points, as a share",
    "of 5": "1 to 5",
    "psi": "index, from 0",
    "area": "0 to 1",
    "times": "multiple of the baseline",
}


def defaults_page() -> str:
    """What a service is judged by when nobody said otherwise."""
    rows = [
        (
            default_kind,
            code(default.indicator),
            _limit(BY_NAME[default.indicator], default.target),
            "the target" if default.alert is None else _limit(BY_NAME[default.indicator], default.alert),
            "none" if default.page_s is None else format_duration(default.page_s),
            format_duration(default.verdict_s),
        )
        for default_kind, default in load_defaults()
    ]
    return page(
        "Default objectives",
        "What a service is judged by until your [configuration refines it](../how-to/refine-services.md). `any` applies"
        " to every kind of service. What the indicators measure is [listed apart](indicators.md).",
        table(("kind", "indicator", "target", "alert", "page window", "verdict window"), rows),
        f"The verdict window is doubled until it holds enough to say, up to {format_duration(VERDICT_MAX_S)}, or"
        f" {format_duration(ASSESSED_MAX_S)} where it begins with a day: those are looked at by the hour, and judged of"
        " services that have sent evidence of the kind. Without a page window the alert is that of the verdict window."
        " The report window is the calendar month so far. [Objective](../concepts/objective.md) says what each is for.",
    )


def indicators_page() -> str:
    """What can be measured of a service."""
    rows = [
        (
            code(indicator.name),
            indicator.title,
            _UNITS[indicator.unit],
            "larger" if indicator.larger_is_worse else "smaller",
            indicator.counts,
            indicator.definition,
        )
        for indicator in INDICATORS
    ]
    return page(
        "Indicators",
        "What can be measured of a service, by the names that configuration, API and command line use. Which requests"
        " are good, bad or excluded is decided by the [outcome table](outcomes.md); the targets that apply at first are"
        " the [default objectives](defaults.md).",
        table(("name", "title", "unit", "worse is", "n counts", "definition"), rows),
    )


def _limit(indicator: Indicator, value: float) -> str:
    sign = "≤" if indicator.larger_is_worse else "≥"
    return f"{sign} {format_value(value, indicator.unit)}"
