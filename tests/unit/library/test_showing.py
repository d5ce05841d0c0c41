"""Results show themselves without hiding anything."""

from __future__ import annotations

from evenkeel.library.showing import Grid, as_html, as_text


def test_what_has_to_be_said_beside_a_table_is_said() -> None:
    grid = Grid("Reference", ("name",), (("age",),), ("tags: no values",))
    assert "(tags: no values)" in as_text(grid)
    assert "<p>tags: no values</p>" in as_html(grid)


def test_a_name_that_is_html_is_a_name() -> None:
    shown = as_html(Grid("<b>", ("<i>",), (("<script>",),), ("<img>",)))
    assert not any(tag in shown for tag in ("<b>", "<i>", "<script>", "<img>"))


def test_a_cell_of_many_lines_is_one_line_of_a_terminal() -> None:
    text = as_text(Grid("c", ("n",), (("a\nb" + "c" * 200,),)))
    assert text.count("\n") == 2
    assert text.endswith("…")
