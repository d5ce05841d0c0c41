"""`evenkeel gateway limits`, `limit` and `reconcile` on a real server."""

from __future__ import annotations

import time
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.changing import Change
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.record import name_of
from evenkeel.gateway.limits.recovery import ACCOUNTS_NAME
from evenkeel.kernel.errors import ConflictError, NotFoundError

CONFIGURED = """\
gateway:
  limits:
    trial: {holder: key, measure: requests, period: ever, amount: 1000}
    care: {holder: team, name: care, measure: money, period: ever, amount: 12, currency: EUR}
"""
TRIAL = Limit("trial", Holder.KEY, "*", Measure.REQUESTS, Period.EVER, 1_000)
CARE = Limit("care", Holder.TEAM, "care", Measure.MONEY, Period.EVER, 12_000_000_000, "EUR")


@pytest.fixture
def limited(served: Home, evenkeel: Any) -> Home:
    """Once the configuration is in force."""
    served.configuration.write_text(CONFIGURED, encoding="utf-8")
    deadline = time.monotonic() + 30
    while not evenkeel.json("gateway", "limits")["limits"]:
        assert time.monotonic() < deadline
    return served


def use(home: Home, limit: Limit, holder: str, amount: int, *, dies: bool = False) -> None:
    account = account_of(limit, holder, 0, "UTC")
    accounts = Accounts.open(home.limits / ACCOUNTS_NAME, slots=64)
    accounts.apply(0, [Change(account, name_of(account), least=amount, most=amount)], 0)
    if dies:
        accounts.recover(0, {}, lambda _name, _turn: None)
    else:
        accounts.apply(0, [Change(account, name_of(account), settled=amount)], 0)
    accounts.close()


def test_without_limits_it_says_how_to_make_some(evenkeel: Any, served: Home) -> None:
    assert served == evenkeel.home
    assert evenkeel("gateway", "limits").stdout.startswith("No limit yet")


def test_limits_tell_what_is_used_and_what_is_not_known(evenkeel: Any, limited: Home) -> None:
    said = evenkeel("gateway", "limits").stdout
    assert "No worker of the gateway has counted" in said
    assert "care                 team care: not known how much is used of 12.0 EUR in all" in said
    use(limited, TRIAL, "k1", 300)
    use(limited, CARE, "care", 9_000_000_000)
    first, second = evenkeel("gateway", "limits").stdout.splitlines()
    assert first == "  75.0% care                 team care: 9.0 of 12.0 EUR in all, 3.0 left"
    assert second == "  30.0% trial                key k1: 300 of 1,000 requests in all, 700 left"
    assert evenkeel("gateway", "limits", "--holder", "k1").stdout.splitlines() == [second]
    assert evenkeel("gateway", "limits", "--holder", "k9").stdout == "None.\n"
    assert "and 1 more" in evenkeel("gateway", "limits", "--count", "1").stdout
    with pytest.raises(NotFoundError):
        evenkeel("gateway", "limits", "--limit", "none")


def test_an_amount_is_changed(evenkeel: Any, limited: Home) -> None:
    use(limited, TRIAL, "k1", 300)
    assert (
        ": 1,000 requests → 600 requests" in evenkeel("gateway", "limit", "trial", "600", "--reason", "spring").stdout
    )
    assert "300 of 600 requests in all" in evenkeel("gateway", "limits").stdout


def test_what_a_dead_worker_had_reserved_is_taken_back(evenkeel: Any, limited: Home) -> None:
    use(limited, CARE, "care", 2_000_000_000, dies=True)
    assert "2.0 charged for a worker that died" in evenkeel("gateway", "limits", "--limit", "care").stdout
    said = evenkeel("gateway", "reconcile", "care", "care", "1.5", "--reason", "invoice").stdout
    assert said.startswith("Taken back: 1.5 EUR.\n")
    assert "0.5 of 12.0 EUR" in said
    assert evenkeel("gateway", "reconcile", "care", "care", "1", fails=True).exit_code == 2
    with pytest.raises(ConflictError):
        evenkeel("gateway", "reconcile", "trial", "k9", "1", "--reason", "x")


def test_without_a_store_that_machines_share_there_is_none_to_show(evenkeel: Any, limited: Home) -> None:
    assert evenkeel("gateway", "store").stdout.startswith("Each machine keeps its own accounts")
    assert evenkeel.json("gateway", "store") == {"store": None}
    with pytest.raises(ConflictError, match="No store is shared"):
        evenkeel("gateway", "accept-loss", "--reason", "none")


def test_a_store_that_cannot_be_reached_is_said_to_be(evenkeel: Any, limited: Home) -> None:
    store = '  store: {url: "redis://127.0.0.1:1/0", when_lost: open}\n'
    limited.configuration.write_text(CONFIGURED + store, encoding="utf-8")
    deadline = time.monotonic() + 30
    while (found := evenkeel.json("gateway", "store")["store"]) is None:
        assert time.monotonic() < deadline
    assert (found["address"], found["when_lost"]) == ("redis://127.0.0.1:1/0", "open")
    assert "cannot be used" in found["trouble"]
    assert "Meanwhile requests pass uncounted" in evenkeel("gateway", "store").stdout
