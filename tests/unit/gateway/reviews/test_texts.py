"""Texts of what is held are read and edited, of streams too."""

from __future__ import annotations

import pytest

from evenkeel.gateway.holds.model import Content
from evenkeel.gateway.reviews.texts import texts_of, with_texts
from evenkeel.kernel.errors import InvalidInputError

STREAM = Content(
    [("content-type", "text/event-stream")],
    b'data: {"choices":[{"index":0,"delta":{"content":"Write to "}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{"content":"Ada."}}]}\n\ndata: [DONE]\n\n',
    200,
)


def test_pieces_of_a_stream_are_one_text_and_are_edited_as_one() -> None:
    assert texts_of(STREAM) == ["Write to Ada."]
    edited = with_texts(STREAM, {0: "Call us."})
    assert texts_of(edited) == ["Call us."]
    assert edited.body.endswith(b"data: [DONE]\n\n")


def test_what_is_no_document_is_one_text() -> None:
    assert texts_of(Content([], b"plain")) == ["plain"]
    assert with_texts(Content([], b"plain"), {0: "other"}).body == b"other"


def test_a_text_that_there_is_not_cannot_be_edited() -> None:
    with pytest.raises(InvalidInputError, match="There is no text 1"):
        with_texts(STREAM, {1: "x"})
