"""The tables of golden sets and of their runs. A run keeps gains by query, and no document's name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from evenkeel.judge.golden.model import GoldenQuery, GoldenRun, GoldenSet, Scored, SetHead
from evenkeel.kernel.time import Window
from evenkeel.store.records.engine import metadata
from evenkeel.store.telemetry.port import ServiceKey

golden_sets: Final = Table(
    "golden_sets",
    metadata,
    Column("environment", String(200), primary_key=True),
    Column("service", String(200), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("k", BigInteger, nullable=False),
    Column("every_s", BigInteger, nullable=False),
    Column("made_at_us", BigInteger, nullable=False),
    Column("author", String(200), nullable=False),
    Column("queries", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
)

golden_runs: Final = Table(
    "golden_runs",
    metadata,
    Column("environment", String(200), primary_key=True),
    Column("service", String(200), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("id", String(200), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("release", String(300), nullable=False),
    Column("author", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("accepted_at_us", BigInteger),
    Column("accepted_by", String(200), nullable=False),
    Column("scored", Text, nullable=False),
)

_OWNED: Final = (golden_sets, golden_runs)


_HEAD: Final = tuple(column for column in golden_sets.c if column.name != "queries")


def save_set(connection: Connection, made: GoldenSet) -> None:
    """Add a version. Texts of queries of earlier versions are not kept beside it."""
    head = made.head
    before = load_set(connection, head.key, head.name)
    if before is not None and any(each.text for each in before.queries.values()):
        forget_texts(connection, before)
    row = {name: getattr(head, name) for name in ("name", "version", "k", "every_s", "size", "made_at_us", "author")}
    queries = [asdict(each) for each in made.queries.values()]
    connection.execute(insert(golden_sets).values(**_owner(head.key), **row, queries=json.dumps(queries)))


def forget_texts(connection: Connection, held: GoldenSet) -> None:
    """Take the texts of its queries out of a version."""
    queries = [{**asdict(each), "text": ""} for each in held.queries.values()]
    where = _of(golden_sets, held.head.key, held.head.name) & (golden_sets.c.version == held.head.version)
    connection.execute(update(golden_sets).where(where).values(queries=json.dumps(queries)))


def load_set(connection: Connection, key: ServiceKey, name: str, version: int | None = None) -> GoldenSet | None:
    """A version of a set, or the newest."""
    query = select(golden_sets).where(_of(golden_sets, key, name)).order_by(golden_sets.c.version.desc()).limit(1)
    if version is not None:
        query = query.where(golden_sets.c.version == version)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return GoldenSet(_head(row), {each["id"]: GoldenQuery(**each) for each in json.loads(row["queries"])})


def load_heads(connection: Connection, key: ServiceKey) -> list[SetHead]:
    """The newest version of each of a service's sets, by name; no query is read."""
    newest = (
        select(golden_sets.c.name, func.max(golden_sets.c.version).label("version"))
        .where(_service(golden_sets, key))
        .group_by(golden_sets.c.name)
        .subquery()
    )
    query = (
        select(*_HEAD)
        .join(newest, (golden_sets.c.name == newest.c.name) & (golden_sets.c.version == newest.c.version))
        .where(_service(golden_sets, key))
        .order_by(golden_sets.c.name)
    )
    return [_head(row) for row in connection.execute(query).mappings()]


def load_versions(connection: Connection, key: ServiceKey, name: str) -> list[tuple[SetHead, int]]:
    """Each version of a set with how many runs name it, the newest first; no query is read."""
    named = select(golden_runs.c.version, func.count()).where(_of(golden_runs, key, name))
    runs = {row[0]: row[1] for row in connection.execute(named.group_by(golden_runs.c.version))}
    query = select(*_HEAD).where(_of(golden_sets, key, name)).order_by(golden_sets.c.version.desc())
    return [(_head(row), runs.get(row["version"], 0)) for row in connection.execute(query).mappings()]


def delete_versions(connection: Connection, key: ServiceKey, name: str, versions: Sequence[int]) -> None:
    """Delete versions of a set."""
    where = _of(golden_sets, key, name) & golden_sets.c.version.in_(versions)
    connection.execute(delete(golden_sets).where(where))


