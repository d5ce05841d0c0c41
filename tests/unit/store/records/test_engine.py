"""The records on SQLite: durable, one writer at a time, migrated when opened. (Both databases: tests/contracts.)"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from evenkeel.store.records import engine
from evenkeel.store.records.engine import HEAD, Records


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.sqlite"


@pytest.fixture
def records(path: Path) -> Iterator[Records]:
    opened = Records.open(f"sqlite:///{path}")
    yield opened
    opened.close()


def test_a_new_database_is_made_at_the_newest_migration(records: Records) -> None:
    assert records.version() == HEAD
    assert records.dialect == "sqlite"


def test_the_head_is_the_newest_migration_and_each_follows_one(path: Path) -> None:
    scripts = sorted((Path(engine.__file__).parent / "migrations" / "versions").glob("v*.py"))
    text = {script.name[1:5]: script.read_text("utf-8") for script in scripts}
    assert list(text) == [f"{number:04}" for number in range(1, len(scripts) + 1)]
    assert max(text) == HEAD
    for number, script in text.items():
        assert f'revision = "{number}"' in script
        earlier = None if number == "0001" else f"{int(number) - 1:04}"
        assert re.search(r"^down_revision = (.*)$", script, re.MULTILINE)[1] == (f'"{earlier}"' if earlier else "None")  # type: ignore[index]


def test_commits_are_synced_and_foreign_keys_hold(records: Records) -> None:
    with records.transaction() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    with pytest.raises(sa.exc.IntegrityError), records.transaction() as connection:
        connection.execute(
            sa.text("INSERT INTO sessions(hash, user_id, csrf, expires_at_us) VALUES ('h', 'nobody', 'c', 1)")
        )


def test_a_transaction_is_whole_or_gone_in_the_file_itself(records: Records, path: Path) -> None:
    insert = sa.text("INSERT INTO setup_tokens(hash, created_at_us) VALUES (:hash, 1)")
    with records.transaction() as connection:
        connection.execute(insert, {"hash": "kept"})
    with pytest.raises(sa.exc.IntegrityError), records.transaction() as connection:
        connection.execute(insert, {"hash": "lost"})
        connection.execute(insert, {"hash": "kept"})
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT hash FROM setup_tokens").fetchall() == [("kept",)]
    other.close()


def test_nobody_reads_in_order_to_write_what_another_is_about_to_change(records: Records) -> None:
    """Four threads raise one number 25 times each: BEGIN IMMEDIATE loses none."""
    with records.transaction() as connection:
        connection.execute(sa.text("INSERT INTO setup_tokens(hash, created_at_us) VALUES ('n', 0)"))
    failures: list[Exception] = []

    def work() -> None:
        for _ in range(25):
            with records.transaction() as connection:
                number = connection.execute(sa.text("SELECT created_at_us FROM setup_tokens")).scalar_one()
                connection.execute(sa.text("UPDATE setup_tokens SET created_at_us = :n"), {"n": number + 1})

    def guarded() -> None:
        try:
            work()
        except sa.exc.SQLAlchemyError as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with records.transaction() as connection:
        assert connection.execute(sa.text("SELECT created_at_us FROM setup_tokens")).scalar_one() == 100


def test_opening_again_keeps_what_was_written(records: Records, path: Path) -> None:
    with records.transaction() as connection:
        connection.execute(sa.text("INSERT INTO setup_tokens(hash, created_at_us) VALUES ('n', 7)"))
    records.close()
    again = Records.open(f"sqlite:///{path}")
    with again.transaction() as connection:
        assert connection.execute(sa.text("SELECT created_at_us FROM setup_tokens")).scalar_one() == 7
    again.close()


def test_two_that_open_a_new_home_at_once_both_find_it_made(path: Path) -> None:
    opened: list[Records] = []
    failures: list[Exception] = []
    ready = threading.Barrier(4)

    def work() -> None:
        ready.wait()
        try:
            opened.append(Records.open(f"sqlite:///{path}"))
        except sa.exc.SQLAlchemyError as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = [each.version() for each in opened]
    for each in opened:
        each.close()
    assert failures == []
    assert versions == [HEAD] * 4


def test_evaluations_of_the_release_before_are_counted_when_it_is_carried_forward(path: Path) -> None:
    Records.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as earlier:  # what it lacked is taken away again
        for name in ("drawn", "rated", "skipped", "lost", "ratings_left"):
            earlier.execute(f"ALTER TABLE evaluations DROP COLUMN {name}")
        made = ("judge_comparisons", "judge_pairs", "drift_retired", "golden_sets", "golden_runs")
        for table in (*made, "model_audits", "model_audits_since"):
            earlier.execute(f"DROP TABLE {table}")
        earlier.execute("UPDATE alembic_version SET version_num = '0010'")
        earlier.execute("INSERT INTO evaluations VALUES ('e', 'p', 's', 1, NULL, '', '{}')")
        for item, raters, lost in (("a", 2, 0), ("b", 1, 0), ("c", 1, 1), ("d", 1, 0)):
            row = ("e", item, 0, "all", raters, "", 0, "", lost, None)
            earlier.execute("INSERT INTO evaluation_items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        said = [("1", "a", "jo", 1, "{}"), ("2", "a", "jo", 2, '{"q": 1}'), ("3", "b", "jo", 1, "{}"),
                ("4", "b", "bo", 1, "{}")]  # fmt: skip
        for own, item, rater, at_us, values in said:
            row = (own, "e", item, rater, at_us, values, "", "")
            earlier.execute("INSERT INTO evaluation_ratings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    earlier.close()
    opened = Records.open(f"sqlite:///{path}")
    with opened.transaction() as connection:
        query = sa.text("SELECT drawn, rated, skipped, lost, ratings_left FROM evaluations")
        assert connection.execute(query).one() == (4, 1, 1, 1, 2)
    opened.close()


def test_golden_sets_of_the_release_before_are_counted_when_it_is_carried_forward(path: Path) -> None:
    Records.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as earlier:
        earlier.execute("ALTER TABLE golden_sets DROP COLUMN size")
        earlier.execute("UPDATE alembic_version SET version_num = '0014'")
        for version, queries in ((1, "[{}, {}]"), (2, "[{}]")):
            row = ("p", "s", "faq", version, 5, 60, 1, "jo", queries)
            earlier.execute("INSERT INTO golden_sets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    earlier.close()
    opened = Records.open(f"sqlite:///{path}")
    with opened.transaction() as connection:
        assert connection.execute(sa.text("SELECT size FROM golden_sets ORDER BY version")).scalars().all() == [2, 1]
    opened.close()
