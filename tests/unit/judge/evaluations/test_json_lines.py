"""Files of JSON lines: what each line says, and all that is wrong at once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from evenkeel.judge.evaluations.json_lines import read_contexts, read_each, read_object, read_text, split_lines
from evenkeel.kernel.errors import InvalidInputError


@dataclass(frozen=True)
class Line:
    id: str
    contexts: tuple[str, ...]


def read(line: str, number: int) -> Line:
    raw = read_object(line, {"id", "contexts"})
    return Line(read_text(raw, "id") or str(number), read_contexts(raw))


def test_lines_keep_their_numbers_and_other_signs_of_an_end_stay_in_texts() -> None:
    found = read_each(split_lines('{"contexts": ["a\u2028b"]}\n\n{"id": "x"}'), read, hint="")
    assert found == [Line("1", ("a\u2028b",)), Line("x", ())]


def test_each_fault_is_told_with_its_line_and_of_many_the_first_five() -> None:
    wrong = ["{", "[]", '{"other": 1}', '{"id": 1}', '{"contexts": "a"}', '{"id": "x"}', '{"id": "x"}', "nothing"]
    with pytest.raises(InvalidInputError) as refused:
        read_each(split_lines("\n".join(wrong)), read, hint="A line is an object.")
    assert refused.value.message == (
        "It cannot be used: line 1 is no JSON; line 2 is no JSON object; line 3 has an unknown 'other';"
        " line 4 has id that is no text; line 5 has contexts that are no list of texts and 2 more."
    )
    assert refused.value.hint == "A line is an object."


def test_half_a_character_and_nan_are_no_json_for_no_answer_could_tell_them() -> None:
    for line in ('{"id": "\\ud83d"}', '{"id": "\ud83d"}', '{"id": NaN}'):
        with pytest.raises(ValueError, match="is no JSON"):
            read_object(line, {"id"})