def save_run(connection: Connection, run: GoldenRun) -> None:
    """Add one."""
    row = {name: getattr(run, name) for name in ("id", "version", "at_us", "release", "author", "digest")}
    connection.execute(
        insert(golden_runs).values(
            **_owner(run.key),
            name=run.name,
            **row,
            accepted_at_us=run.accepted_at_us,
            accepted_by=run.accepted_by,
            scored=json.dumps(asdict(run.scored)),
        )
    )


def accept_run(connection: Connection, run: GoldenRun, at_us: int, actor: str) -> None:
    """Later runs are compared with it."""
    where = _of(golden_runs, run.key, run.name) & (golden_runs.c.id == run.id)
    connection.execute(update(golden_runs).where(where).values(accepted_at_us=at_us, accepted_by=actor))


def load_run(connection: Connection, key: ServiceKey, name: str, run_id: str) -> GoldenRun | None:
    """One of them."""
    where = _of(golden_runs, key, name) & (golden_runs.c.id == run_id)
    row = connection.execute(select(golden_runs).where(where)).mappings().first()
    return None if row is None else _run(row)


def load_runs(connection: Connection, key: ServiceKey, name: str, limit: int) -> list[GoldenRun]:
    """The newest first."""
    query = select(golden_runs).where(_of(golden_runs, key, name)).order_by(*_NEWEST).limit(limit)
    return [_run(row) for row in connection.execute(query).mappings()]


def load_newest_run(connection: Connection, key: ServiceKey, name: str, window: Window) -> GoldenRun | None:
    """The newest of a time."""
    within = (golden_runs.c.at_us >= window.start_us) & (golden_runs.c.at_us <= window.end_us)
    query = select(golden_runs).where(_of(golden_runs, key, name) & within).order_by(*_NEWEST).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else _run(row)


def load_accepted(connection: Connection, key: ServiceKey, name: str, but: str = "") -> GoldenRun | None:
    """The run that was accepted last, other than one."""
    where = _of(golden_runs, key, name) & golden_runs.c.accepted_at_us.is_not(None) & (golden_runs.c.id != but)
    query = select(golden_runs).where(where).order_by(golden_runs.c.accepted_at_us.desc(), *_NEWEST).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else _run(row)


def count_runs(connection: Connection, key: ServiceKey, name: str) -> int:
    """How many are kept."""
    return connection.execute(select(func.count()).where(_of(golden_runs, key, name))).scalar_one()


def forget_oldest_run(connection: Connection, key: ServiceKey, name: str) -> None:
    """Delete the oldest that nobody accepted."""
    where = _of(golden_runs, key, name) & golden_runs.c.accepted_at_us.is_(None)
    query = select(golden_runs.c.id).where(where).order_by(golden_runs.c.at_us, golden_runs.c.id).limit(1)
    oldest = connection.execute(query).scalar()
    if oldest is not None:
        connection.execute(delete(golden_runs).where(where & (golden_runs.c.id == oldest)))


def delete_set(connection: Connection, key: ServiceKey, name: str) -> None:
    """Delete all versions of a set, and its runs."""
    for table in _OWNED:
        connection.execute(delete(table).where(_of(table, key, name)))


_NEWEST: Final = (golden_runs.c.at_us.desc(), golden_runs.c.id.desc())


def _owner(key: ServiceKey) -> dict[str, str]:
    return {"environment": key.environment, "service": key.service}


def _service(table: Table, key: ServiceKey) -> ColumnElement[bool]:
    return (table.c.environment == key.environment) & (table.c.service == key.service)


def _of(table: Table, key: ServiceKey, name: str) -> ColumnElement[bool]:
    return _service(table, key) & (table.c.name == name)


def _head(row: RowMapping) -> SetHead:
    told = {name: row[name] for name in ("name", "version", "k", "every_s", "size", "made_at_us", "author")}
    return SetHead(key=ServiceKey(row["environment"], row["service"]), **told)


def _run(row: RowMapping) -> GoldenRun:
    told: dict[str, Any] = json.loads(row["scored"])
    told["gains"] = {name: tuple(each) for name, each in told["gains"].items()}
    return GoldenRun(
        id=row["id"],
        key=ServiceKey(row["environment"], row["service"]),
        name=row["name"],
        version=row["version"],
        at_us=row["at_us"],
        release=row["release"],
        author=row["author"],
        scored=Scored(**told),
        digest=row["digest"],
        accepted_at_us=row["accepted_at_us"],
        accepted_by=row["accepted_by"],
    )
