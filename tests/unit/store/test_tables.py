"""Published tables: replaced whole, read by workers that outlive control."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evenkeel.store.tables import LOOK_EVERY_S, PublishedTable, publish


class Stopwatch:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tables" / "prices.json"


@pytest.fixture
def table(path: Path, stopwatch: Stopwatch) -> PublishedTable[list[int]]:
    return PublishedTable(path, _numbers, [0], monotonic_s=stopwatch)


def _numbers(document: Mapping[str, Any]) -> list[int]:
    return [int(number) for number in document["numbers"]]


def later(stopwatch: Stopwatch, table: PublishedTable[list[int]]) -> list[int]:
    stopwatch.now_s += LOOK_EVERY_S
    return table.current()


def test_what_is_published_is_readable_by_its_owner_only_and_leaves_no_draft(path: Path) -> None:
    publish(path, {"name": "ünï", "numbers": [1]})
    assert json.loads(path.read_text()) == {"name": "ünï", "numbers": [1]}
    assert path.stat().st_mode & 0o777 == 0o600
    publish(path, {"numbers": [2]}, mode=0o644)
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in path.parent.iterdir()] == ["prices.json"]


def test_a_document_that_cannot_be_written_leaves_the_old_one(path: Path) -> None:
    publish(path, {"numbers": [1]})
    with pytest.raises(TypeError):
        publish(path, {"numbers": object()})
    assert json.loads(path.read_text()) == {"numbers": [1]}


def test_a_reader_sees_the_old_or_the_new_one_and_never_half(path: Path) -> None:
    """200 replacements of a document of 100 kB beside a reader that never stops."""
    publish(path, {"numbers": [0] * 20_000})
    done = threading.Event()

    def write() -> None:
        for turn in range(200):
            publish(path, {"numbers": [turn] * 20_000})
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while not done.is_set():
        numbers = json.loads(path.read_bytes())["numbers"]
        assert len(numbers) == 20_000
        assert len({*numbers}) == 1
        seen += 1
    writer.join()
    assert seen > 10


def test_before_anything_is_published_the_empty_table_is_in_force(table: PublishedTable[list[int]]) -> None:
    assert table.current() == [0]


def test_a_change_is_seen_within_a_second_and_not_looked_for_more_often(
    path: Path, table: PublishedTable[list[int]], stopwatch: Stopwatch
) -> None:
    publish(path, {"numbers": [1]})
    assert table.current() == [1]
    publish(path, {"numbers": [2]})
    stopwatch.now_s += LOOK_EVERY_S * 0.99
    assert table.current() == [1]
    assert later(stopwatch, table) == [2]


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"7", b'{"numbers": 7}', b'{"numbers": ["x"]}', b'{"other": 1}', b"\xff\xfe", b'"text"'],
)
def test_a_damaged_table_leaves_the_last_good_one_in_force_and_says_so_once(
    path: Path,
    table: PublishedTable[list[int]],
    stopwatch: Stopwatch,
    caplog: pytest.LogCaptureFixture,
    damage: bytes,
) -> None:
    publish(path, {"numbers": [1]})
    assert table.current() == [1]
    path.write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        assert later(stopwatch, table) == [1]
        assert later(stopwatch, table) == [1]
    (record,) = caplog.records
    assert "prices.json cannot be used, the last good one stays in force" in record.getMessage()
    publish(path, {"numbers": [3]})
    assert later(stopwatch, table) == [3]


def test_a_table_whose_parser_stumbles_over_its_shape_is_damaged_too(path: Path, stopwatch: Stopwatch) -> None:
    table = PublishedTable(path, lambda document: document["rows"][0].strip(), "none", monotonic_s=stopwatch)
    for rows in ([], [7], {}):
        publish(path, {"rows": rows})
        stopwatch.now_s += LOOK_EVERY_S
        assert table.current() == "none"


def test_a_table_that_is_taken_away_stays_in_force(
    path: Path, table: PublishedTable[list[int]], stopwatch: Stopwatch
) -> None:
    publish(path, {"numbers": [1]})
    assert table.current() == [1]
    path.unlink()
    assert later(stopwatch, table) == [1]


def test_an_unchanged_file_is_not_read_again(path: Path, stopwatch: Stopwatch) -> None:
    read: list[int] = []
    table = PublishedTable(path, lambda document: read.append(1) or len(read), 0, monotonic_s=stopwatch)
    publish(path, {})
    for _ in range(5):
        stopwatch.now_s += LOOK_EVERY_S
        assert table.current() == 1
    os.utime(path, ns=(1, 1))
    stopwatch.now_s += LOOK_EVERY_S
    assert table.current() == 2
