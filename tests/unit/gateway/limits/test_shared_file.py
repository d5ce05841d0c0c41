"""One file, many openings of it: what one writes the others see, and one at a time holds it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from evenkeel.gateway.limits import shared_file
from evenkeel.gateway.limits.shared_file import RealSharedFile
from evenkeel.kernel.errors import OverloadedError


def test_it_has_its_size_from_the_beginning_and_its_owner_alone_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "accounts.bin"
    RealSharedFile(path, 8_192).close()
    assert path.stat().st_size == 8_192
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_blocks * 512 >= 8_192, "a hole would find the disk full later"


def test_what_one_writes_the_other_reads(tmp_path: Path) -> None:
    one, other = RealSharedFile(tmp_path / "f", 4_096), RealSharedFile(tmp_path / "f", 4_096)
    one.write(512, b"abc")
    one.sync()
    assert other.read(512, 4) == b"abc\0"
    one.close()
    one.close()
    other.close()


def test_the_lock_keeps_out_other_openings_and_other_threads(tmp_path: Path) -> None:
    one, other = RealSharedFile(tmp_path / "f", 4_096), RealSharedFile(tmp_path / "f", 4_096)
    got = threading.Event()

    def lock(file: RealSharedFile) -> None:
        with file.locked():
            got.set()

    for file in (one, other):
        with one.locked():
            waiting = threading.Thread(target=lock, args=(file,))
            waiting.start()
            assert not got.wait(0.02)
        waiting.join()
        assert got.is_set()
        got.clear()


def test_a_lock_that_is_never_given_up_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = RealSharedFile(tmp_path / "f", 4_096), RealSharedFile(tmp_path / "f", 4_096)
    monkeypatch.setattr(shared_file, "_TRIES_MAX", 3)
    with one.locked(), pytest.raises(OverloadedError, match="SIGSTOP"), other.locked():
        pytest.fail("it was locked twice")
    with other.locked():
        pass
