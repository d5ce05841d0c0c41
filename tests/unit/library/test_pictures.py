"""Pictures that a notebook shows and a file keeps."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.pictures import picture
from evenkeel.ui.histograms import draw_shares
from evenkeel.ui.panels import Panel

PANEL = Panel("age", draw_shares("age", [("0 to 1", 0.5), ("1 to 2", 0.5)]))


def test_it_is_shown_and_kept_as_svg(tmp_path: Path) -> None:
    made = picture([PANEL])
    assert repr(made) == "Picture('age')"
    assert made._repr_svg_() == made._repr_html_() == made.svg
    made.save(tmp_path / "age.svg")
    assert ET.parse(tmp_path / "age.svg").getroot().tag.endswith("svg")
    assert [each.name for each in tmp_path.iterdir()] == ["age.svg"]


def test_it_is_read_on_light_and_dark_alike() -> None:
    assert "currentColor" in picture([PANEL]).svg and "var(" not in picture([PANEL]).svg


def test_another_kind_of_file_and_nothing_to_draw_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no name of an SVG file"):
        picture([PANEL]).save(tmp_path / "age.png")
    with pytest.raises(InvalidInputError, match="nothing here to draw"):
        picture([])
