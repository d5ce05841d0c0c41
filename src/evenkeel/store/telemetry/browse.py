"""Lists of events and single events, as people and the API ask for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.event import COLUMNS
from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.telemetry.event_port import EventFilter, EventPage
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.probe_port import ProbeRow

#: Rows of one page, and of one request: beyond this a list is no help to a reader.
PAGE_MAX: Final = 1_000

#: No probe runs less often than once a day; what says so says nonsense, and anybody may write a probe's event.
_EVERY_S_MAX: Final = 86_400.0

_MICROSECONDS: Final = re.compile(r"[0-9]{1,18}")  # what the engine takes for a time
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_SELECT: Final = (
    ", ".join(
        {
            "uuid": f'"{column.name}"::VARCHAR AS {column.name}',
            "ts_us": f'epoch_us("{column.name}") AS "{column.name}"',
        }.get(column.type, f'"{column.name}"')
        for column in COLUMNS
    )
    + ", counts_request, counts_attempt"
)

#: What a probe found last.
_LATEST: Final = {
    "last_at": 'epoch_us(max("at"))',
    "last_outcome": 'arg_max(outcome, "at")',
    "last_reason": "arg_max(coalesce(reason, ''), \"at\")",
    "last_status_code": 'arg_max_null(status_code, "at")',
    "last_latency_s": 'arg_max_null(latency_s, "at")',
    "last_value": 'arg_max_null("value", "at")',
    "last_detail": "arg_max(coalesce(json_extract_string(attributes, '$.detail'), ''), \"at\")",
    "last_every_s": "arg_max(try_cast(json_extract_string(attributes, '$.every_s') AS DOUBLE), \"at\")",
    "last_event_id": 'arg_max(event_id::VARCHAR, "at")',
}

_EQUAL: Final = ("environment", "service", "version", "model", "kind", "role", "outcome", "reason")
_TEXT: Final = ("model", "reason", "operation", "response_id", "subject", "label", "version")


def events(con: Any, where: EventFilter, *, limit: int, cursor: str | None) -> EventPage:
    """A page of events, latest first."""
    conditions, values = _conditions(where)
    if cursor:
        at, _, event_id = cursor.partition("~")
        if not _MICROSECONDS.fullmatch(at) or not is_uuid(event_id):
            raise InvalidInputError(
                f"{cursor!r} is not a cursor.", hint="Use the one the previous page gave.", cursor=cursor
            )
        conditions.append('("at", event_id) < (make_timestamp($cursor_at), CAST($cursor_id AS UUID))')
        values |= {"cursor_at": int(at), "cursor_id": event_id}
    limit = max(1, min(limit, PAGE_MAX))
    condition = " AND ".join(conditions) or "true"
    found = _fetch(
        con,
        f'SELECT {_SELECT} FROM events WHERE {condition} ORDER BY "at" DESC, event_id DESC LIMIT {limit + 1}',
        values,
    )
    more = len(found) > limit
    found = found[:limit]
    next_cursor = f"{found[-1]['at']}~{found[-1]['event_id']}" if more else None
    return EventPage(found, next_cursor, None if more or cursor else len(found))


def event(con: Any, event_id: str) -> Mapping[str, Any] | None:
    """One event by its id."""
    if not is_uuid(event_id):
        return None
    found = _fetch(con, f"SELECT {_SELECT} FROM events WHERE event_id = CAST($id AS UUID) LIMIT 1", {"id": event_id})
    return found[0] if found else None


def probes(con: Any, window: Window, key: ServiceKey | None) -> list[ProbeRow]:
    """One row per probe and vantage that ran in the window."""
    chosen = "" if key is None else " AND environment = $environment AND service = $service"
    values: dict[str, Any] = {"start": window.start_us, "end": window.end_us}
    values |= {} if key is None else {"environment": key.environment, "service": key.service}
    latest = ", ".join(f'{expression} AS "{name}"' for name, expression in _LATEST.items())
    found = _fetch(
        con,
        "SELECT environment, service, coalesce(subject, '') AS name, coalesce(operation, 'http') AS kind,"
        " coalesce(label, '') AS vantage, count(*) FILTER (outcome = 'good') AS good,"
        " count(*) FILTER (outcome = 'bad') AS bad, count(*) FILTER (outcome NOT IN ('good', 'bad')) AS undecided,"
        f" quantile_disc(latency_s, 0.95) AS latency_s_p95, {latest} FROM events WHERE kind = 'probe'"
        f' AND "at" >= make_timestamp($start) AND "at" < make_timestamp($end){chosen} GROUP BY ALL'
        f" ORDER BY name, vantage, environment, service LIMIT {PAGE_MAX}",
        values,
    )
    return [
        ProbeRow(
            key=ServiceKey(row["environment"], row["service"]),
            **{name: value for name, value in row.items() if name not in ("environment", "service", "last_every_s")},
            last_every_s=_interval_s(row["last_every_s"]),
        )
        for row in found
    ]


def _interval_s(said: float | None) -> float | None:
    return said if said is not None and 0.0 < said <= _EVERY_S_MAX else None


def request_events(con: Any, request_id: str, near_us: int) -> list[Mapping[str, Any]]:
    """The events of one request, earliest first."""
    if not is_uuid(request_id):
        return []
    return _fetch(
        con,
        f"SELECT {_SELECT} FROM events WHERE request_id = CAST($id AS UUID)"
        f' AND "at" BETWEEN make_timestamp($low) AND make_timestamp($high) ORDER BY "at" LIMIT {PAGE_MAX}',
        {"id": request_id, "low": near_us - US_PER_HOUR, "high": near_us + US_PER_HOUR},
    )


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID as the store writes it.

    >>> is_uuid("00000000-0000-0000-0000-000000000000"), is_uuid("nonsense")
    (True, False)
    """
    return _UUID.fullmatch(text) is not None


def _conditions(where: EventFilter) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if where.window:
        conditions.append('"at" >= make_timestamp($start) AND "at" < make_timestamp($end)')
        values |= {"start": where.window.start_us, "end": where.window.end_us}
    for name in _EQUAL:
        value = getattr(where, name)
        if value is not None:
            conditions.append(f"coalesce({name}, '') = ${name}")
            values[name] = value
    if where.finding is not None:
        conditions.append("list_contains(string_split(finding, ' '), $finding)")
        values["finding"] = where.finding
    if where.guard is not None:
        conditions.append("contains(attributes, $guard)")
        values["guard"] = f"{json.dumps(where.guard, ensure_ascii=False)}:"
    if where.cache is not None:
        conditions.append("(contains(attributes, $cache) OR contains(attributes, $again))")
        said = json.dumps(where.cache, ensure_ascii=False)
        values |= {"cache": f'"evenkeel.cache":{said}', "again": f'"evenkeel.asked_again":{said}'}
    if where.probes:
        conditions.append("kind = 'probe' AND list_contains($probes, subject)")
        values["probes"] = list(where.probes)
    if where.slower_than_s is not None:
        conditions.append("latency_s > $slower")
        values["slower"] = where.slower_than_s
    if where.counted is not None:
        conditions.append("counts_request" if where.counted else "NOT counts_request")
    if where.text:
        looked_at = [f"contains(lower({name}), $text)" for name in _TEXT]
        looked_at += [f"starts_with({name}::VARCHAR, $text)" for name in ("event_id", "request_id")]
        conditions.append(f"({' OR '.join(looked_at)})")
        values["text"] = where.text.lower()
    return conditions, values


def _fetch(con: Any, sql: str, values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    cursor = con.execute(sql, dict(values))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
