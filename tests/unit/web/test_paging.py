"""Long lists a page at a time."""

from __future__ import annotations

import pytest

from evenkeel.web.paging import paginate


@pytest.mark.parametrize("page", ["", "0", "-1", "x", "1" * 5000, "٣x"])
def test_a_page_that_makes_no_sense_is_the_first(page: str) -> None:
    assert paginate("abc", 2, "/x", {"page": page}).rows == "ab"


def test_beyond_the_end_is_the_last_page_and_filters_stay() -> None:
    page = paginate("abcde", 2, "/x", {"q": "a b", "state": "", "done": "7", "page": "9"})
    assert (page.rows, page.first, page.last, page.total) == ("e", 5, 5, 5)
    assert (page.before, page.after) == ("/x?q=a+b&page=2", "")
    assert paginate("abc", 2, "/x", {"page": "2"}).before == "/x"


def test_nothing_is_one_empty_page() -> None:
    page = paginate((), 2, "/x", {})
    assert (page.rows, page.total, page.before, page.after) == ((), 0, "", "")
