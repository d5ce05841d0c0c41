"""verdicts.md: `judge_verdict` asked about a representative of every region."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

from evenkeel.kernel.estimate import Estimate, Need
from evenkeel.kernel.time import Window
from evenkeel.kernel.verdict import RISK_ORDER, Limits, Verdict, judge_verdict
from reference.markdown import number, page, table

TARGET, ALERT = 0.001, 0.005
#: Error rates below, at, between and beyond target and alert.
PLACES = {"< T": 0.0005, "= T": TARGET, "T to A": 0.003, "= A": ALERT, "> A": 0.02}
SINGLE = {"< T": 0.0005, "= T": TARGET, "> T": 0.003}
GOOD = {"< T": 0.9995, "= T": 0.999, "T to A": 0.997, "= A": 0.995, "> A": 0.98}


def verdicts_page() -> str:
    """The page."""
    return page(
        "Verdicts",
        "What `judge_verdict` answers in every region of bounds against target **T** and alert **A**. The rule in words"
        " is a [concept](../concepts/verdict.md); every row here is the function's own answer to the estimate it shows."
        f" T = {TARGET:g} and A = {ALERT:g}, an error rate, unless the row says otherwise.",
        "## Target and alert",
        table(("lo", "hi", "estimate", "status", "proved"), _bounds(PLACES, Limits(TARGET, ALERT))),
        "## Target only (A = T)",
        table(("lo", "hi", "estimate", "status", "proved"), _bounds(SINGLE, Limits(TARGET))),
        "## Where smaller is worse",
        "Availability with T = 0.999 and A = 0.995: the same table, mirrored. lo is the better bound.",
        table(("lo", "hi", "estimate", "status", "proved"), _mirrored()),
        "## Where telemetry is missing",
        "`lo, missing counted as good` and `hi, missing counted as bad` are the bounds with the hole filled one way or"
        " the other.",
        table(("lo to hi", "lo, missing counted as good", "hi, missing counted as bad", "status"), _gaps()),
        "## Whatever the bounds",
        table(("circumstance", "lo to hi", "status", "reasons", "says what would settle it"), _circumstances()),
        "## Worst first",
        "What a summary of several shows, and what lists are sorted by: "
        + ", ".join(status.value for status in RISK_ORDER)
        + ".",
    )


def _verdict(low: float, high: float, limits: Limits, *, now_us: int = 0, **more: Any) -> Verdict:
    given: dict[str, Any] = {
        "value": (low + high) / 2,
        "unit": "ratio",
        "low": low,
        "high": high,
        "level_low": 0.95,
        "level_high": 0.95,
        "n": 1_000.0,
        "method": "representative",
        "window": Window(0, 1),
        "coverage": 1.0,
        "as_of_us": 0,
        "watermark_us": 0,
        "needs": Need(350, "requests"),
    }
    return judge_verdict(Estimate(**(given | more)), limits, now_us=now_us, valid_for_us=60)


def _span(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}"


def _bounds(places: dict[str, float], limits: Limits) -> list[tuple[str, str, str, str, str]]:
    rows: list[tuple[str, str, str, str, str]] = []
    for (low_name, low), (high_name, high) in combinations_with_replacement(places.items(), 2):
        found = _verdict(low, high, limits)
        rows.append((low_name, high_name, _span(low, high), found.status.value, "yes" if found.proved else ""))
    return rows


def _mirrored() -> list[tuple[str, str, str, str, str]]:
    rows: list[tuple[str, str, str, str, str]] = []
    for (better_name, better), (worse_name, worse) in combinations_with_replacement(GOOD.items(), 2):
        found = _verdict(worse, better, Limits(0.999, 0.995, larger_is_worse=False))
        proved = "yes" if found.proved else ""
        rows.append((better_name, worse_name, _span(better, worse), found.status.value, proved))
    return rows


def _gaps() -> list[tuple[str, str, str, str]]:
    rows: list[tuple[str, str, str, str]] = []
    cases = [
        (0.02, 0.04, 0.01, 0.5),
        (0.02, 0.04, 0.003, 0.5),
        (0.02, 0.04, 0.0005, 0.5),
        (0.002, 0.004, 0.0015, 0.5),
        (0.0, 0.0008, 0.0, 0.0009),
        (0.0, 0.0008, 0.0, 0.004),
        (0.0, 0.0008, 0.0, 0.5),
    ]
    for low, high, good, bad in cases:
        found = _verdict(low, high, Limits(TARGET, ALERT), if_missing_good=good, if_missing_bad=bad, coverage=0.8)
        rows.append((_span(low, high), number(good), number(bad), found.status.value))
    return rows


def _circumstances() -> list[tuple[str, str, str, str, str]]:
    ok, bad, wide = (0.0, 0.0008), (0.02, 0.04), (0.0, 0.12)
    limits = Limits(TARGET, ALERT)
    expired = {"now_us": 61}
    cases: list[tuple[str, tuple[float, float], dict[str, Any]]] = [
        ("nothing to compute it from", (0.0, 1.0), {"value": None, "n": 0.0, "reasons": ("no_data",)}),
        ("a value, but of no requests", ok, {"n": 0.0}),
        ("sampling unknown", ok, {"reasons": ("sampling_unknown",)}),
        ("sampling unknown", bad, {"reasons": ("sampling_unknown",)}),
        ("sampling unknown", wide, {"reasons": ("sampling_unknown",)}),
        ("at its last valid moment", ok, {"now_us": 60}),
        ("expired", ok, expired),
        ("expired", bad, expired),
        ("expired", wide, expired),
    ]
    rows: list[tuple[str, str, str, str, str]] = []
    for title, (low, high), more in cases:
        found = _verdict(low, high, limits, **more)
        needs = "yes" if found.needs else ""
        rows.append((title, _span(low, high), found.status.value, ", ".join(found.reasons), needs))
    return rows
