"""States as a URL names them."""

from __future__ import annotations

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.org.approvals.model import State
from evenkeel.web.reviews_api import read_state


def test_a_state_is_one_that_there_is_or_all() -> None:
    assert (read_state("waiting"), read_state("all")) == (State.WAITING, None)
    with pytest.raises(InvalidInputError, match="no state 'x'"):
        read_state("x")
