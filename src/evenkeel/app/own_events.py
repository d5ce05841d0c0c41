"""Events of control's own making, such as what people said of answers: through a journal of its own, as all others."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.event import SCHEMA_ID
from evenkeel.kernel.ports import Clock, Disk
from evenkeel.store.journal.codec import encode_batch
from evenkeel.store.journal.writer import JournalWriter

WRITER: Final = "control"


class OwnEvents:
    """Safe to use from any thread. The journal is opened with the first event: most homes never have one."""

    def __init__(self, disk: Disk, journal: Path, clock: Clock) -> None:
        self._disk = disk
        self._directory = str(journal / WRITER)
        self._clock = clock
        self._lock = threading.Lock()
        self._writer: JournalWriter | None = None

    def write(self, batch: EventBatch) -> None:
        """Returns when the events are on stable storage. Raises what the journal raises: a full disk, a lost one."""
        with self._lock:
            if self._writer is None:
                self._writer = JournalWriter(self._disk, self._directory, writer=WRITER, clock=self._clock)
            self._writer.append(encode_batch(batch), schema_id=SCHEMA_ID, rows=len(batch))

    def close(self) -> None:
        """Close the journal."""
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
