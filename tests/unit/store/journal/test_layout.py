"""Names on the disk: sorted as numbers, told from everything else, never usable to leave the directory."""

from __future__ import annotations

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.store.journal.layout import (
    LOCK_NAME,
    SEGMENT_MAX,
    check_writer,
    last_number,
    list_quarantined,
    list_segments,
    list_writers,
    quarantine_name,
    segment_name,
)
from evenkeel.testing.disk import SimDisk


def disk_with(*names: str) -> SimDisk:
    disk = SimDisk(seed=1)
    disk.make_directory("/j")
    for name in names:
        disk.open_append(f"/j/{name}").close()
    return disk


@pytest.mark.parametrize("writer", ["w0", "intake-0", "a", "9", "a.b_c-d", "x" * 63])
def test_a_usable_writer_is_itself(writer: str) -> None:
    assert check_writer(writer) == writer


@pytest.mark.parametrize("writer", ["", ".", "..", "a/b", "../a", "A", "-a", ".hidden", "a b", "ä", "x" * 64, "a\n"])
def test_a_name_that_could_leave_the_directory_or_hide_is_refused(writer: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a usable name"):
        check_writer(writer)


def test_names_sort_as_their_numbers_up_to_the_largest() -> None:
    names = [segment_name(number) for number in (1, 2, 10, 99, 100_000, SEGMENT_MAX)]
    assert names == sorted(names)
    assert {len(name) for name in names} == {12}


def test_segments_are_listed_by_number_and_nothing_else_is_one() -> None:
    disk = disk_with(
        segment_name(10), segment_name(2), quarantine_name(3, 40), LOCK_NAME, "0000007.log", "00000007.log.new",
        ".00000007.log.1-2.new", "x.log",
    )  # fmt: skip
    assert list_segments(disk, "/j") == [2, 10]
    assert list_quarantined(disk, "/j") == ["00000003.40.quarantine"]


def test_a_number_that_only_a_quarantined_file_remembers_is_not_given_again() -> None:
    assert last_number(disk_with(segment_name(2), quarantine_name(7, 0)), "/j") == 7
    assert last_number(disk_with(LOCK_NAME), "/j") == 0
    assert last_number(SimDisk(seed=1), "/nowhere") == 0


def test_writers_are_the_directories_that_could_be_ours() -> None:
    disk = SimDisk(seed=1)
    for name in ("w1", "w0", ".trash", "Lost+Found"):
        disk.make_directory(f"/j/{name}")
    assert list_writers(disk, "/j") == ["w0", "w1"]
