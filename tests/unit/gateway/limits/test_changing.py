"""The rules of an account hold wherever it is kept: both records are changed alike."""

from __future__ import annotations

import random
from dataclasses import replace

from evenkeel.gateway.limits import changing
from evenkeel.gateway.limits.changing import Change, Recovered, Used
from evenkeel.gateway.limits.model import Account, Holder, Limit, Measure, Period
from evenkeel.gateway.limits.record import Record, name_of
from evenkeel.gateway.limits.shared_record import SharedRecord

ACCOUNT = Account(Limit("cap", Holder.KEY, "*", Measure.TOKENS, Period.MINUTE, 6_400), "k", 0, 60_000_000)
NAME = name_of(ACCOUNT)


def test_a_files_record_and_a_stores_record_answer_alike() -> None:
    chance = random.Random(3)
    one, other = Record(NAME, 6_400), SharedRecord(6_400)
    for _ in range(2_000):
        worker = chance.randrange(4)
        lease = one.lease(worker)
        change = Change(
            ACCOUNT, NAME, settled=chance.randint(0, lease // 3), turns=chance.random() < 0.5,
            back=chance.randint(0, lease // 3), least=chance.randint(0, 20), most=chance.randint(0, 200),
            ahead=chance.randint(0, 50),
        )  # fmt: skip
        if chance.random() < 0.1:
            used = Used(lease + 3, lease // 2, 3, ((0, 0), (0, 0)))
            found = changing.recover(one, worker, used, lambda turn: None)
            assert found == changing.recover(other, f"w{worker}", used, lambda turn: None)
            one.charged = other.charged = one.charged // 2
            one.unsettled = other.unsettled = min(one.unsettled, one.charged)
        assert changing.apply(one, worker, change, 7) == changing.apply(other, f"w{worker}", change, 7)
        assert one.state == other.state
        assert (one.free, one.turn(worker)) == (other.free, other.turn(f"w{worker}"))
        assert one.charged + one.leased <= one.amount + one.overrun


def test_a_dead_worker_is_charged_what_it_used_and_all_where_nobody_knows() -> None:
    record = SharedRecord(1_000, leases={"w": 100})
    noted: list[int] = []
    known = Used(90, 60, 0, ((0, 0), (0, 0)))
    assert changing.recover(record, "w", known, noted.append) == Recovered(1, 90, 30, 10)
    assert (record.charged, record.leased, noted, record.turn("w")) == (90, 0, [1], 1)
    unknown = SharedRecord(1_000, leases={"w": 100})
    assert changing.recover(unknown, "w", None, noted.append) == Recovered(1, 100, 100, 0)
    lying = replace(known, used=900)
    assert changing.recover(SharedRecord(1_000, leases={"w": 100}), "w", lying, noted.append).charged == 100
    assert changing.recover(SharedRecord(1_000), "w", None, noted.append) == Recovered()


def test_no_more_is_reconciled_than_is_unsettled() -> None:
    record = SharedRecord(1_000, charged=90, unsettled=30)
    assert [changing.reconcile(record, amount) for amount in (20, 20, -5)] == [20, 10, 0]
    assert (record.charged, record.unsettled) == (60, 0)
