"""Accounts have names that tell them apart."""

from __future__ import annotations

from dataclasses import replace

from evenkeel.gateway.limits.model import Account, Holder, Limit, Measure, Period


def test_an_account_is_told_apart_by_limit_holder_and_period() -> None:
    limit = Limit("l1", Holder.KEY, "*", Measure.REQUESTS, Period.MINUTE, 10)
    account = Account(limit, "k1", 0, 60)
    others = [
        replace(account, holder="k2"),
        replace(account, from_us=60),
        replace(account, limit=replace(limit, id="2")),
    ]
    assert len({account.name, *(other.name for other in others)}) == 4


def test_a_changed_amount_keeps_the_account() -> None:
    limit = Limit("l1", Holder.KEY, "*", Measure.REQUESTS, Period.MINUTE, 10)
    assert Account(limit, "k", 0, 60).name == Account(replace(limit, amount=99), "k", 0, 60).name
