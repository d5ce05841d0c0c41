"""`evenkeel up`: what it refuses before anything is started."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.kernel.errors import HomeBusyError, InvalidInputError


def test_a_home_that_is_served_is_not_served_twice(served: Home, evenkeel: Any) -> None:
    with pytest.raises(HomeBusyError, match="is served already, at http://localhost"):
        evenkeel("up", "--port", "0")
    assert served.server.exists()


def test_where_no_port_is_left_for_the_intake_one_is_asked_for(evenkeel: Any) -> None:
    with pytest.raises(InvalidInputError, match="Choose --intake-port"):
        evenkeel("up", "--port", "65500")
    assert not evenkeel.home.root.exists()


@pytest.mark.parametrize("words", [("--workers", "0"), ("--workers", "65"), ("--port", "70000"), ("--port", "-1")])
def test_numbers_out_of_range_are_wrong_usage(evenkeel: Any, words: tuple[str, str]) -> None:
    found = evenkeel("up", *words, fails=True)
    assert found.exit_code == 2
    assert words[0] in found.output
