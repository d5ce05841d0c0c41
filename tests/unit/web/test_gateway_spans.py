"""Spans that figures of the gateway are asked for."""

from __future__ import annotations

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.web.gateway_spans import DEFAULT_SPAN, SPANS_US, window_of


def test_a_span_ends_now_and_one_that_is_none_is_refused() -> None:
    assert window_of("", 10 * US_PER_DAY) == window_of(DEFAULT_SPAN, 10 * US_PER_DAY)
    for span, length_us in SPANS_US.items():
        window = window_of(span, 40 * US_PER_DAY)
        assert (window.end_us - window.start_us, window.end_us) == (length_us + 1, 40 * US_PER_DAY + 1)
    with pytest.raises(InvalidInputError, match="9y"):
        window_of("9y", 0)
