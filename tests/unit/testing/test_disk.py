"""The simulated disk loses what a real one may lose, and nothing else."""

from __future__ import annotations

import errno

import pytest

from evenkeel.testing.disk import UNLIMITED_BYTES, SimDisk, SimFile, SimulatedCrashError

SEEDS = range(200)


def durable_file(disk: SimDisk, path: str, data: bytes) -> SimFile:
    file = disk.open_append(path)
    file.append(data)
    file.sync()
    disk.sync_directory("")
    return file


def test_what_was_synced_survives_and_of_the_rest_a_beginning_may() -> None:
    kept: set[bytes] = set()
    for seed in SEEDS:
        disk = SimDisk(seed)
        durable_file(disk, "a", b"synced").append(b"unsynced")
        assert disk.read("a") == b"syncedunsynced"
        disk.crash()
        kept.add(disk.read("a"))
    assert all(each.startswith(b"synced") and len(each) <= 14 for each in kept)
    assert {b"synced", b"syncedunsynced"} < kept
    assert any(b"syncedunsynced".startswith(each) for each in kept - {b"synced", b"syncedunsynced"}), "torn"
    assert any(not b"syncedunsynced".startswith(each) for each in kept), "torn and filled with something else"


def test_a_name_that_was_not_synced_may_vanish() -> None:
    outcomes = set[int]()
    for seed in SEEDS:
        disk = SimDisk(seed)
        disk.open_append("a").sync()
        disk.crash()
        outcomes.add(len(disk.list("")))
    assert outcomes == {0, 1}


def test_a_rename_happens_whole_or_not_at_all() -> None:
    outcomes = set[str]()
    for seed in SEEDS:
        disk = SimDisk(seed)
        durable_file(disk, "old", b"x")
        disk.rename("old", "new")
        disk.crash()
        outcomes.add(",".join(disk.list("")))
    assert outcomes == {"old", "new"}


def test_a_removal_is_certain_only_after_the_directory_was_synced() -> None:
    outcomes = set[int]()
    for seed in SEEDS:
        disk = SimDisk(seed)
        durable_file(disk, "a", b"x")
        disk.remove("a")
        disk.crash()
        outcomes.add(len(disk.list("")))
        disk.remove("a")
        disk.sync_directory("")
        disk.crash()
        assert not disk.list("")
    assert outcomes == {0, 1}


def test_replacing_survives_at_once_and_a_crash_within_leaves_the_old_or_the_new() -> None:
    outcomes = set[bytes]()
    for seed in SEEDS:
        disk = SimDisk(seed)
        disk.replace("a", b"old")
        disk.crash_after(1)
        with pytest.raises(SimulatedCrashError):
            disk.replace("a", b"new")
        disk.crash()
        outcomes.add(disk.read("a"))
        disk.replace("a", b"third")
        disk.crash()
        assert disk.read("a") == b"third"
    assert outcomes == {b"old", b"new"}


def test_after_a_failed_sync_a_later_one_does_not_save_the_bytes() -> None:
    kept = set[bytes]()
    for seed in SEEDS:
        disk = SimDisk(seed)
        file = durable_file(disk, "a", b"1111")
        file.append(b"2222")
        disk.sync_error_ratio = 1.0
        with pytest.raises(OSError, match="Input/output error") as caught:
            file.sync()
        assert caught.value.errno == errno.EIO
        disk.sync_error_ratio = 0.0
        file.append(b"3333")
        file.sync()
        assert disk.read("a") == b"111122223333", "the cache still shows them"
        disk.crash()
        kept.add(disk.read("a"))
    assert all(each.startswith(b"1111") and each.endswith(b"3333") and b"2222" not in each for each in kept)


def test_a_full_disk_takes_what_fits_and_says_so() -> None:
    disk = SimDisk(capacity_bytes=5)
    file = disk.open_append("a")
    with pytest.raises(OSError, match="No space left") as caught:
        file.append(b"1234567")
    assert caught.value.errno == errno.ENOSPC
    assert disk.read("a") == b"12345"
    assert disk.free_bytes("") == 0
    file.truncate(2)
    assert disk.free_bytes("") == 3
    disk.capacity_bytes = UNLIMITED_BYTES
    file.append(b"x")


def test_a_machine_that_is_down_does_nothing_until_it_is_up_and_old_handles_stay_dead() -> None:
    disk = SimDisk()
    file = durable_file(disk, "a", b"x")
    held = disk.lock("lock")
    disk.crash_after(1)
    for _ in range(3):
        with pytest.raises(SimulatedCrashError):
            disk.list("")
    disk.crash()
    with pytest.raises(SimulatedCrashError):
        file.append(b"y")
    fresh = disk.lock("lock")
    held.release()
    with pytest.raises(BlockingIOError):
        disk.lock("lock")
    fresh.release()


def test_others_may_act_between_two_operations_and_are_not_interrupted_themselves() -> None:
    disk = SimDisk()
    seen: list[str] = []

    def act(operation: str, path: str) -> None:
        seen.append(operation)
        disk.list("")

    disk.on_operation = act
    disk.open_append("a").append(b"1")
    assert seen == ["open_append", "append", "append-rest"]


def test_the_same_seed_tears_the_same_way() -> None:
    def life(seed: int) -> bytes:
        disk = SimDisk(seed)
        durable_file(disk, "a", b"1").append(bytes(range(200)))
        disk.crash()
        return disk.read("a")

    assert [life(seed) for seed in range(50)] == [life(seed) for seed in range(50)]
    assert len({life(seed) for seed in range(50)}) > 5


def test_damage_is_seen_at_once_and_after_a_crash() -> None:
    disk = SimDisk()
    durable_file(disk, "a", b"abc")
    disk.damage("a", 1, b"X")
    assert disk.read("a") == b"aXc"
    disk.crash()
    assert disk.read("a") == b"aXc"


def test_a_broken_disk_breaks_its_promises() -> None:
    lost = 0
    for seed in range(50):
        disk = SimDisk(seed)
        disk.lies_about_sync = True
        durable_file(disk, "a", b"abc")
        disk.crash()
        lost += disk.read("a") != b"abc"
        disk.forgets_names = True
        durable_file(disk, "b", b"abc")
        disk.crash()
        lost += "b" not in disk.list("")
    assert lost > 20
