"""Events on disk while evenkeel is away: whole or not there, in a directory that processes may share."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from evenkeel.observe.sdk.spool import Spool

EVENT = '{"id":"1"}'


def test_what_is_added_is_read_back_oldest_first(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "a" / "b", 1_000)
    assert spool.add([EVENT, '{"id":"2"}'])
    assert spool.add(['{"id":"3"}'])
    found = [[json.loads(event)["id"] for event in spool.read(file) or []] for file in spool.files()]
    assert found == [["1", "2"], ["3"]]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        Spool(tmp_path / "spool", 1_000)
    finally:
        os.umask(previous)
    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o700


def test_it_is_bounded_in_bytes_and_what_was_set_aside_counts(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 100)
    (tmp_path / "old.json.damaged").write_bytes(bytes(60))
    assert spool.add([EVENT])
    assert not spool.add([EVENT * 4])
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 100


@pytest.mark.parametrize("content", [b"", b"[{half", b"\xff", b'{"not": "a list"}'])
def test_what_cannot_be_read_is_set_aside_once(tmp_path: Path, content: bytes) -> None:
    spool = Spool(tmp_path, 1_000)
    (tmp_path / "1.json").write_bytes(content)
    (file,) = spool.files()
    assert spool.read(file) is None
    assert spool.files() == []
    assert (tmp_path / "1.json.damaged").read_bytes() == content


def test_a_file_that_another_process_sent_holds_nothing_any_more(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1_000)
    spool.add([EVENT])
    (file,) = spool.files()
    file.unlink()
    assert spool.read(file) == []


def test_a_disk_that_refuses_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, 1_000)

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    assert not spool.add([EVENT])
    assert list(tmp_path.iterdir()) == []


def test_a_draft_of_a_killed_process_is_never_sent(tmp_path: Path) -> None:
    (tmp_path / ".123-abc").write_bytes(b"[{half")
    assert Spool(tmp_path, 1_000).files() == []
