"""Tables of alerts, their history, silences, and what was received from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from evenkeel.act.alerts.model import (
    Alert,
    AlertFilter,
    AlertState,
    Entry,
    Matcher,
    Operator,
    Received,
    Silence,
    Source,
    What,
)
from evenkeel.store.records.engine import metadata

alerts: Final = Table(
    "alerts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("source", String(20), nullable=False),
    Column("labels", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("opened_at_us", BigInteger, nullable=False),
    Column("group_id", String(32), nullable=False),
    Column("state", String(20), nullable=False),
    Column("clear_since_us", BigInteger),
    Column("held_since_us", BigInteger),
    Column("resolved_at_us", BigInteger),
    Column("flaps", Text, nullable=False),
    Column("told_at_us", BigInteger),
    Column("quiet", Text, nullable=False),
    Column("acknowledged_by", Text, nullable=False),
    Column("acknowledged_at_us", BigInteger),
    Column("saved_at_us", BigInteger, nullable=False),
    Index("alerts_by_opening", "opened_at_us"),
    Index("alerts_by_service", "environment", "service", "opened_at_us"),
)
#: The database itself refuses a second open alert of one fingerprint.
Index(
    "alerts_open_once",
    alerts.c.source,
    alerts.c.fingerprint,
    unique=True,
    sqlite_where=text("state = 'firing'"),
    postgresql_where=text("state = 'firing'"),
)

alert_events: Final = Table(
    "alert_events",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("alert_id", String(32), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("what", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Index("alert_events_by_alert", "alert_id", "at_us"),
)

silences: Final = Table(
    "silences",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("matchers", Text, nullable=False),
    Column("starts_at_us", BigInteger, nullable=False),
    Column("ends_at_us", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Index("silences_by_end", "ends_at_us"),
)

received_alerts: Final = Table(
    "received_alerts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("source", String(20), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("starts_at_us", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),
    Column("ends_at_us", BigInteger),
    Column("labels", Text, nullable=False),
    Column("annotations", Text, nullable=False),
    Column("generator_url", Text, nullable=False),
    Column("group_key", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("extra", Text, nullable=False),
    Column("received_at_us", BigInteger, nullable=False),
    Column("deliveries", Integer, nullable=False),
    Column("last_received_at_us", BigInteger, nullable=False),
    Index("received_once", "source", "fingerprint", "starts_at_us", "status", unique=True),
    Index("received_by_arrival", "received_at_us"),
)

#: Values in one question: databases limit them.
_ASKED_AT_ONCE: Final = 500
_AS_JSON: Final = ("labels", "facts", "flaps")


def save_alerts(connection: Connection, changed: Sequence[Alert]) -> None:
    """Write alerts down, new or not."""
    known: set[str] = set()
    for begin in range(0, len(changed), _ASKED_AT_ONCE):
        some = [alert.id for alert in changed[begin : begin + _ASKED_AT_ONCE]]
        known.update(connection.execute(select(alerts.c.id).where(alerts.c.id.in_(some))).scalars())
    # Those that end come first: another of the same fingerprint may begin.
    old = [_alert_values(alert) | {"known_id": alert.id} for alert in changed if alert.id in known]
    if old:
        connection.execute(update(alerts).where(alerts.c.id == bindparam("known_id")), old)
    new = [_alert_values(alert) for alert in changed if alert.id not in known]
    if new:
        connection.execute(insert(alerts), new)


def save_entries(connection: Connection, entries: Sequence[tuple[str, Entry]]) -> None:
    """Add (id, entry) to histories."""
    if entries:
        rows = [asdict(entry) | {"id": entry_id, "what": entry.what.value} for entry_id, entry in entries]
        connection.execute(insert(alert_events), rows)


def load_open(connection: Connection, resolved_after_us: int) -> list[Alert]:
    """Every open alert, and those that were resolved after that time."""
    recent = or_(alerts.c.state == AlertState.FIRING.value, alerts.c.resolved_at_us > resolved_after_us)
    return [_read_alert(row) for row in connection.execute(select(alerts).where(recent)).mappings()]


def load_alert(connection: Connection, alert_id: str) -> Alert | None:
    """The alert of an id."""
    row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).mappings().first()
    return None if row is None else _read_alert(row)


def find_alert(connection: Connection, source: Source, fingerprint: str, since_us: int) -> Alert | None:
    """The newest alert of a source with this fingerprint that began then."""
    query = (
        select(alerts)
        .where(alerts.c.source == source.value, alerts.c.fingerprint == fingerprint, alerts.c.since_us == since_us)
        .order_by(alerts.c.opened_at_us.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else _read_alert(row)


def list_resolved(connection: Connection, chosen: AlertFilter, limit: int) -> list[Alert]:
    """Resolved alerts that fit, the one opened last first."""
    query = select(alerts).where(alerts.c.state == AlertState.RESOLVED.value)
    for name in ("environment", "service", "severity", "source"):
        if value := getattr(chosen, name):
            query = query.where(alerts.c[name] == value)
    rows = connection.execute(query.order_by(alerts.c.opened_at_us.desc(), alerts.c.id.desc()).limit(limit))
    return [_read_alert(row) for row in rows.mappings()]


def list_between(connection: Connection, start_us: int, end_us: int, limit: int) -> list[Alert]:
    """Alerts that were open at some moment of that time, the one opened last first."""
    opened = alerts.c.opened_at_us
    not_over = or_(opened >= start_us, alerts.c.resolved_at_us >= start_us, alerts.c.state == AlertState.FIRING.value)
    query = select(alerts).where(opened < end_us, not_over).order_by(opened.desc(), alerts.c.id).limit(limit)
    return [_read_alert(row) for row in connection.execute(query).mappings()]


def list_touching(
    connection: Connection, place: tuple[str, str], start_us: int, end_us: int, limit: int
) -> list[Alert]:
    """Our alerts of `place` (environment, service) that were open at any time in between, the one opened last first."""
    query = select(alerts).where(
        alerts.c.environment == place[0],
        alerts.c.service == place[1],
        alerts.c.source == Source.EVENKEEL.value,
        alerts.c.opened_at_us < end_us,
        or_(alerts.c.resolved_at_us.is_(None), alerts.c.resolved_at_us >= start_us),
    )
    rows = connection.execute(query.order_by(alerts.c.opened_at_us.desc(), alerts.c.id).limit(limit)).mappings()
    return [_read_alert(row) for row in rows]


def load_entries(connection: Connection, alert_id: str, limit: int) -> list[Entry]:
    """The history of an alert, the newest line first."""
    query = (
        select(alert_events)
        .where(alert_events.c.alert_id == alert_id)
        .order_by(alert_events.c.at_us.desc(), alert_events.c.id.desc())
        .limit(limit)
    )
    return [
        Entry(row["alert_id"], row["at_us"], What(row["what"]), row["text"], row["actor"])
        for row in connection.execute(query).mappings()
    ]


def save_silence(connection: Connection, silence: Silence) -> None:
    """Write a silence down, new or not."""
    values = asdict(silence) | {
        "matchers": _dump([[each.name, each.operator, each.value] for each in silence.matchers])
    }
    known = connection.execute(update(silences).where(silences.c.id == silence.id).values(**values))
    if known.rowcount == 0:
        connection.execute(insert(silences).values(**values))


def load_silences(connection: Connection, ending_after_us: int, limit: int) -> list[Silence]:
    """Those that end after that time, the one that ends last first."""
    query = select(silences).where(silences.c.ends_at_us > ending_after_us)
    rows = connection.execute(query.order_by(silences.c.ends_at_us.desc(), silences.c.id).limit(limit))
    return [_read_silence(row) for row in rows.mappings()]


def load_silence(connection: Connection, silence_id: str) -> Silence | None:
    """The silence of an id."""
    row = connection.execute(select(silences).where(silences.c.id == silence_id)).mappings().first()
    return None if row is None else _read_silence(row)


def save_received(connection: Connection, received_id: str, received: Received, now_us: int) -> bool:
    """Whether it is new: the same alert delivered again, by a twin or a retry, is only counted."""
    key = {
        "source": received.source.value,
        "fingerprint": received.fingerprint,
        "starts_at_us": received.starts_at_us,
        "status": received.status.value,
    }
    values = key | {
        "id": received_id,
        "ends_at_us": received.ends_at_us,
        "labels": _dump(received.labels),
        "annotations": _dump(received.annotations),
        "generator_url": received.generator_url,
        "group_key": received.group_key,
        "receiver": received.receiver,
        "extra": _dump(received.extra),
        "received_at_us": now_us,
        "deliveries": 1,
        "last_received_at_us": now_us,
    }
    is_sqlite = connection.dialect.name == "sqlite"
    adding = (insert_sqlite if is_sqlite else insert_postgresql)(received_alerts).values(**values)
    adding = adding.on_conflict_do_nothing(index_elements=list(key)).returning(received_alerts.c.id)
    if connection.execute(adding).first() is not None:
        return True
    table = received_alerts.c
    known = [table[name] == value for name, value in key.items()]
    more = {"deliveries": table.deliveries + 1, "last_received_at_us": now_us}
    connection.execute(update(received_alerts).where(*known).values(**more))
    return False


def list_received(connection: Connection, *, after_us: int = 0, limit: int = 10_000) -> Sequence[RowMapping]:
    """What was received after that time, the oldest first; `labels`, `annotations` and `extra` are JSON texts."""
    query = select(received_alerts).where(received_alerts.c.received_at_us > after_us)
    query = query.order_by(received_alerts.c.received_at_us, received_alerts.c.id).limit(limit)
    return connection.execute(query).mappings().all()


def last_received_us(connection: Connection, alert: Alert) -> int | None:
    """When an alert of others was last delivered as firing."""
    table = received_alerts.c
    query = select(func.max(table.last_received_at_us)).where(
        table.source == alert.source.value,
        table.fingerprint == alert.fingerprint,
        table.status == AlertState.FIRING.value,
    )
    return connection.execute(query).scalar()


def delete_before(connection: Connection, before_us: int) -> None:
    """Forget alerts that were over then, with their histories; silences; deliveries. What is open is kept."""
    old = and_(alerts.c.state == AlertState.RESOLVED.value, alerts.c.resolved_at_us < before_us)
    connection.execute(delete(alert_events).where(alert_events.c.alert_id.in_(select(alerts.c.id).where(old))))
    connection.execute(delete(alerts).where(old))
    connection.execute(delete(silences).where(silences.c.ends_at_us < before_us))
    connection.execute(delete(received_alerts).where(received_alerts.c.last_received_at_us < before_us))


def _alert_values(alert: Alert) -> dict[str, Any]:
    values: dict[str, Any] = {each.name: getattr(alert, each.name) for each in fields(alert)}
    values |= {name: _dump(values[name]) for name in _AS_JSON}
    return values | {"source": alert.source.value, "state": alert.state.value}


def _read_alert(row: RowMapping) -> Alert:
    values: dict[str, Any] = dict(row)
    values |= {name: json.loads(values[name]) for name in _AS_JSON}
    values |= {
        "source": Source(row["source"]),
        "state": AlertState(row["state"]),
        "flaps": tuple(values["flaps"]),
    }
    return Alert(**values)


def _read_silence(row: RowMapping) -> Silence:
    return Silence(
        id=row["id"],
        matchers=tuple(Matcher(name, Operator(sign), value) for name, sign, value in json.loads(row["matchers"])),
        starts_at_us=row["starts_at_us"],
        ends_at_us=row["ends_at_us"],
        reason=row["reason"],
        author=row["author"],
        created_at_us=row["created_at_us"],
    )


def _dump(value: Mapping[str, object] | Sequence[object]) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
