"""What pages show of golden queries."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.web.golden_rows import TITLES, golden_values

FIGURE = {"value": 0.9, "low": 0.8, "high": 0.95, "n": 40}


def run(at: str, **more: Any) -> dict[str, Any]:
    figures = dict.fromkeys(TITLES, FIGURE)
    usual: dict[str, Any] = {
        "id": at,
        "release": "",
        "at": at,
        "set_version": 2,
        "k": 5,
        "answered": 40,
        "is_partial": False,
        "accepted_at": None,
        "notes": [],
    }
    return {**usual, "figures": figures, **more}


def found(*runs: dict[str, Any], is_overdue: bool = False) -> dict[str, Any]:
    usual = {"name": "faq", "says": "So.", "version": 2, "k": 5, "every_s": 86_400}
    return {**usual, "runs": list(runs), "is_overdue": is_overdue}


NEW, OLD = "2026-11-02T00:00:00+00:00", "2026-11-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("told", "status", "charts"),
    [
        (found(is_overdue=True), "unknown", 0),
        (found(run(NEW), run(OLD)), "", 1),
        (found(run(NEW), run(OLD), is_overdue=True), "stale", 1),
        (found(run(NEW, is_partial=True), run(OLD)), "partial", 0),
        (found(run(NEW, set_version=1), run(OLD)), "partial", 0),
    ],
)
def test_only_whole_runs_of_the_newest_version_are_a_trend(told: Any, status: str, charts: int) -> None:
    (shown,) = golden_values([told])
    assert (shown["status"], len(shown["charts"])) == (status, charts)


def test_a_figure_has_its_interval_and_a_run_its_sample() -> None:
    (shown,) = golden_values([found(run(NEW))])
    assert shown["runs"][0]["answered"] == 40
    assert shown["runs"][0]["figures"][0] == ("Hit rate", ("90 %", "80–95 %", ""))
    unknown = {name: {"value": None} for name in TITLES}
    (shown,) = golden_values([found(run(NEW, figures=unknown))])
    assert shown["runs"][0]["figures"][0] == ("Hit rate", ("unknown", "", ""))
