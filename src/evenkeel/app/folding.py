"""Journals into the telemetry store: read, fold, delete what is folded. One caller at a time."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.kernel.errors import CorruptDataError, UnstorableError
from evenkeel.kernel.ports import Clock, Disk
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.journal.codec import decode_payload
from evenkeel.store.journal.reader import Frame, JournalReader
from evenkeel.store.telemetry.port import JournalOffset, Telemetry

log = logging.getLogger(__name__)

#: What was found wrong with journals, kept for the health page.
FINDINGS_KEPT: Final = 100
DELETE_EVERY_US: Final = 30 * US_PER_SECOND


@dataclass(frozen=True, slots=True)
class FoldStep:
    """What one step did; `more` asks for another at once."""

    rows: int
    stored: int
    more: bool


class Folding:
    """Folds a home's journals, a step at a time."""

    def __init__(self, telemetry: Telemetry, disk: Disk, journal_root: str, clock: Clock) -> None:
        self._telemetry = telemetry
        self._reader = JournalReader(disk, journal_root)
        self._clock = clock
        self._deleted_at_us = 0
        self.still = threading.Lock()  # whoever holds it keeps store and journals as they are
        self.findings: deque[str] = deque(maxlen=FINDINGS_KEPT)
        self.folded_at_us = 0
        self.stepped_at_us = clock.now_us()  # the last step that went well, whether it found anything or not
        self.rows = 0

    def step(self) -> FoldStep:
        """Read and fold as much as one transaction should hold."""
        with self.still:
            return self._step()

    def _step(self) -> FoldStep:
        now_us = self._clock.now_us()
        read = self._reader.read(self._telemetry.offsets())
        for finding in read.findings:
            self._note(finding.message)
        frames: list[tuple[Frame, Any]] = []
        for frame in read.frames:
            try:
                frames.append((frame, decode_payload(frame.payload, frame.schema_id)))
            except CorruptDataError:
                self._note(self._reader.quarantine(frame).message)
        received = stored = 0
        if frames or read.offsets:
            received, stored = self._store(frames, read.offsets, now_us)
            self.rows += received
            self.folded_at_us = now_us
        if now_us - self._deleted_at_us >= DELETE_EVERY_US and not read.more:
            self._deleted_at_us = now_us
            self._reader.delete_folded(self._telemetry.offsets())
        self.stepped_at_us = now_us
        return FoldStep(received, stored, read.more)

    def _store(
        self, frames: Sequence[tuple[Frame, Any]], offsets: Mapping[str, JournalOffset], now_us: int
    ) -> tuple[int, int]:
        """(rows received, rows stored). A frame that the store refuses is set aside: it must not stop the others."""
        try:
            result = self._telemetry.fold([batch for _, batch in frames], offsets, now_us=now_us)
            return result.received, result.stored
        except UnstorableError:
            received = stored = 0
            for frame, batch in frames:
                try:
                    result = self._telemetry.fold([batch], {frame.writer: frame.offset}, now_us=now_us)
                    received, stored = received + result.received, stored + result.stored
                except UnstorableError as error:
                    self._note(f"{self._reader.quarantine(frame).message} {error.message}")
            self._telemetry.fold([], offsets, now_us=now_us)
            return received, stored

    def drain(self) -> int:
        """Fold everything that waits; answers how many events were new."""
        stored = 0
        while True:
            step = self.step()
            stored += step.stored
            if not step.more:
                return stored

    def _note(self, message: str) -> None:
        log.warning("%s", message)
        self.findings.append(message)
