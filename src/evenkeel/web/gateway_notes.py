"""What came of the last changes, until the page that follows a form has shown it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

#: Kept in memory only: after a restart the history still says what was changed, not how fast it was in force.
NOTES_MAX: Final = 200
SAME: Final = "same"


class Notes:
    """Sentences by the id of a change. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notes: OrderedDict[str, str] = OrderedDict()

    def keep(self, change_id: str, sentence: str) -> None:
        """Remember it for a while."""
        with self._lock:
            self._notes[change_id] = sentence
            while len(self._notes) > NOTES_MAX:
                self._notes.popitem(last=False)

    def of(self, change_id: str) -> str:
        """The sentence; empty where there is none.

        >>> notes = Notes()
        >>> notes.keep("1", "In force.")
        >>> notes.of("1"), notes.of("2"), notes.of("same")
        ('In force.', '', 'It stood so already: nothing was changed.')
        """
        if change_id == SAME:
            return "It stood so already: nothing was changed."
        with self._lock:
            return self._notes.get(change_id, "")
