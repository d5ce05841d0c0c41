"""What was written down is there after the process has ended, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evenkeel.kernel.batch import EventBatch
from evenkeel.store.journal.spool import NAMES, Spool
from evenkeel.store.system import RealDisk
from evenkeel.testing.disk import SimDisk


def event(number: int, **more: Any) -> dict[str, Any]:
    name = number.to_bytes(16)
    return {
        "event_id": name,
        "kind": "inference",
        "at": 1,
        "arrived_at": 2,
        "environment": "production",
        "service": "bot",
        "request_id": name,
        "source": "gateway",
        **more,
    }


def events(*numbers: int, **more: Any) -> list[dict[str, Any]]:
    return [event(number, **more) for number in numbers]


def ids(found: EventBatch) -> list[int]:
    return [int.from_bytes(name) for name in found.columns["event_id"]]


def test_every_value_of_an_event_comes_back_as_it_was() -> None:
    disk = SimDisk()
    written = events(1, latency_s=0.25, tokens_in=2**40, model="é", span_id=2**64 - 1, solo=True)
    Spool(disk, "journal/g0").write(written)
    expected = EventBatch()
    expected.add_all(written)
    assert Spool(disk, "journal/g0").left().row(0) == expected.row(0)


def test_events_of_two_batches_with_other_columns_stay_apart() -> None:
    disk = SimDisk()
    spool = Spool(disk, "journal/g0")
    spool.write(events(1, model="m"))
    spool.write(events(2, 3, reason="timeout"))
    found = spool.left()
    assert ids(found) == [1, 2, 3]
    assert found.columns["model"] == ["m", None, None]
    assert found.columns["reason"] == [None, "timeout", "timeout"]


def test_what_is_being_journaled_is_kept_while_new_events_come() -> None:
    disk = SimDisk()
    spool = Spool(disk, "journal/g0")
    spool.write(events(1))
    spool.turn()
    spool.write(events(2))
    assert sorted(ids(Spool(disk, "journal/g0").left())) == [1, 2]
    spool.clear()
    assert ids(Spool(disk, "journal/g0").left()) == [2]
    spool.turn()
    spool.write(events(3))
    assert sorted(ids(Spool(disk, "journal/g0").left())) == [2, 3]
    spool.clear_all()
    assert len(Spool(disk, "journal/g0").left()) == 0


def test_a_torn_end_is_left_out_wherever_it_is_torn(tmp_path: Path) -> None:
    directory = tmp_path / "g0"
    spool = Spool(RealDisk(), str(directory))
    spool.write(events(1))
    whole = (directory / NAMES[0]).stat().st_size
    spool.write(events(2))
    spool.close()
    data = (directory / NAMES[0]).read_bytes()
    for size in range(whole, len(data)):
        (directory / NAMES[0]).write_bytes(data[:size])
        assert ids(Spool(RealDisk(), str(directory)).left()) == [1]
    (directory / NAMES[0]).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert ids(Spool(RealDisk(), str(directory)).left()) == [1]


def test_a_file_of_anything_else_is_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "g0"
    directory.mkdir()
    (directory / NAMES[1]).write_bytes(b"\0" * 1000)
    assert len(Spool(RealDisk(), str(directory)).left()) == 0
