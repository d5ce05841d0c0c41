"""leased - (used - charged) = free, after whatever happens to a lease."""

from __future__ import annotations

from evenkeel.gateway.limits.changing import Answer
from evenkeel.gateway.limits.lease import Lease
from evenkeel.gateway.limits.lease_file import LeaseFile
from evenkeel.gateway.limits.model import Account, Holder, Limit, Measure, Period
from evenkeel.gateway.limits.record import name_of

ACCOUNT = Account(Limit("cap", Holder.KEY, "*", Measure.TOKENS, Period.DAY, 100), "k", 0, 1)


def _lease(leased: int) -> Lease:
    file = LeaseFile([0] * 28, b"b" * 16)
    file.begin()
    lease = Lease(ACCOUNT, name_of(ACCOUNT), file)
    lease.answered(lease.prepare(most=leased), Answer(leased, leased, 0, 0, 0), 0.0)
    return lease


def test_what_is_taken_and_not_used_is_free_again() -> None:
    lease = _lease(50)
    lease.take(30)
    assert (lease.free, lease.reserved, lease.open) == (20, 30, 1)
    lease.settle(30, 10)
    assert (lease.free, lease.reserved, lease.open) == (40, 0, 0)
    change = lease.prepare(back=100)
    assert (change.settled, change.back, change.turns) == (10, 40, True)
    lease.answered(change, Answer(0, 0, 0, 10, 1), 1.0)
    assert lease.free == 0
    assert lease.release()
    assert not lease.release()


def test_a_reservation_that_an_overrun_ate_up_is_covered() -> None:
    lease = _lease(10)
    lease.take(4)
    lease.take(6)
    lease.settle(6, 11)
    change = lease.prepare()
    assert (lease.free, change.settled, change.overrun, change.cover) == (-5, 11, 5, 4)


def test_a_lease_with_an_open_reservation_is_not_given_up() -> None:
    lease = _lease(0)
    lease.take(0)
    assert not lease.release()
    lease.untake(0)
    assert lease.release()
