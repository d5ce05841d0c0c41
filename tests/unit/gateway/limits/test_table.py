"""Limits are published and read back the same, and each request finds all its accounts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.table import AMOUNT_MAX, LimitTable, limits_document, parse_limits

KEYS = Limit("keys", Holder.KEY, "*", Measure.REQUESTS, Period.MINUTE, 60)
BLUE = Limit("blue", Holder.TEAM, "blue", Measure.MONEY, Period.MONTH, 5_000_000_000, "USD")
BOT = Limit("bot", Holder.SERVICE, "bot", Measure.TOKENS, Period.DAY, 1_000_000)
TABLE = LimitTable((KEYS, BLUE, BOT), "Europe/Berlin")
MINUTE_US = 60_000_000


def test_a_table_survives_its_publication() -> None:
    document = json.loads(json.dumps(limits_document(TABLE)))
    assert parse_limits(document) == TABLE
    assert limits_document(parse_limits(document)) == document


def test_a_request_falls_under_the_limits_of_all_its_holders() -> None:
    accounts = TABLE.accounts_for("k1", "blue", "", "bot", 90_000_000)
    assert [(account.limit.id, account.holder) for account in accounts] == [
        ("keys", "k1"),
        ("blue", "blue"),
        ("bot", "bot"),
    ]
    assert [account.limit.id for account in TABLE.accounts_for("k1", "red", "", "other", 0)] == ["keys"]
    assert TABLE.accounts_for("", "", "", "", 0) == []


def test_accounts_are_remembered_until_the_first_of_their_periods_ends() -> None:
    first = TABLE.accounts_for("k1", "blue", "", "bot", 5)
    assert TABLE.accounts_for("k1", "blue", "", "bot", MINUTE_US - 1) is first
    later = TABLE.accounts_for("k1", "blue", "", "bot", MINUTE_US)
    assert later[0].from_us == MINUTE_US
    assert later[1:] == first[1:]
    assert TABLE.accounts_for("k1", "blue", "", "bot", 7) == first, "a clock that stepped back finds its period again"


def test_users_share_what_is_remembered_where_no_limit_counts_them() -> None:
    shared = TABLE.accounts_for("k1", "blue", "u1", "bot", 5)
    assert TABLE.accounts_for("k1", "blue", "u2", "bot", 5) is shared
    counting = LimitTable((KEYS, replace(KEYS, id="users", holder=Holder.USER)))
    assert [account.holder for account in counting.accounts_for("k1", "", "u2", "bot", 5)] == ["k1", "u2"]


@given(st.lists(st.integers(0, 2 * 366 * 86_400_000_000), max_size=12), st.sampled_from(["UTC", "America/Santiago"]))
def test_periods_are_those_of_the_calendar_in_whatever_order_moments_come(moments: list[int], zone: str) -> None:
    limits = tuple(Limit(period.value, Holder.KEY, "*", Measure.TOKENS, period, 1) for period in Period)
    table = LimitTable(limits, zone)
    for number, at_us in enumerate(moments):
        found = table.accounts_for(f"k{number}", "", "", "", at_us)
        assert found == [account_of(limit, f"k{number}", at_us, zone) for limit in limits]


def test_ones_own_limit_replaces_the_limit_of_everyone() -> None:
    own = replace(KEYS, id="own", name="k1", amount=600)
    table = LimitTable((KEYS, own, replace(KEYS, id="tokens", measure=Measure.TOKENS)))
    assert [each.limit.id for each in table.accounts_for("k1", "", "", "", 0)] == ["own", "tokens"]
    assert [each.limit.id for each in table.accounts_for("k2", "", "", "", 0)] == ["keys", "tokens"]


def test_a_holder_cannot_call_itself_everyone() -> None:
    assert [each.holder for each in TABLE.accounts_for("*", "", "", "", 0)] == ["*"], "one account of its own"


def _document(**changes: Any) -> dict[str, Any]:
    return {"version": 1, "zone": "UTC", "limits": []} | changes


ROW = {"id": "l", "holder": "key", "name": "*", "measure": "tokens", "period": "day", "amount": 1}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ([], "an object"),
        (_document(version=2), "version: 2"),
        (_document(zone=None), "zone"),
        (_document(zone="Nowhere"), "not a time zone"),
        (_document(limits={}), "not a list"),
        (_document(limits=[1]), r"limits\[0\]: not an object"),
        (_document(limits=[{}]), "missing"),
        (_document(limits=[ROW | {"period": "week"}]), "week"),
        (_document(limits=[ROW | {"amount": 1.5}]), "int"),
        (_document(limits=[ROW | {"amount": -1}]), "amount: -1"),
        (_document(limits=[ROW | {"amount": AMOUNT_MAX + 1}]), "amount"),
        (_document(limits=[ROW | {"name": ""}]), "name"),
        (_document(limits=[ROW | {"id": "a\x1fb"}]), "control character"),
        (_document(limits=[ROW | {"currency": "USD"}]), "currency"),
        (_document(limits=[ROW | {"measure": "money"}]), "currency"),
        (_document(limits=[ROW, ROW]), "of another limit"),
        (_document(limits=[ROW] * 4_097), "4096 are the most"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(document: Any, why: str) -> None:
    with pytest.raises((ValueError, TypeError), match=why):
        parse_limits(document)


def test_what_is_remembered_is_bounded() -> None:
    table = LimitTable((KEYS,))
    for number in range(16_400):
        assert table.accounts_for(f"k{number}", "", "", "", 0)[0].holder == f"k{number}"
    assert len(table._remembered) <= 16_384
