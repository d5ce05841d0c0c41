"""What workers put there becomes a review; what control left half done is taken over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.gateway.guard.model import GuardPolicy
from evenkeel.gateway.guard.table import guards_document
from evenkeel.gateway.holds.files import HoldFiles
from evenkeel.gateway.holds.model import Content, Hold, Ruling
from evenkeel.gateway.reviews.service import Reviews
from evenkeel.kernel.errors import ConflictError, InvalidInputError
from evenkeel.org.approvals.model import State
from evenkeel.org.approvals.service import Approvals
from evenkeel.store.records.engine import Records
from evenkeel.store.system import RealDisk

ID = "0123456789abcdef0123456789abcdef"


class Now:
    """A clock that is set."""

    at_us = 1_500

    def now_us(self) -> int:
        return self.at_us

    def monotonic_s(self) -> float:
        return self.at_us / 1e6


class World:
    def __init__(self, folder: Path) -> None:
        self.clock = Now()
        self.records = Records.open(f"sqlite:///{folder / 'records.sqlite'}")
        self.files = HoldFiles(folder / "holds", RealDisk())
        self.told: list[str] = []
        approvals = Approvals(self.records, self.clock)
        self.reviews = Reviews(approvals, self.files, self.clock, lambda key: self.told.append(str(key)))
        about = (ID, "k", "production", "bot", "output", "chat", "openai", "POST", "/v1/chat/completions", "r")
        policy = guards_document({"": GuardPolicy()})
        self.files.put(Hold(*about, 1_000, 2_000, 5, "h", policy=policy), Content([], b"plain", 200))
        self.reviews.step()

    def state(self) -> State:
        return self.reviews.get(ID).approval.state


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.records.close()


def test_what_nobody_decides_expires_and_is_erased(world: World) -> None:
    world.clock.at_us = 1_999
    world.reviews.step()
    assert world.state() is State.WAITING
    world.clock.at_us = 2_000
    world.reviews.step()
    assert (world.state(), world.files.content(ID)) == (State.EXPIRED, None)


def test_a_ruling_that_control_died_behind_is_taken_over(world: World) -> None:
    world.files.rule(ID, Ruling("approved", "grace", 1_600, "fine"))
    world.reviews.step()
    assert (world.state(), world.reviews.get(ID).approval.decided_by) == (State.APPROVED, "grace")


def test_nothing_is_approved_that_is_not_there(world: World) -> None:
    world.files.erase(ID)
    with pytest.raises(ConflictError, match="not here any more"):
        world.reviews.decide(ID, State.APPROVED, "grace")
    assert world.state() is State.WAITING
    world.reviews.decide(ID, State.REJECTED, "grace", "lost")
    assert world.state() is State.REJECTED


def test_a_decision_that_makes_no_sense_is_none(world: World) -> None:
    for state, edits in (
        (State.EXPIRED, None),
        (State.REJECTED, None),
        (State.EDITED, None),
        (State.APPROVED, {0: "x"}),
    ):
        with pytest.raises(InvalidInputError):
            world.reviews.decide(ID, state, "grace", edits=edits)
    assert world.state() is State.WAITING


def test_pages_are_told_when_something_waits_and_when_it_does_not_any_more(world: World) -> None:
    assert world.told == ["production/bot"]
    world.reviews.step()
    assert len(world.told) == 1
    world.reviews.decide(ID, State.APPROVED, "grace")
    assert len(world.told) == 2


def test_what_waits_is_counted_and_when_it_was_last_taken_in_is_known(world: World) -> None:
    assert Reviews(Approvals(world.records, world.clock), world.files, world.clock).stepped_at_us is None
    assert world.reviews.stepped_at_us == 1_500
    tally = world.reviews.tally()
    assert (tally.waiting, tally.late, tally.oldest_at_us, tally.expired) == (1, 1, 1_000, 0)
    world.clock.at_us = 2_000
    assert (world.reviews.tally().waiting, world.reviews.tally().expired) == (0, 1)  # before it was written down
    world.reviews.step()
    assert (world.reviews.tally().waiting, world.reviews.tally().expired) == (0, 1)
