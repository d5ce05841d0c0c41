"""`evenkeel slo` on a real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.kernel.errors import EvenkeelError


@pytest.fixture
def known(evenkeel: Any, calls: Callable[..., list[str]], served: Home, wait_for: Callable[..., Any]) -> Any:
    evenkeel(*calls(400))

    def counted() -> list[Any]:
        return [each for each in evenkeel.json("slo", "list")["slos"] if each["slo"] == "error_rate" and each["budget"]]

    wait_for(counted)
    return evenkeel


def test_slos_are_listed_shown_and_told_month_by_month(known: Any) -> None:
    listed = known("slo", "list").stdout
    assert "production/bot error_rate" in listed and "of the error budget is left" in listed
    assert known.json("slo", "list", "--environment", "staging") == {"slos": []}
    assert known("slo", "list", "--mode", "freeze", "--environment", "none").stdout == "No SLO fits.\n"
    shown = known("slo", "show", "bot", "error_rate").stdout
    assert "page burn-1h-5m: burn 0 and 0, limit 14.4: quiet" in shown
    assert len(known.json("slo", "show", "bot")["slos"]) == 4
    months = known("slo", "months", "bot", "error_rate").stdout
    assert "target met" in months and "used 0.0 %" in months and "(running)" in months
    document = known.json("slo", "months", "bot")
    assert document["error_rate"][0]["running"]


def test_without_a_server_it_says_how_to_start_one(evenkeel: Any) -> None:
    with pytest.raises(EvenkeelError, match=r"No evenkeel runs on .*\. `evenkeel up` starts it"):
        evenkeel("slo", "list")
