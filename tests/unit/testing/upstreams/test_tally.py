"""A tally counts, and can be waited for."""

from __future__ import annotations

import threading

import pytest

from evenkeel.testing.upstreams.dialect import Seen
from evenkeel.testing.upstreams.tally import Cut, Tally

SEEN = Seen("POST", "/v1/x", {}, b"{}", 1)


def test_what_happens_is_counted() -> None:
    tally = Tally()
    assert [tally.connect(), tally.connect()] == [1, 2]
    tally.disconnect()
    tally.ask(SEEN)
    tally.give("m", 3, 4)
    tally.give("m", 0, 1)
    tally.give("", 9, 9)
    tally.finish()
    tally.cut(Cut(SEEN, 2, 2))
    assert (tally.connections, tally.connections_open, tally.answered) == (2, 1, 1)
    assert (tally.tokens_in, tally.tokens_out) == ({"m": 3}, {"m": 5})
    assert (tally.requests, tally.cuts) == ([SEEN], [Cut(SEEN, 2, 2)])


def test_requests_are_awaited() -> None:
    tally = Tally()
    thread = threading.Thread(target=tally.ask, args=(SEEN,))
    thread.start()
    tally.wait_for(1)
    thread.join()
    with pytest.raises(TimeoutError, match="1 requests"):
        tally.wait_for(2, timeout_s=0.01)


def test_what_is_given_out_does_not_change_any_more() -> None:
    tally = Tally()
    tally.give("m", 1, 1)
    before = tally.tokens_in
    tally.give("m", 1, 1)
    assert before == {"m": 1}
