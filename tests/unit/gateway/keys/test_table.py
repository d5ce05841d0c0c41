"""The table of keys, there and back, and what is refused of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.gateway.keys.model import KeyTable, VirtualKey
from evenkeel.gateway.keys.table import KeyRuns, Run, keys_document, parse_keys, parse_rows
from evenkeel.store.lines import EncodedRows, LineReader, encode_lines
from evenkeel.store.tables import PublishedTable, publish

HASH = "0123456789abcdef" * 4
KEY = VirtualKey("k1", "bot", "search", "staging", "bot", frozenset(("bot", "faq")), frozenset(("gpt-5",)), 1_000)
TABLE = KeyTable(7, {HASH: KEY, "f" * 64: VirtualKey("k2", "all", services=frozenset())})


def changed(**more: object) -> dict[str, Any]:
    document = keys_document(TABLE)
    document["keys"][0] |= more
    return document


def test_a_table_comes_back_as_it_went_through_json() -> None:
    assert parse_keys(json.loads(json.dumps(keys_document(TABLE)))) == TABLE
    assert keys_document(KeyTable(7, dict(reversed(list(TABLE.keys.items()))))) == keys_document(TABLE)


def test_a_document_holds_the_fields_that_control_and_worker_agreed_on() -> None:
    names = ["environment", "expires_at_us", "hash", "id", "models", "name", "service", "services", "team"]
    document = keys_document(TABLE)
    assert sorted(document) == ["generation", "keys", "version"]
    assert [sorted(row) for row in document["keys"]] == [names, names]


def test_one_key_may_have_two_secrets_with_ends_of_their_own() -> None:
    table = KeyTable(7, {HASH: KEY, "f" * 64: replace(KEY, expires_at_us=None)})
    assert parse_keys(keys_document(table)) == table


@pytest.mark.parametrize("name", sorted(keys_document(TABLE)["keys"][0]))
def test_a_field_left_out_is_refused_for_it_might_narrow_the_key(name: str) -> None:
    document = changed()
    del document["keys"][0][name]
    with pytest.raises(ValueError, match=rf"keys\[0\]: {name} missing"):
        parse_keys(document)


DAMAGED: list[tuple[Any, str]] = [
    ({}, "version: None is not 1"),
    ([], "is an object"),
    (keys_document(TABLE) | {"version": 2}, "version: 2 is not 1"),
    (keys_document(TABLE) | {"generation": True}, "generation: True"),
    (keys_document(TABLE) | {"generation": -1}, "generation: -1"),
    (keys_document(TABLE) | {"generation": "7"}, "generation: '7'"),
    (keys_document(TABLE) | {"keys": {}}, "keys: not a list"),
    (keys_document(TABLE) | {"keys": ["x"]}, r"keys\[0\]: not an object"),
    (changed(hash="0" * 63), r"keys\[0\].hash"),
    (changed(hash=HASH.upper()), r"keys\[0\].hash"),
    (changed(hash=7), r"keys\[0\].hash"),
    (changed(hash="f" * 64), r"keys\[1\]: the hash of another key"),
    (changed(id="k2"), r"keys\[1\]: the id of another key"),
    (changed(id=""), r"keys\[0\].id: empty"),
    (changed(id=7), r"keys\[0\]: Expected `str`, got `int` - at `\$.id`"),
    (changed(environment=" "), r"keys\[0\].environment: empty"),
    (changed(services="bot"), r"keys\[0\]: Expected `array \| null`, got `str` - at `\$.services`"),
    (changed(models=[1]), r"keys\[0\]: Expected `str`, got `int` - at `\$.models\[0\]`"),
    (changed(expires_at_us=True), r"keys\[0\]: Expected `int \| null`, got `bool`"),
    (changed(expires_at_us=1.5), r"keys\[0\]: Expected `int \| null`, got `float`"),
    (changed(expires_at_us=-1), r"keys\[0\].expires_at_us: -1"),
]


@pytest.mark.parametrize(("damaged", "said"), DAMAGED)
def test_nonsense_is_refused_by_its_place(damaged: Any, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        parse_keys(damaged)


def test_a_damaged_table_leaves_the_last_good_one_in_force(tmp_path: Path) -> None:
    path, now_s = tmp_path / "gateway_keys.json", [0.0]
    table = PublishedTable(path, parse_keys, KeyTable(), monotonic_s=lambda: now_s[0])
    publish(path, keys_document(TABLE))
    now_s[0] += 2
    assert table.current() == TABLE
    for damaged in ("{}", "[]", "7", '{"version": 1, "generation": 8, "keys": [{}]}'):
        path.write_text(damaged)
        now_s[0] += 2
        assert table.current() == TABLE


def rows_of(keys: Mapping[str, VirtualKey]) -> list[dict[str, Any]]:
    return keys_document(KeyTable(0, keys))["keys"]


KEYS = st.builds(
    VirtualKey,
    id=st.sampled_from(["k1", "k2", "k3", ""]),
    name=st.just("n"),
    services=st.none() | st.just(frozenset(("bot",))),
    expires_at_us=st.none() | st.integers(0, 2),
)
ROWS = st.tuples(st.integers(0, 15), KEYS).map(lambda pair: rows_of({f"{pair[0]:064x}": pair[1]})[0])


@given(st.lists(st.tuples(st.lists(ROWS, max_size=8), st.sampled_from([1, 2, 4, 0])), min_size=1, max_size=6))
def test_tables_read_one_after_the_other_are_those_read_alone(
    tables: list[tuple[list[dict[str, Any]], int]],
) -> None:
    lines, runs, last = LineReader({"keys": parse_rows}), KeyRuns(), None
    for generation, (rows, rows_per_line) in enumerate(tables):
        document: dict[str, Any] = {"version": 1, "generation": generation, "keys": rows}
        raw = json.dumps(document).encode()
        if rows_per_line:
            raw = encode_lines({**document, "keys": EncodedRows.of(rows, rows_per_line)})
        try:
            alone = parse_keys(document)
        except ValueError:
            with pytest.raises(ValueError, match="keys"):
                runs.table(lines(raw))
            assert last is None or last[0] == last[1]
        else:
            last = alone, runs.table(lines(raw))
            assert last[0] == last[1]


def test_one_key_that_changes_among_many_is_the_only_one_looked_into() -> None:
    looked = 0

    def parse(rows: list[Any], rows_before: int) -> Run:
        nonlocal looked
        looked += len(rows)
        return parse_rows(rows, rows_before)

    keys = {hashlib.sha256(b"%d" % number).hexdigest(): replace(KEY, id=f"k{number}") for number in range(2_000)}
    lines, runs = LineReader({"keys": parse}), KeyRuns()

    def read() -> KeyTable:
        document = {"version": 1, "generation": 1, "keys": EncodedRows.of(rows_of(keys), 32)}
        return runs.table(lines(encode_lines(document)))

    before = read()
    assert (looked, len(before.keys)) == (2_000, 2_000)
    gone, looked = hashlib.sha256(b"1234").hexdigest(), 0
    keys["0" * 64] = keys.pop(gone)
    after = read()
    assert looked <= 400
    assert after.keys == keys
    assert gone in before.keys  # who still reads the table before is not disturbed
    changed = [each for each in keys if each != "0" * 64 and after.keys[each] is not before.keys[each]]
    assert len(changed) <= looked
