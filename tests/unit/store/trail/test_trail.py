"""The audit trail on SQLite: each row holds the one before it. (Both databases: tests/contracts/test_records.py.)"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from evenkeel.store.records.engine import Records
from evenkeel.store.trail import trail
from evenkeel.store.trail.trail import Change, TrailReport


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    yield opened
    opened.close()


def write(records: Records, *changes: Change) -> None:
    for number, change in enumerate(changes):
        with records.transaction() as connection:
            trail.record(connection, change, 1_000 + number)


def go_round(records: Records, *statements: str) -> None:
    """Change the table as somebody who owns the file can."""
    with records.transaction() as connection:
        for verb in ("update", "delete"):
            connection.execute(sa.text(f"DROP TRIGGER IF EXISTS trail_no_{verb}"))
        for statement in statements:
            connection.execute(sa.text(statement))


CHANGES = [Change("ada", "key.create", f"key-{number}", after={"n": number}, reason="r") for number in range(5)]


def test_an_empty_trail_holds(records: Records) -> None:
    assert trail.verify(records) == TrailReport(0)
    assert trail.latest(records) == []


def test_a_row_keeps_who_did_what_to_what_and_why(records: Records) -> None:
    write(records, Change("ada", "key.revoke", "key-1", before={"b": [1, "ü"], "a": None}, reason="leaked"))
    (row,) = trail.latest(records)
    assert {name: row[name] for name in ("seq", "at_us", "actor", "action", "target", "after", "reason")} == {
        "seq": 1, "at_us": 1_000, "actor": "ada", "action": "key.revoke", "target": "key-1", "after": None,
        "reason": "leaked",
    }  # fmt: skip
    assert row["before"] == '{"a":null,"b":[1,"ü"]}'
    assert row["previous"] == "0" * 64


def test_the_newest_come_first_and_no_more_than_asked_for(records: Records) -> None:
    write(records, *CHANGES)
    assert [row["target"] for row in trail.latest(records, limit=2)] == ["key-4", "key-3"]
    assert [json.loads(row["after"])["n"] for row in trail.latest(records)] == [4, 3, 2, 1, 0]


def test_the_rows_of_one_target_are_found_newest_first(records: Records) -> None:
    again = Change("ada", "key.revoke", "key-3")
    write(records, *CHANGES, again, again)
    assert [row["seq"] for row in trail.concerning(records, "key-3")] == [7, 6, 4]
    assert [row["seq"] for row in trail.concerning(records, "key-3", limit=1)] == [7]
    assert trail.concerning(records, "key-9") == []


@pytest.mark.parametrize("column", ["at_us", "actor", "action", "target", "before", "after", "reason", "hash"])
def test_a_change_of_any_column_is_found_at_its_row(records: Records, column: str) -> None:
    write(records, *CHANGES)
    go_round(records, f"UPDATE trail SET {column} = '7' WHERE seq = 3")
    report = trail.verify(records)
    assert (report.broken_at, report.why) == (3, "row 3 was altered")


def test_a_row_altered_with_its_hash_made_anew_is_found_at_the_next(records: Records) -> None:
    write(records, *CHANGES)
    row = dict(trail.latest(records)[2]) | {"actor": "eve"}
    go_round(records, f"UPDATE trail SET actor = 'eve', hash = '{trail._hash(row)}' WHERE seq = 3")
    report = trail.verify(records)
    assert (report.rows, report.broken_at, report.why) == (4, 4, "row 4 does not follow the row before it")


@pytest.mark.parametrize("seq", [1, 3])
def test_a_row_taken_out_is_missed_even_the_first(records: Records, seq: int) -> None:
    write(records, *CHANGES)
    go_round(records, f"DELETE FROM trail WHERE seq = {seq}")
    assert trail.verify(records) == TrailReport(seq, seq, f"row {seq} is missing")


def test_rows_taken_out_and_numbered_anew_are_found(records: Records) -> None:
    write(records, *CHANGES)
    go_round(
        records, "DELETE FROM trail WHERE seq = 3", "UPDATE trail SET seq = 3 WHERE seq = 4",
        "UPDATE trail SET seq = 4 WHERE seq = 5",
    )  # fmt: skip
    assert trail.verify(records).broken_at == 3


def test_rows_that_changed_places_are_found(records: Records) -> None:
    write(records, *CHANGES)
    go_round(
        records, "UPDATE trail SET seq = 99 WHERE seq = 2", "UPDATE trail SET seq = 2 WHERE seq = 3",
        "UPDATE trail SET seq = 3 WHERE seq = 99",
    )  # fmt: skip
    assert trail.verify(records).broken_at == 2


def test_many_at_once_make_one_unbroken_chain(records: Records) -> None:
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            write(records, *[Change(name, "act", str(number)) for number in range(10)])
        except sa.exc.SQLAlchemyError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert trail.verify(records) == TrailReport(40)


def test_a_change_that_is_not_kept_leaves_no_row(records: Records) -> None:
    write(records, *CHANGES)
    with pytest.raises(RuntimeError), records.transaction() as connection:
        trail.record(connection, CHANGES[0], 1)
        raise RuntimeError
    assert trail.verify(records) == TrailReport(5)
