"""The Disk port: the real disk and the simulated one keep the same promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.kernel.ports import Disk
from evenkeel.store.system import RealDisk
from evenkeel.testing.disk import SimDisk


@pytest.fixture(params=["real", "simulated"])
def disk(request: pytest.FixtureRequest) -> Disk:
    return RealDisk() if request.param == "real" else SimDisk(seed=1)


@pytest.fixture
def root(disk: Disk, tmp_path: Path) -> str:
    path = f"{tmp_path}/home/journal"
    disk.make_directory(path)
    disk.make_directory(path)
    return path


def test_appended_bytes_are_read_back_in_part_and_in_whole(disk: Disk, root: str) -> None:
    file = disk.open_append(f"{root}/a")
    file.append(b"hello ")
    file.append(b"world")
    file.sync()
    assert file.size() == disk.size(f"{root}/a") == 11
    assert disk.read(f"{root}/a") == b"hello world"
    assert disk.read(f"{root}/a", 6) == b"world"
    assert disk.read(f"{root}/a", 2, 3) == b"llo"
    assert disk.read(f"{root}/a", 50, 3) == b""
    file.close()


def test_opening_an_existing_file_appends_to_it(disk: Disk, root: str) -> None:
    for part in (b"one", b"two"):
        file = disk.open_append(f"{root}/a")
        file.append(part)
        file.close()
    assert disk.read(f"{root}/a") == b"onetwo"


def test_a_cut_file_grows_from_where_it_was_cut(disk: Disk, root: str) -> None:
    file = disk.open_append(f"{root}/a")
    file.append(b"0123456789")
    file.truncate(4)
    file.append(b"x")
    file.sync()
    assert disk.read(f"{root}/a") == b"0123x"


def test_names_are_listed_in_order_and_a_missing_directory_is_empty(disk: Disk, root: str) -> None:
    for name in ("b", "a", "c"):
        disk.open_append(f"{root}/{name}").close()
    disk.sync_directory(root)
    assert list(disk.list(root)) == ["a", "b", "c"]
    assert list(disk.list(root.rpartition("/")[0])) == ["journal"]
    assert list(disk.list(f"{root}/missing")) == []


def test_replacing_leaves_the_new_content_and_no_other_name(disk: Disk, root: str) -> None:
    disk.replace(f"{root}/table.json", b"old")
    disk.replace(f"{root}/table.json", b"new")
    assert disk.read(f"{root}/table.json") == b"new"
    assert list(disk.list(root)) == ["table.json"]


def test_a_renamed_file_is_found_under_its_new_name_only(disk: Disk, root: str) -> None:
    disk.replace(f"{root}/a", b"1")
    disk.replace(f"{root}/b", b"2")
    disk.rename(f"{root}/a", f"{root}/b")
    disk.sync_directory(root)
    assert list(disk.list(root)) == ["b"]
    assert disk.read(f"{root}/b") == b"1"


def test_removing_twice_is_no_error_and_reading_what_is_gone_is(disk: Disk, root: str) -> None:
    disk.replace(f"{root}/a", b"1")
    disk.remove(f"{root}/a")
    disk.remove(f"{root}/a")
    with pytest.raises(FileNotFoundError):
        disk.read(f"{root}/a")
    with pytest.raises(FileNotFoundError):
        disk.size(f"{root}/a")


def test_opening_in_a_missing_directory_is_an_error(disk: Disk, root: str) -> None:
    with pytest.raises(FileNotFoundError):
        disk.open_append(f"{root}/missing/a")


def test_a_lock_excludes_others_until_it_is_released(disk: Disk, root: str) -> None:
    lock = disk.lock(f"{root}/lock")
    with pytest.raises(BlockingIOError):
        disk.lock(f"{root}/lock")
    lock.release()
    lock.release()
    disk.lock(f"{root}/lock").release()


def test_free_room_is_known_even_for_a_path_that_does_not_exist_yet(disk: Disk, root: str) -> None:
    assert disk.free_bytes(f"{root}/not/yet") > 0
