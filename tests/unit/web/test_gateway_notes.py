"""What came of a change is remembered for the page that follows, and no longer than needed."""

from __future__ import annotations

from evenkeel.web.gateway_notes import NOTES_MAX, SAME, Notes


def test_the_oldest_notes_make_room() -> None:
    notes = Notes()
    for number in range(NOTES_MAX + 1):
        notes.keep(str(number), f"note {number}")
    assert notes.of("0") == ""
    assert notes.of("1") == "note 1"
    assert notes.of(str(NOTES_MAX)) == f"note {NOTES_MAX}"
    assert "nothing was changed" in notes.of(SAME)
