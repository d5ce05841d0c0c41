"""`evenkeel export`, through the server that owns a home."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.kernel.errors import EvenkeelError, NotFoundError


def test_a_dashboard_is_printed_whether_or_not_anything_is_judged(served: Home, evenkeel: Any) -> None:
    board = json.loads(evenkeel("export", "grafana").stdout)
    assert board["uid"] == "evenkeel-slos"
    assert evenkeel.json("export", "grafana") == board


def test_rules_of_nothing_are_an_error_that_says_so(served: Home, evenkeel: Any) -> None:
    with pytest.raises(NotFoundError, match="There is no SLO of nobody"):
        evenkeel("export", "prometheus", "--service", "nobody")


def test_without_a_server_it_says_how_to_start_one(home: Home, evenkeel: Any) -> None:
    home.create()
    with pytest.raises(EvenkeelError, match="`evenkeel up` starts it"):
        evenkeel("export", "prometheus")
