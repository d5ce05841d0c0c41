"""`evenkeel.grounding`: what is not borne out is marked where it stands."""

from __future__ import annotations

from typing import Any

import pytest

import evenkeel
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.grounding import grounding

CONTEXT = "The warranty of the X300 lasts 24 months. It does not cover batteries."


def test_what_is_not_borne_out_is_marked_with_why() -> None:
    found = evenkeel.grounding("The warranty of the X300 lasts 36 months.", CONTEXT)
    assert found.score is not None
    assert found.unsupported == ("36",)
    assert "[36: number]" in str(found)


def test_an_answer_that_is_in_its_contexts_has_nothing_marked() -> None:
    found = grounding("It does not cover batteries.", [CONTEXT])
    assert found.score == 1.0
    assert found.unsupported == ()
    assert "[" not in str(found)


def test_marks_that_overlap_are_one() -> None:
    shown = str(grounding("Penguins in Berlin adore seventeen purple 99 submarines.", CONTEXT))
    assert shown.count("[") == 1
    assert "sentence, " in shown


def test_what_cannot_be_told_is_unknown_with_why() -> None:
    assert "unknown: no context was given" in str(grounding("The warranty lasts.", []))
    assert grounding("The warranty lasts.", []).score is None


def test_an_answer_is_no_markup() -> None:
    show = "_repr_html_"  # as a notebook calls it
    html = getattr(grounding("The <script>warranty</script> of the X300 lasts 36 months.", CONTEXT), show)()
    assert "<script>" not in html
    assert '<mark title="number">36</mark>' in html


@pytest.mark.parametrize(("answer", "contexts"), [(None, ["It is."]), ("It is.", [None]), (b"It is.", ["It is."])])
def test_what_is_no_text_is_refused(answer: Any, contexts: Any) -> None:
    with pytest.raises(InvalidInputError, match="no text"):
        grounding(answer, contexts)
