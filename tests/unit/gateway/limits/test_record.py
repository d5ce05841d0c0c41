"""A record is a sector: whole, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.gateway.limits.model import Account, AccountState, Holder, Limit, Measure, Period
from evenkeel.gateway.limits.record import (
    SIZE,
    TAG_SIZE,
    WORKERS_MAX,
    Record,
    holder_in,
    name_of,
    tag_of,
    unpack,
    whose_of,
)
from evenkeel.kernel.errors import CorruptDataError

NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1)


@given(
    st.lists(NUMBERS, min_size=8, max_size=8), st.integers(0, (1 << 48) - 1), st.integers(0, WORKERS_MAX - 1), NUMBERS
)
def test_a_record_is_read_as_it_was_written(numbers: list[int], turns: int, worker: int, lease: int) -> None:
    record = Record(b"n" * 16, *numbers, turns)
    record.leases[worker] = lease
    assert len(record.pack()) == SIZE
    assert unpack(record.pack()) == record


@given(st.integers(0, SIZE * 8 - 1))
def test_one_wrong_bit_anywhere_but_in_the_unused_bytes_is_noticed(bit: int) -> None:
    data = bytearray(Record(b"n" * 16, 100, charged=7).pack())
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CorruptDataError):
        unpack(bytes(data))


@given(st.text(max_size=30), st.text(max_size=30))
def test_whose_it_is_is_kept_as_far_as_it_fits(limit_id: str, holder: str) -> None:
    limit = Limit(limit_id, Holder.TEAM, "*", Measure.REQUESTS, Period.DAY, 1)
    record = Record(b"n" * 16, 1, whose=whose_of(Account(limit, holder, 0, 1)))
    assert len(record.pack()) == SIZE
    found = unpack(record.pack())
    assert found is not None and found.whose[:TAG_SIZE] == tag_of(limit_id)
    fits = len(holder.encode()) <= 24
    assert holder_in(found.whose) == (holder.rstrip("\0") if fits else "")


def test_what_was_never_written_is_no_record() -> None:
    assert unpack(bytes(SIZE)) is None
    with pytest.raises(CorruptDataError):
        unpack(b"\1" * 100)


def test_what_is_free_is_neither_charged_nor_leased() -> None:
    record = Record(b"n" * 16, 100, charged=30, unsettled=5, overrun=1)
    record.leases[0], record.leases[47] = 10, 20
    assert record.free == 40
    assert record.state == AccountState(charged=30, leased=30, unsettled=5, overrun=1)


def test_each_worker_has_its_turn() -> None:
    record = Record(b"n" * 16, 1, turns=1 << 47 | 1)
    assert [record.turn(worker) for worker in (0, 1, 47)] == [1, 0, 1]


def test_names_of_accounts_differ_and_take_any_text() -> None:
    limit = Limit("l", Holder.USER, "*", Measure.REQUESTS, Period.DAY, 1)
    names = {name_of(Account(limit, holder, 0, 1)) for holder in ("a", "b", "ä", "\ud800")}
    assert len(names) == 4
    assert {len(name) for name in names} == {16}
