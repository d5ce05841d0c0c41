"""The schedules can fail: each of these breaks one rule of the journal, and is found."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from evenkeel.kernel.ports import Disk
from evenkeel.store.journal.layout import list_segments
from evenkeel.store.journal.reader import JournalReader, _Pass
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.telemetry.port import JournalOffset


class HastyWriter(JournalWriter):
    """Broken: acknowledges what is only in the page cache."""

    def _write(self, payload: bytes, schema_id: int, rows: int) -> JournalOffset:
        assert self._open is not None
        file = self._open.file
        self._open.file = _NeverSyncs(file)  # type: ignore[assignment]
        try:
            return super()._write(payload, schema_id, rows)
        finally:
            if self._open is not None:
                self._open.file = file


class _NeverSyncs:
    def __init__(self, file: object) -> None:
        self._file = file

    def __getattr__(self, name: str) -> object:
        return (lambda: None) if name == "sync" else getattr(self._file, name)


class StubbornWriter(JournalWriter):
    """Broken: believes the second sync after the first has failed."""

    def _write(self, payload: bytes, schema_id: int, rows: int) -> JournalOffset:
        assert self._open is not None
        try:
            return super()._write(payload, schema_id, rows)
        except OSError:
            self._open.file.sync()
            self._open.position = self._open.file.size()
            return JournalOffset(self._open.segment, self._open.position)


class ThriftyWriter(JournalWriter):
    """Broken: cuts a failed frame off and writes the next one in its place."""

    def _abandon(self) -> None:
        if self._open is not None:
            self._open.file.truncate(self._open.position)


class ForgetfulWriter(JournalWriter):
    """Broken: begins its numbers anew in every process."""

    def __init__(self, disk: Disk, directory: str, **options: object) -> None:
        super().__init__(disk, directory, **options)  # type: ignore[arg-type]
        self._next_segment = 1


class LateNameWriter(JournalWriter):
    """Broken: the name of a new segment becomes durable only with the next roll."""

    def _open_segment(self) -> None:
        disk, self._disk = self._disk, _NeverSyncsNames(self._disk)  # type: ignore[assignment]
        try:
            super()._open_segment()
        finally:
            self._disk = disk


class _NeverSyncsNames:
    def __init__(self, disk: object) -> None:
        self._disk = disk

    def __getattr__(self, name: str) -> object:
        return (lambda path: None) if name == "sync_directory" else getattr(self._disk, name)


class GreedyReader(JournalReader):
    """Broken: deletes the newest segment too."""

    def delete_folded(self, offsets: Mapping[str, JournalOffset]) -> int:
        for writer in offsets:
            for name in self._disk.list(f"{self._root}/{writer}"):
                if name.endswith(".log"):
                    self._disk.remove(f"{self._root}/{writer}/{name}")
        return 0


class LateListingReader(JournalReader):
    """Broken: moves on from a segment it read before it knew that the segment was final."""

    def _read_writer(self, writer: str, old: JournalOffset | None, one_pass: _Pass) -> JournalOffset | None:
        offset = super()._read_writer(writer, old, one_pass)
        segments = list_segments(self._disk, f"{self._root}/{writer}")
        newer = [each for each in segments if offset is not None and each > offset.segment]
        return JournalOffset(newer[0], 0) if newer and not one_pass.is_full else offset


BROKEN: dict[str, dict[str, object]] = {  # a store is named: it lives beside the schedules
    "a disk that lies about sync": {"lies_about_sync": True},
    "a disk that forgets names": {"forgets_names": True},
    "a writer that acknowledges before the sync": {"writer": HastyWriter},
    "a writer that believes a second sync": {"writer": StubbornWriter},
    "a writer that reuses a position": {"writer": ThriftyWriter},
    "a writer that forgets its numbers": {"writer": ForgetfulWriter},
    "a writer that leaves names unsynced": {"writer": LateNameWriter},
    "a reader that deletes the newest segment": {"reader": GreedyReader},
    "a reader that lists segments after reading": {"reader": LateListingReader},
    "a store that commits events before offsets": {"store": "EventsFirstStore"},
    "a store that commits offsets before events": {"store": "OffsetsFirstStore"},
}


@pytest.mark.parametrize("broken", BROKEN)
def test_the_schedules_find(schedules: SimpleNamespace, broken: str) -> None:
    parts = {key: getattr(schedules, part) if isinstance(part, str) else part for key, part in BROKEN[broken].items()}
    with pytest.raises(schedules.ViolationError):
        schedules.play(range(2_000), schedules.House(**parts))
