"""Parts of reports."""

from __future__ import annotations

from evenkeel.web.report_blocks import ROWS_MAX, Cell, number, table


def test_a_table_is_bounded_and_says_what_it_leaves_out() -> None:
    made = table(("n", "share"), ([Cell(str(n)), number(("50 %", "", ""))] for n in range(ROWS_MAX + 2)), numeric=(1,))
    assert (len(made.rows), made.more, made.numeric) == (ROWS_MAX, 2, (1,))
    assert made.rows[0][1].number == ("50 %", "", "")
