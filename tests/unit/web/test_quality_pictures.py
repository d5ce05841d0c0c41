"""Pictures of quality are drawn where there is something to trust, and nowhere else."""

from __future__ import annotations

from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.web.quality_pictures import draw_course, draw_pictures


def test_without_figures_there_is_no_picture() -> None:
    assert draw_pictures(None) == []
    assert draw_pictures({"figures": {"calibration error": {"value": None}}}) == []


def test_versions_of_the_window_are_marked_on_the_course() -> None:
    steps = [
        {"at_us": n * US_PER_HOUR, "value": 0.9, "low": 0.8, "high": 0.95, "unlabelled": 0.0, "partial": n > 1}
        for n in range(3)
    ] + [{"at_us": 3 * US_PER_HOUR, "value": None, "low": None, "high": None, "unlabelled": 9.0, "partial": True}]
    versions = [{"version": "1", "first_at_us": -5}, {"version": "2", "first_at_us": US_PER_HOUR}]
    svg = draw_course(
        {"steps": steps, "versions": versions, "step_s": 3_600, "change": None}, Window(0, 4 * US_PER_HOUR)
    )
    assert svg.count("moment-name") == 1
    assert (svg.count("band-a"), svg.count("band-b")) == (2, 1)
