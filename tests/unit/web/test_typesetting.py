"""Reports on paper: what comes out, that names are names whatever they look like, and what is said without it."""

from __future__ import annotations

import importlib
import json
import re
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest

from evenkeel.kernel.errors import NotInstalledError, OverloadedError
from evenkeel.ui.strips import StripCell, draw_strip
from evenkeel.web import typesetting
from evenkeel.web.report_blocks import (
    Cell,
    Facts,
    Picture,
    Pictures,
    Report,
    Section,
    Strip,
    Strips,
    Text,
    Tile,
    Tiles,
    number,
    table,
)
from evenkeel.web.typesetting import WAITING_MAX, typeset

NOW = datetime(2026, 11, 24, 12, 0, 0, 123_456, tzinfo=UTC)
HOSTILE = '#import "x" $a *b* _c_ `d` </text> <svg #{panic()} \\ @ref // <e>'
NUMBER = ("83.8 %", "82.3–85.1 %", "n 2,731")
CHART = (
    '<svg class="chart" viewBox="0 0 640 180" role="img" aria-label="age &lt;b&gt;"><text x="9" y="9">age</text></svg>'
)


def report(name: str = "triage", rows: int = 3) -> Report:
    """Every kind of part, with a name in every place."""
    cells = [(Cell(name, beneath=name), number(NUMBER), Cell(name, status="breach")) for _ in range(rows)]
    strips = tuple(Strip(name, draw_strip([StripCell("breach", name)], name)) for _ in range(rows))
    pictures = (Picture(name, CHART, name, (("a", name), ("then", name))),)
    blocks = (
        Text(name, "warning"),
        Text(name, is_quiet=True),
        Facts(((name, NUMBER), (name, ("unknown", "no rows", "")))),
        table((name, "Number", "Verdict"), cells, numeric=(1,)),
        Pictures(pictures),
        Pictures(pictures * 3),
        Strips(strips, ("2026-11-23 12:00", "2026-11-24 11:00"), (("breach", name),)),
    )
    tiles = Section(
        "",
        (
            Tiles(
                (Tile(name, NUMBER, name), Tile("Drift", ("ok", "", ""))),
            ),
        ),
    )
    return Report(name, "production", name, "a day", "2026-11-24", (tiles, Section(name, blocks, "estimate")))


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_a_report_is_a_tagged_pdf_with_its_language_and_title() -> None:
    made = typeset(report(), "pdf", NOW)
    assert made.startswith(b"%PDF-")
    for said in (b"/StructTreeRoot", b"/MarkInfo", b"pdfuaid", b"/Lang", b"/ViewerPreferences"):
        assert said in made, said


def test_a_report_is_one_tall_picture_of_twice_the_density_of_a_screen() -> None:
    short, tall = (typeset(report(rows=rows), "png", NOW) for rows in (2, 30))
    sizes = [struct.unpack(">II", made[16:24]) for made in (short, tall)]
    assert [width for width, _ in sizes] == [1587, 1587]  # 210 mm at 192 dots per inch
    assert sizes[1][1] > sizes[0][1]


def test_the_same_report_of_the_same_moment_is_the_same_file() -> None:
    assert typeset(report(), "pdf", NOW) == typeset(report(), "pdf", NOW)


@pytest.mark.parametrize("format_", typesetting.FORMATS)
def test_a_name_that_looks_like_a_command_is_a_name(format_: str) -> None:
    assert typeset(report(HOSTILE), format_, NOW)


def test_what_came_from_elsewhere_is_data_and_never_part_of_the_document() -> None:
    files, data = typesetting._files(report(HOSTILE), "pdf")
    assert files["main.typ"] == typesetting._files(report(), "pdf")[0]["main.typ"]
    typst: Any = importlib.import_module("typst")
    headings = json.loads(typst.query(typesetting._with(files, data), "heading.where(level: 1)"))
    said = [each["body"]["text"].replace("\u200b", "") for each in headings]
    assert said == [HOSTILE]
    drawn = [text.decode() for name, text in files.items() if name.endswith(".svg")]
    assert len(drawn) == 7 and not any("<svg #" in text or "</text> <svg" in text for text in drawn)


def test_what_no_font_has_is_set_all_the_same_and_said() -> None:
    assert typeset(report("特徴 \U0001f600 \U0001f9ff"), "pdf", NOW).startswith(b"%PDF-")


def test_what_is_not_seen_is_shown_and_a_long_word_does_not_run_over() -> None:
    _, data = typesetting._files(report("pay\u202eeve" + "x" * 5_000), "pdf")
    title = data["title"]
    assert title.startswith("pay⟦RLO⟧") and title.endswith("…") and len(title) < 700
    assert max(map(len, title.split("\u200b"))) <= 20


def test_a_huge_report_is_bounded() -> None:
    made = typeset(report(rows=400), "pdf", NOW)
    assert 2 <= pages(made) <= 12
    assert "360" in json.dumps(typesetting._files(report(rows=400), "pdf")[1])


def test_without_the_typesetter_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "is_installed", lambda: False)
    with pytest.raises(NotInstalledError, match=r"Install evenkeel\[export\]"):
        typeset(report(), "pdf", NOW)


def test_the_typesetter_is_loaded_only_when_a_report_is_set() -> None:
    code = "import sys, evenkeel.web.typesetting as t; assert t.is_installed(); assert 'typst' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_whoever_comes_after_those_that_wait_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that waits holds a thread that pages need. Those that waited are set once the first one is."""
    began, may_end = threading.Event(), threading.Event()

    def slow(*_: object) -> bytes:
        began.set()
        may_end.wait()
        return b"%PDF"

    monkeypatch.setattr(typesetting, "_compile", slow)
    with ThreadPoolExecutor(WAITING_MAX + 4) as pool:
        asked = [pool.submit(typeset, report(), "pdf", NOW) for _ in range(WAITING_MAX + 4)]
        began.wait()
        refused = list(islice(as_completed(asked), 3))  # before anything is set
        may_end.set()
    for each in refused:
        with pytest.raises(OverloadedError, match="wait for another one") as caught:
            each.result()
        assert caught.value.retry_after_s > 0
    assert [each.result() for each in asked if each not in refused] == [b"%PDF"] * (WAITING_MAX + 1)
