"""The real clock, identities and disk."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from evenkeel.store import system
from evenkeel.store.system import RealDisk, RealFile, SystemClock, SystemIds


def test_the_clock_agrees_with_the_machine() -> None:
    clock = SystemClock()
    assert abs(clock.now_us() / 1e6 - time.time()) < 5
    assert clock.monotonic_s() <= clock.monotonic_s()


def test_identities_rise_and_are_unique_across_threads() -> None:
    ids = SystemIds()
    made: list[list[str]] = [[] for _ in range(4)]

    def make(into: list[str]) -> None:
        into.extend(ids.new_id() for _ in range(2_000))

    threads = [threading.Thread(target=make, args=(each,)) for each in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(each == sorted(each) for each in made)
    assert len({one for each in made for one in each}) == 8_000
    assert all(one[12] == "7" and one[16] in "89ab" and len(one) == 32 for one in made[0])


def test_identities_rise_even_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = SystemIds()
    first = ids.new_id()
    monkeypatch.setattr(system.time, "time_ns", lambda: 1)
    assert first < ids.new_id() < ids.new_id()


def test_an_identity_begins_with_its_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.time, "time_ns", lambda: 0x0190_0000_0001 * 1_000_000)
    assert SystemIds().new_id().startswith("019000000001" + "7")


def test_what_is_created_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    disk = RealDisk()
    disk.make_directory(f"{tmp_path}/home/deep")
    disk.open_append(f"{tmp_path}/home/deep/a").close()
    disk.replace(f"{tmp_path}/home/deep/b", b"secret")
    modes = {each.name: each.stat().st_mode & 0o777 for each in (tmp_path / "home").rglob("*")}
    assert modes == {"deep": 0o700, "a": 0o600, "b": 0o600}


def test_a_replacement_that_fails_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = RealDisk()
    disk.replace(f"{tmp_path}/a", b"old")

    def full(_file: RealFile, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(RealFile, "append", full)
    with pytest.raises(OSError, match="No space left"):
        disk.replace(f"{tmp_path}/a", b"new")
    assert disk.list(str(tmp_path)) == ["a"]
    assert disk.read(f"{tmp_path}/a") == b"old"


def test_a_real_full_device_is_reported_as_full() -> None:
    file = RealDisk().open_append("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        file.append(b"x")
    assert caught.value.errno == errno.ENOSPC
    file.close()
    file.close()


def test_a_lock_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    code = (
        "import sys, evenkeel.store.system as s\n"
        "held = s.RealDisk().lock(sys.argv[1])\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, f"{tmp_path}/lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(BlockingIOError):
            RealDisk().lock(f"{tmp_path}/lock")
        child.kill()
        child.wait()
    RealDisk().lock(f"{tmp_path}/lock").release()
