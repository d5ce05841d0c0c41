"""A lease that lapsed is charged, and is a lease again when its lessee is heard of."""

from __future__ import annotations

import pytest

from evenkeel.gateway.limits.changing import reconcile
from evenkeel.gateway.limits.model import AccountState
from evenkeel.gateway.limits.shared_record import LESSEES_MAX, TOKEN_SIZE, SharedRecord, unpack
from evenkeel.kernel.errors import CorruptDataError, OverloadedError

TOKEN = b"t" * TOKEN_SIZE


def test_a_record_is_read_as_it_was_written() -> None:
    record = SharedRecord(10**18, 10**17, 5, 3, 1 << 62, {"a": 1 << 61, "b": 7}, {"b"}, {"c": 9})
    assert unpack(record.pack(TOKEN)) == record
    assert record.pack(TOKEN)[:TOKEN_SIZE] == TOKEN
    for broken in (TOKEN, TOKEN + b"x", record.pack(TOKEN)[:-1]):
        with pytest.raises(CorruptDataError):
            unpack(broken)


def test_what_lapses_is_charged_and_never_free() -> None:
    record = SharedRecord(1_000, charged=100, leases={"a": 300, "b": 50})
    free = record.free
    assert record.lapse("a") == 300
    assert record.lapse("a") == 0
    assert record.free == free
    assert record.state == AccountState(400, 50, 300, 0)
    record.restore("a")
    record.restore("a")
    assert record.state == AccountState(100, 350, 0, 0)
    assert record.free == free


def test_what_a_person_took_back_is_not_leased_again() -> None:
    record = SharedRecord(1_000, leases={"a": 300})
    record.lapse("a")
    assert reconcile(record, 200) == 200
    record.restore("a")
    assert record.state == AccountState(0, 100, 0, 0)


def test_lessees_of_one_account_are_bounded() -> None:
    record = SharedRecord(1 << 40)
    for number in range(LESSEES_MAX):
        record.set_lease(f"w{number}", 1)
    with pytest.raises(OverloadedError, match="Run fewer workers"):
        record.set_lease("another", 1)
    for number in range(LESSEES_MAX):
        record.lapse(f"w{number}")
        record.set_lease(f"v{number}", 1)
    for number in range(LESSEES_MAX):
        record.lapse(f"v{number}")
    assert len(record.lapsed) == LESSEES_MAX
    assert record.charged == 2 * LESSEES_MAX
    record.turn_over("w1")
    record.forget("w1")
    assert record.turn("w1") == 0
