"""Every language that can be told has a name."""

from __future__ import annotations

from evenkeel.kernel.language.detect import LANGUAGES
from evenkeel.kernel.language.names import NAMES


def test_every_language_that_can_be_told_has_a_name_and_no_other_has() -> None:
    assert set(NAMES) == LANGUAGES
    assert len(set(NAMES.values())) == len(NAMES)
