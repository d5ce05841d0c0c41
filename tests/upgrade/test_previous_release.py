"""A home written by another release: the previous one is carried forward, a later one is refused and left as it is.

What the previous release left is made here from what today's lacks: no file of it is kept in the repository.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from evenkeel.app.folding import Folding
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import ConflictError
from evenkeel.kernel.event import SCHEMA_ID, UPGRADES
from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.journal import codec
from evenkeel.store.journal.codec import encode_batch
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.records import engine
from evenkeel.store.records.engine import HEAD, Records
from evenkeel.store.system import RealDisk, SystemClock
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.schema import STORE_VERSION, TABLES_SINCE_3
from evenkeel.store.trail import trail
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
NOON = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_HOUR)
PREVIOUS = SCHEMA_ID - 1
ADDED = ("finding", "price")  # what the previous schema lacked


@pytest.fixture
def telemetry(tmp_path: Path) -> Iterator[DuckTelemetry]:
    store = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    yield store
    store.close()


def payload_of(*events: dict[str, Any]) -> bytes:
    batch = EventBatch()
    for event in events:
        batch.add(event)
    return encode_batch(batch)


@pytest.fixture
def earlier_payload(telemetry: DuckTelemetry, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A batch as the release before would have encoded it: with fewer columns."""
    event = Feeder(telemetry).event(model="earlier")
    with monkeypatch.context() as then:
        fewer = tuple(column for column in codec.COLUMNS if column.name not in ADDED)
        then.setattr(codec, "COLUMNS", fewer)
        then.setattr(codec, "SCHEMA", codec.Schema([codec._field(column) for column in fewer]))
        return payload_of(event)


