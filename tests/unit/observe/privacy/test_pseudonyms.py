"""People's ids become numbers that nobody without the key can go back from (SPEC OBS-7)."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evenkeel.kernel.errors import CorruptDataError
from evenkeel.observe.privacy.pseudonyms import FILE_NAME, Pseudonyms, open_pseudonyms, rotate_key

NOW_US = 1_790_000_000_000_000


def test_a_pseudonym_is_the_keyed_hash_cut_to_64_bits() -> None:
    mac = hashlib.blake2b(b"ada", key=b"k" * 32, digest_size=8).digest()
    assert Pseudonyms.with_key(b"k" * 32).of("ada") == int.from_bytes(mac, "big")


def test_another_key_makes_another_person() -> None:
    assert Pseudonyms.with_key(b"k" * 32).of("ada") != Pseudonyms.with_key(b"j" * 32).of("ada")


def test_pseudonyms_repeat_across_processes_of_a_home_and_differ_between_homes(tmp_path: Path) -> None:
    first, again = (open_pseudonyms(tmp_path / "a", NOW_US + n).of("ada") for n in (0, 5))
    assert first == again
    assert open_pseudonyms(tmp_path / "b", NOW_US).of("ada") != first


def test_the_key_is_32_random_bytes_that_only_its_owner_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    previous = os.umask(0)
    try:
        open_pseudonyms(folder, NOW_US)
    finally:
        os.umask(previous)
    assert (folder / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    (row,) = json.loads((folder / FILE_NAME).read_bytes())["keys"]
    assert (len(bytes.fromhex(row["secret"])), row["since_us"]) == (32, NOW_US)
    assert [file.name for file in folder.iterdir()] == [FILE_NAME]


def test_rotation_makes_new_pseudonyms_and_an_erasure_still_finds_the_old_ones(tmp_path: Path) -> None:
    old = open_pseudonyms(tmp_path, NOW_US).of("ada")
    rotate_key(tmp_path, NOW_US + 1)
    rotated = open_pseudonyms(tmp_path, NOW_US + 2)
    assert rotated.of("ada") != old
    assert rotated.all_of("ada") == [old, rotated.of("ada")]
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"keys": []}',
        b'{"keys": [{"secret": "", "since_us": 0}]}',
        b'{"keys": [{"secret": "00", "since_us": 0}]}',
        b'{"keys": [{"secret": "zz", "since_us": 0}]}',
        b'{"keys": [{"secret": "' + b"ab" * 32 + b'"}]}',
    ],
)
def test_a_damaged_key_file_stops_the_start_instead_of_making_weak_pseudonyms(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(CorruptDataError, match="Restore it from a backup"):
        open_pseudonyms(tmp_path, NOW_US)
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from evenkeel.observe.privacy.pseudonyms import open_pseudonyms;"
        "sys.stdin.readline(); print(open_pseudonyms(Path(sys.argv[1]), 1).of('ada'))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "secrets")]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for child in children:
        assert child.stdin
        child.stdin.write("\n")
        child.stdin.flush()
    said = {child.communicate(timeout=60)[0] for child in children}
    assert len(said) == 1
    assert all(child.returncode == 0 for child in children)
    assert [file.name for file in (tmp_path / "secrets").iterdir()] == [FILE_NAME]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from evenkeel.observe.privacy import pseudonyms as module

    monkeypatch.setattr(module, "_CACHE_MAX", 10)
    people = Pseudonyms.with_key(b"k" * 32)
    numbers = [people.of(f"person {n}") for n in range(1_000)]
    assert len(set(numbers)) == 1_000
    assert len(people._known) == 10
    assert people.of("person 999") == numbers[999]
