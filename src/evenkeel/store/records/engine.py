"""Relational records: SQLite by default, PostgreSQL unchanged (DESIGN §6).

Rooms declare their tables on `metadata`; migrations carry an older database forward when it is opened.
Everything written in one `transaction()` is durable when the block ends, or gone.
"""

from __future__ import annotations

import fcntl
import importlib
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text

from evenkeel.kernel.errors import ConflictError

#: All tables of all rooms.
metadata: Final = MetaData()

#: The newest migration; raised with each one.
HEAD: Final = "0015"

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_BUSY_TIMEOUT_MS: Final = 10_000


class Records:
    """A database of records. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Records:
        """Open `sqlite:///path` or `postgresql+psycopg://…`, carried forward to this release's tables."""
        engine = create_engine(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_immediately)
        records = cls(engine)
        try:
            with _one_at_a_time(engine):
                records._upgrade()
        except BaseException:
            records.close()
            raise
        return records

    @property
    def dialect(self) -> str:
        """sqlite or postgresql."""
        return self._engine.dialect.name

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        """A connection in a transaction that can see, and lock, what others wrote."""
        with self._engine.begin() as connection:
            yield connection

    def version(self) -> str | None:
        """The migration the database is at, or None for an empty one."""
        if not inspect(self._engine).has_table("alembic_version"):
            return None
        with self._engine.begin() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def close(self) -> None:
        """Release connections."""
        self._engine.dispose()

    def _upgrade(self) -> None:
        found = self.version()
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise ConflictError(
                f"The records are at migration {found}; this evenkeel knows {HEAD}.",
                hint="Start the newer release that wrote them, or restore a backup made by this one.",
                version=found,
            )
        # Loaded only when there is something to carry forward: it costs a third of a second.
        command = importlib.import_module("alembic.command")
        config: Any = importlib.import_module("alembic.config").Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self._engine.begin() as connection:
            if self.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(1701017701)"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


@contextmanager
def _one_at_a_time(engine: Engine) -> Generator[None]:
    """Others that open the same file wait: turning on its write-ahead log fails beside another, and does not wait."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        yield
        return
    # The directory, for closing a second descriptor of the file itself would drop the locks that SQLite holds on it.
    directory = os.open(Path(engine.url.database).absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late; see _begin_immediately
    for pragma in (f"busy_timeout={_BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediately(connection: Connection) -> None:
    """Take the write lock at once: waiting for it in mid-transaction would fail instead."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
