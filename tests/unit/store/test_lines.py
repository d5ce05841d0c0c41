"""Tables in lines: what is read line by line is what is read as a whole, and what has not changed is not read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.store.lines import EncodedRows, LineReader, OfParts, encode_lines, publish_lines
from evenkeel.store.tables import PublishedFile, PublishedTable, publish

TEXTS = st.text(st.sampled_from('ab,:[]{}"\\\n é\u2028'), max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES | st.lists(VALUES, max_size=4) | st.dictionaries(TEXTS, VALUES), max_size=4)
#: Ends and beginnings of lines, where one could be taken for another thing.
PIECES = st.sampled_from(
    [b"", b",", b"\n", b",\n", b"]", b"}", b"[", b"{", b":[\n", b":{\n", b"\n]", b"\n}", b"1", b'""']
)


def seen(read: Any, raw: bytes) -> str | None:
    """What is read, to the letter: 1, 1.0 and true are three things; None where it is refused."""
    try:
        return json.dumps(read(raw))
    except ValueError:
        return None


@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_one_document_after_the_other_is_read_as_if_it_were_the_only_one(documents: list[dict[str, Any]]) -> None:
    reader = LineReader()
    for document in documents:
        raw = encode_lines(document)
        assert json.loads(raw) == document
        assert seen(reader, raw) == json.dumps(json.loads(raw))


@given(DOCUMENTS, st.integers(0, 60), st.integers(0, 3), PIECES, st.booleans())
def test_a_damaged_file_is_read_as_json_or_not_at_all(
    document: dict[str, Any], at: int, length: int, piece: bytes, was_read_before: bool
) -> None:
    good = encode_lines(document)
    damaged = good[:at] + piece + good[at + length :]
    reader = LineReader()
    if was_read_before:
        reader(good)
    assert seen(reader, damaged) == seen(json.loads, damaged)
    assert seen(reader, good) == seen(json.loads, good)


@pytest.mark.parametrize(
    "text",
    [
        '{\n"a":[\n1\n2\n]\n}',
        '{\n"a":[\n1,\n]\n}',
        '{\n"a":[\n\n]\n}',
        '{\n"a":[\n1\n}\n}',
        '{\n"a":[\n1\n],\n}',
        '{\n"a":[\n1\n]\n"b":2\n}',
        '{\n"a":1}\n{"b":2\n}',
        '{\n"a":[\n1],[2\n]\n}',
        "{\n7:[\n1\n]\n}",
        '{\n"a":1\n} {',
        '{\n"a":1\n',
        "{\n}",
        "{\n\n}",
        '{\n"a":[\n1\n],\n"a":{\n"b":1\n},\n"a":2\n}',
        '{\n"a":{\n"b":1,\n"b":2\n}\n}',
        '\n{\n"a":1\n}',
        '[\n{\n"a":1\n}\n]',
        '"text"',
    ],
)
def test_what_only_looks_like_lines_is_read_as_json(text: str) -> None:
    assert seen(LineReader(), text.encode()) == seen(json.loads, text.encode())


def test_what_has_not_changed_is_the_same_object() -> None:
    reader = LineReader()
    document: dict[str, Any] = {"routes": {"a": {"x": 1}, "b": {"x": 2}}, "limits": [{"id": 1}], "zone": "UTC"}
    first = reader(encode_lines({"generation": 1, **document}))
    document["routes"] = {"a": {"x": 1}, "b": {"x": 3}}
    second = reader(encode_lines({"generation": 2, **document}))
    assert second == {"generation": 2, **document}
    assert second["routes"]["a"] is first["routes"]["a"]
    assert second["routes"] is not first["routes"]
    assert second["limits"] is first["limits"]
    assert second["zone"] is first["zone"]


def test_a_row_that_comes_or_goes_costs_the_lines_around_it_and_no_others() -> None:
    parsed: list[int] = []

    def make(rows: list[Any], rows_before: int) -> tuple[int, ...]:
        parsed.append(len(rows))
        assert rows[0]["number"] >= rows_before
        return tuple(row["number"] for row in rows)

    reader, rows = LineReader({"rows": make}), [{"number": number} for number in range(5_000)]
    lines = EncodedRows.of(rows, 32).lines
    assert 5_000 / 64 <= len(lines) <= 5_000 / 16
    assert (
        reader(encode_lines({"rows": EncodedRows(lines)}))["rows"]
        == reader(encode_lines({"rows": EncodedRows(lines)}))["rows"]
    )
    assert sum(parsed) == 5_000
    for gone in (0, 17, 2_500, 4_999):
        parsed.clear()
        left = [row for row in rows if row["number"] != gone]
        made = reader(encode_lines({"rows": EncodedRows.of(left, 32)}))["rows"]
        assert [number for line in made for number in line] == [row["number"] for row in left]
        assert sum(parsed) <= 400


def test_rows_that_no_lines_hold_are_made_of_too() -> None:
    reader = LineReader({"rows": lambda rows, _: len(rows)})
    for raw in (b'{"rows": [1, 2]}', b'{\n"rows":[1, 2]\n}'):
        assert reader(raw) == {"rows": (2,)}
    assert reader(encode_lines({"rows": []})) == {"rows": ()}
    assert reader(encode_lines({"rows": {"a": 1}})) == {"rows": {"a": 1}}
    assert reader(b"[7]") == [7]


def test_a_maker_that_refuses_leaves_the_reader_as_it_was() -> None:
    def make(rows: list[Any], rows_before: int) -> int:
        if "bad" in rows:
            raise ValueError(rows_before + rows.index("bad"))
        return len(rows)

    reader, good = LineReader({"rows": make}), encode_lines({"rows": ["a", "b"]})
    assert reader(good) == {"rows": (1, 1)}
    for _ in range(2):
        with pytest.raises(ValueError, match="1"):
            reader(encode_lines({"rows": ["a", "bad"]}))
    assert reader(good) == {"rows": (1, 1)}


def test_a_parser_is_asked_again_only_when_a_part_of_its_own_is_another_one() -> None:
    asked: list[Mapping[str, Any]] = []

    def parse(document: Mapping[str, Any]) -> int:
        asked.append(document)
        if document.get("zone") == "nowhere":
            raise ValueError("zone")
        return len(asked)

    reader, of_parts = LineReader(), OfParts(parse, "limits", "zone", "store")
    document: dict[str, Any] = {"generation": 1, "limits": [{"id": 1}], "zone": "UTC"}
    assert of_parts(reader(encode_lines(document))) == 1
    assert of_parts(reader(encode_lines({**document, "generation": 2}))) == 1
    assert of_parts(reader(encode_lines({**document, "store": None}))) == 2  # said to be none, and not said
    for _ in range(2):
        with pytest.raises(ValueError, match="zone"):
            of_parts(reader(encode_lines({**document, "zone": "nowhere"})))
    assert of_parts(reader(encode_lines({**document, "store": None}))) == 5


def test_tables_of_one_file_share_a_reader_and_take_files_of_either_kind(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    file = PublishedFile(path, LineReader())
    one, other = (
        PublishedTable(file, lambda document, of=of: document[of], None, look_every_s=0.0) for of in ("one", "other")
    )
    for number, write in enumerate((publish, publish_lines, publish, publish_lines)):
        write(path, {"one": [number], "other": {"a": -number}})
        assert (one.current(), other.current()) == ([number], {"a": -number})
        assert json.loads(path.read_bytes()) == {"one": [number], "other": {"a": -number}}
    path.write_bytes(b'{\n"one":[\n1\n')
    assert (one.current(), other.current()) == ([3], {"a": -3})