class TestJournal:
    def write(self, tmp_path: Path, *frames: tuple[bytes, int]) -> Folding:
        journal = tmp_path / "journal"
        writer = JournalWriter(RealDisk(), str(journal / "w0"), writer="w0", clock=SystemClock())
        for payload, schema_id in frames:
            writer.append(payload, schema_id=schema_id, rows=1)
        writer.close()
        return Folding(self.telemetry, RealDisk(), str(journal), SystemClock())

    @pytest.fixture(autouse=True)
    def _store(self, telemetry: DuckTelemetry) -> None:
        self.telemetry = telemetry

    def test_frames_of_the_previous_schema_are_folded_beside_those_of_todays(
        self, tmp_path: Path, earlier_payload: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(UPGRADES, PREVIOUS, ADDED)
        feeder = Feeder(self.telemetry)
        feeder.event()  # its identity is the earlier event's
        todays = payload_of(feeder.event(model="today", finding="clock", price="p"))
        folding = self.write(tmp_path, (earlier_payload, PREVIOUS), (todays, SCHEMA_ID), (earlier_payload, PREVIOUS))
        step = folding.step()
        assert (step.rows, step.stored) == (3, 2)
        events = {event["model"]: event for event in self.telemetry.events(EventFilter()).events}
        assert (events["earlier"]["finding"], events["earlier"]["price"]) == (None, None)
        assert (events["today"]["finding"], events["today"]["price"]) == ("clock", "p")
        (row,) = self.telemetry.minutes(BOT, NOON)
        assert (row.good, row.cost_nano) == (2, 700_000)
        assert list(folding.findings) == []

    def test_a_frame_of_a_later_schema_stops_the_fold_and_nothing_is_dropped(
        self, tmp_path: Path, telemetry: DuckTelemetry
    ) -> None:
        payload = payload_of(Feeder(telemetry).event())
        folding = self.write(tmp_path, (payload, SCHEMA_ID + 1))
        with pytest.raises(ConflictError, match=f"events of schema {SCHEMA_ID + 1}; this evenkeel reads"):
            folding.step()
        assert telemetry.offsets() == {}
        assert list(folding.findings) == []
        with pytest.MonkeyPatch.context() as newer:
            newer.setitem(UPGRADES, SCHEMA_ID + 1, ())
            assert folding.step().stored == 1


#: The migration after this release's newest.
AFTER = f"{int(engine.HEAD) + 1:04}"
#: What the release after this one might do to the records.
NEXT = f'''
"""A column more."""

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from alembic import op

revision = "{AFTER}"
down_revision = "{engine.HEAD}"


def upgrade() -> None:
    op.add_column("users", sa.Column("email", sa.String(200)))
    op.execute("UPDATE users SET email = name || '@example.org'")
'''


class TestRecords:
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'records.sqlite'}"

    @pytest.fixture
    def written(self, url: str) -> None:
        """What this release leaves behind."""
        records = Records.open(url)
        with records.transaction() as connection:
            connection.execute(
                sa.text("INSERT INTO users(id, name, role, password, created_at_us) VALUES ('1', 'ada', 'a', 'p', 1)")
            )
            trail.record(connection, trail.Change("ada", "setup.complete", "ada"), 1)
        records.close()

    @pytest.fixture
    def next_release(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The release after this one: its newest migration, to be made better or worse."""
        migrations = tmp_path / "migrations"
        shutil.copytree(engine._MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
        newest = migrations / "versions" / f"v{AFTER}_next.py"
        newest.write_text(NEXT, encoding="utf-8")
        monkeypatch.setattr(engine, "_MIGRATIONS", migrations)
        monkeypatch.setattr(engine, "HEAD", AFTER)
        return newest

    def test_an_older_database_is_carried_forward_with_what_it_holds(
        self, url: str, written: None, next_release: Path
    ) -> None:
        records = Records.open(url)
        assert records.version() == AFTER
        with records.transaction() as connection:
            assert connection.execute(sa.text("SELECT name, email FROM users")).all() == [("ada", "ada@example.org")]
        assert trail.verify(records) == trail.TrailReport(1)
        records.close()

    def test_an_empty_one_goes_through_every_migration(self, url: str, next_release: Path) -> None:
        records = Records.open(url)
        assert records.version() == AFTER
        records.close()

    def test_a_migration_that_fails_leaves_the_database_as_it_was(
        self, url: str, written: None, next_release: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        next_release.write_text(NEXT + '    op.execute("SELECT nonsense")\n', encoding="utf-8")
        with pytest.raises(OperationalError, match="nonsense"):
            Records.open(url)
        monkeypatch.undo()
        records = Records.open(url)
        assert records.version() == HEAD
        with records.transaction() as connection:
            columns = [column["name"] for column in sa.inspect(connection).get_columns("users")]
            assert "email" not in columns
            assert connection.execute(sa.text("SELECT name FROM users")).scalar_one() == "ada"
        records.close()

    def test_going_back_to_this_release_is_refused_with_what_to_do(
        self, url: str, written: None, next_release: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Records.open(url).close()
        monkeypatch.undo()
        with pytest.raises(ConflictError, match=f"at migration {AFTER}; this evenkeel knows {HEAD}. Start the newer"):
            Records.open(url)


class TestTelemetry:
    def test_a_store_of_the_previous_version_is_carried_forward_with_what_it_holds(
        self, tmp_path: Path, telemetry: DuckTelemetry
    ) -> None:
        feeder = Feeder(telemetry)
        feeder.fold(feeder.event(), feeder.event(kind="probe", role="none", operation="golden", subject="returns"))
        feeder.fold(feeder.event(kind="prediction", role="none", attributes='{"feature.age":3}'))
        for statement in TABLES_SINCE_3:
            telemetry._con.execute(f"DROP TABLE {statement.split('(')[0].split()[-1]}")
        telemetry._con.execute("UPDATE meta SET value = ? WHERE key = 'store_version'", [STORE_VERSION - 1])
        telemetry.close()
        again = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
        assert again.usage().events == 3
        assert [(each.feature, each.present) for each in again.waiting_features(BOT)] == [("age", 1)]
        assert again.counts(NOON, step_minutes=60, probes=("returns",))[BOT].by_probe["returns"].good.sum() == 1
        assert again.verify(NOON) == []
        again.close()

    @pytest.mark.parametrize("version", [STORE_VERSION + 1, 0, 99])
    def test_a_store_of_another_version_is_refused_with_what_to_do_and_left_as_it_is(
        self, tmp_path: Path, telemetry: DuckTelemetry, version: int
    ) -> None:
        Feeder(telemetry).fold(Feeder(telemetry).event())
        telemetry.close()
        path = str(tmp_path / "telemetry.duckdb")
        with duckdb.connect(path) as con:
            con.execute("UPDATE meta SET value = ? WHERE key = 'store_version'", [version])
        with pytest.raises(ConflictError, match=f"has version {version}; this evenkeel reads version {STORE_VERSION}"):
            DuckTelemetry(path, threads=1)
        with duckdb.connect(path) as con:
            assert con.execute("SELECT value FROM meta WHERE key = 'store_version'").fetchall() == [(version,)]
            assert con.execute("SELECT count(*) FROM events").fetchall() == [(1,)]
            con.execute("UPDATE meta SET value = ? WHERE key = 'store_version'", [STORE_VERSION])
        again = DuckTelemetry(path, threads=1)
        assert again.usage().events == 1
        again.close()

    def test_a_store_without_a_version_is_no_store_of_ours(self, tmp_path: Path, telemetry: DuckTelemetry) -> None:
        telemetry.close()
        path = str(tmp_path / "telemetry.duckdb")
        with duckdb.connect(path) as con:
            con.execute("DELETE FROM meta")
        with pytest.raises(ConflictError, match="has version 0"):
            DuckTelemetry(path, threads=1)
