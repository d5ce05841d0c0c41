"""Two distributions over the same bins."""

from __future__ import annotations

from evenkeel.ui.histograms import draw_histogram, draw_shares


def test_it_is_read_out_and_drawn_for_both() -> None:
    svg = draw_histogram("age, then and now", [("0 to 1", 0.5, 0.25), ("1 to 2", 0.5, 0.75)])
    assert "0 to 1: 50 % then, 25 % now." in svg
    assert svg.count('class="bar-then"') == 2


def test_many_bins_name_as_many_as_there_is_room_for() -> None:
    svg = draw_histogram("age", [(f"from {number} to {number + 1}", 0.05, 0.05) for number in range(20)])
    assert svg.count('text-anchor="') <= 8


def test_short_names_are_all_written_and_a_narrow_one_is_narrow() -> None:
    svg = draw_histogram("language", [("en", 1.0, 0.5), ("es", 0.0, 0.5), ("de", 0.0, 0.0)], 400)
    assert svg.count('text-anchor="') == 3 and 'viewBox="0 0 400 180"' in svg


def test_nothing_is_drawn_of_nothing_and_names_are_escaped() -> None:
    assert "bar-then" not in draw_histogram("age", [])
    assert "<b>" not in draw_histogram("<b>", [("<b>", 0.0, 0.0)])


def test_one_distribution_has_bars_and_no_outline() -> None:
    svg = draw_shares("age", [("0 to 1", 0.5), ("1 to 2", 0.25)], 400)
    assert svg.count('class="bar-then"') == 2 and "polyline" not in svg
    assert 'aria-label="age. 0 to 1: 50 %. 1 to 2: 25 %."' in svg
