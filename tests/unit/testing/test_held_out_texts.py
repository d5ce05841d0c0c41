"""The held-out texts are not those that the heuristics and patterns were adjusted to."""

from __future__ import annotations

import re

from evenkeel.testing.guarded_texts import telemetry_texts
from evenkeel.testing.held_out_texts import ATTEMPTS, HARMLESS, PLACES, TELEMETRY, telemetry_lines
from evenkeel.testing.injection_texts import attempts, harmless_texts


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def test_no_text_stands_twice_and_none_is_one_of_the_known_set_in_nearly_the_same_words() -> None:
    held_out = [text for kinds in (ATTEMPTS, HARMLESS) for texts in kinds.values() for text in texts]
    assert len(set(held_out)) == len(held_out) >= 100
    known = [words(text) for text in {*attempts(480), *harmless_texts(440)}]
    for text in held_out:
        said = words(text)
        nearest = max(len(said & other) / len(said | other) for other in known)
        assert nearest < 0.6, text


def test_lines_are_the_same_from_a_seed_and_no_place_is_left_in_them() -> None:
    for kind in TELEMETRY:
        lines = list(telemetry_lines(kind, 30))
        assert lines == list(telemetry_lines(kind, 30))
        assert len(set(lines)) == 30
        assert lines != list(telemetry_lines(kind, 30, seed=1))
        assert not any(re.search(rf"<[{''.join(PLACES)}]\d+>", line) for line in lines)
    assert not {line for kind in TELEMETRY for line in telemetry_lines(kind, 50)} & {
        each.text for each in telemetry_texts(500)
    }
