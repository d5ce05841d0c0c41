"""`evenkeel alerts backtest`, through the server that owns a home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.cli.backtests import is_well
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError, NotFoundError

SLO = "production/bot/error_rate"


@pytest.fixture
def imported(served: Home, evenkeel: Any, calls: Callable[..., list[str]], wait_for: Any) -> Home:
    """A server whose one service has an hour and a half of history."""
    evenkeel(*calls(5_400))
    wait_for(lambda: any(slo["slo"] == "error_rate" for slo in evenkeel.json("slo", "list")["slos"]))
    return served


def test_it_replays_the_history_and_says_what_it_found(imported: Home, evenkeel: Any, tmp_path: Path) -> None:
    said = evenkeel("alerts", "backtest", SLO).output
    assert "page 1h 5m 14.4" in said
    assert "total outage, 1 h" in said
    found = evenkeel.json("alerts", "backtest", SLO, "--catalogue", "7d", "--days", "2")
    assert found["rules"][0] == "page 1h 5m 13.44"
    rules = tmp_path / "rules.txt"
    rules.write_text("\nticket 1h 5m 2000\n", encoding="utf-8")
    result = evenkeel("alerts", "backtest", SLO, "--rules", str(rules), "--fail-on-miss", fails=True)
    assert result.exit_code == 10
    assert "burn-1h-5m can never fire" in result.output


def test_what_is_not_there_is_named(imported: Home, evenkeel: Any) -> None:
    with pytest.raises(NotFoundError, match="There is no SLO"):
        evenkeel("alerts", "backtest", "production/bot/nothing")
    with pytest.raises((InvalidInputError, NotFoundError), match="weekly"):
        evenkeel("alerts", "backtest", SLO, "--catalogue", "weekly")


def test_without_a_server_it_says_how_to_start_one(home: Home, evenkeel: Any) -> None:
    home.root.mkdir(parents=True)
    with pytest.raises(EvenkeelError, match="No evenkeel runs"):
        evenkeel("alerts", "backtest", SLO)


def test_a_fault_is_well_when_always_found_and_a_blip_when_never() -> None:
    assert is_well({"found": 12, "trials": 12, "harmless": False})
    assert not is_well({"found": 11, "trials": 12, "harmless": False})
    assert is_well({"found": 0, "trials": 12, "harmless": True})


def test_another_alerting_is_set_beside_ours(served: Home, evenkeel: Any) -> None:
    assert evenkeel("alerts", "shadow").output == "Neither paged.\n"
    server = Server.running(served)
    alert = {"status": "firing", "labels": {"alertname": "Down", "service": "shop"}, "startsAt": "2026-01-01T10:00:00Z"}
    server.ask("POST", "/receive/alertmanager", {"alerts": [alert]})
    assert "cannot be compared shop: Down" in evenkeel("alerts", "shadow", "--days", "1").output
    assert evenkeel.json("alerts", "shadow")["they_paged"] == 1
