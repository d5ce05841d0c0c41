"""What a worker used outlives it, and is believed of the same boot only."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.gateway.limits.changing import Used
from evenkeel.gateway.limits.lease_file import OVERRUN, SETTLED, USED, LeaseFile, MappedLeaseFile, read_boot
from evenkeel.kernel.errors import ConflictError, OverloadedError

BOOT = b"b" * 16
NAME = b"0123456789abcdef"


def test_a_successor_reads_what_was_used(tmp_path: Path) -> None:
    first = MappedLeaseFile(tmp_path / "l", BOOT)
    assert not first.is_trusted
    first.begin()
    at = first.add(NAME)
    first.words[at + USED], first.words[at + SETTLED], first.words[at + OVERRUN] = 30, 20, 5
    first.write_mark(at, 1, 10, 2)
    first.close()
    first.close()
    second = MappedLeaseFile(tmp_path / "l", BOOT)
    assert second.used() == {NAME: Used(30, 20, 5, ((0, 0), (10, 2)))}
    second.mark(NAME, 0)
    assert second.used()[NAME].marks == ((30, 5), (10, 2))
    second.begin()
    assert second.used() == {}
    second.close()


@pytest.mark.parametrize("boot", [b"c" * 16, bytes(16)])
def test_a_file_of_another_boot_says_nothing(boot: bytes) -> None:
    words = [0] * 28
    first = LeaseFile(words, BOOT)
    first.begin()
    first.add(NAME)
    assert list(first.used()) == [NAME]
    assert LeaseFile(words, boot).used() == {}


def test_a_file_belongs_to_one_worker(tmp_path: Path) -> None:
    first = MappedLeaseFile(tmp_path / "l", BOOT)
    with pytest.raises(ConflictError):
        MappedLeaseFile(tmp_path / "l", BOOT, tries_max=2)
    first.close()
    MappedLeaseFile(tmp_path / "l", BOOT, tries_max=2).close()


def test_entries_are_bounded_and_used_again() -> None:
    file = LeaseFile([0] * 28, BOOT)
    file.begin()
    at = file.add(NAME)
    file.add(NAME[::-1])
    with pytest.raises(OverloadedError):
        file.add(b"x" * 16)
    file.words[at + USED] = 7
    file.remove(at)
    assert file.add(b"x" * 16) == at
    assert file.used()[b"x" * 16].used == 0


def test_this_machine_tells_its_boot() -> None:
    assert len(read_boot()) == 16
