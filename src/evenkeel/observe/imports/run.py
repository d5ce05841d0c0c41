"""An import: rows become events with identities of their content, so that twice is as good as once (SPEC OBS-4).

A manifest in the home says how far an import came; a second one of the same file goes on there. Identities
repeat for repeated rows by counting them, which takes about 100 bytes of memory for each distinct row.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import xxhash

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.classes import class_name
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.event import Outcome
from evenkeel.kernel.ids import derive_id
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND, to_us
from evenkeel.observe.evaluators.evaluating import FAILED, Evaluating
from evenkeel.observe.evaluators.exchange import Exchange
from evenkeel.observe.events import jsontext
from evenkeel.observe.events.attributes import dump_attributes
from evenkeel.observe.events.context import (
    DURATION_S_MAX,
    DURATION_S_MIN,
    STATUS_MAX,
    TOKENS_MAX,
    EventContext,
    Usage,
    clean_name,
)
from evenkeel.observe.events.outcomes import Ending, judge_ending
from evenkeel.observe.imports.features import read_features
from evenkeel.observe.imports.mapping import Mapping as ColumnMapping
from evenkeel.observe.imports.rows import SourceRow, read_rows
from evenkeel.observe.imports.texts import read_embedding, read_texts
from evenkeel.store.tables import publish

BATCH_ROWS: Final = 5_000
PROBLEMS_KEPT: Final = 20
_COUNTS: Final = ("tokens_in", "tokens_out", "tokens_cached", "tokens_cache_write", "tokens_reasoning", "status_code")
_SECONDS: Final = ("latency_s", "ttft_s")
_TEXTS: Final = ("version", "model", "provider", "operation", "subject", "label", "response_id")
_ROLES: Final = {"inference": "attempt", "prediction": "request", "outcome": "none"}
_EARLIEST_US: Final = -20 * 365 * US_PER_DAY


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is imported, and what is said from outside the file."""

    source: Path
    mapping: ColumnMapping
    manifests: Path  # folder
    constants: Mapping[str, Any] = field(default_factory=dict[str, Any])  # of the command line; they win
    evaluating: Evaluating | None = None  # texts of rows are looked at by this, and dropped


@dataclass(slots=True)
class ImportResult:
    """What a file held. `written` counts rows journaled now; the rest was there before."""

    events: int = 0
    written: int = 0
    rejected: int = 0
    problems: list[str] = field(default_factory=list[str])
    costs_nano: dict[str, int] = field(default_factory=dict[str, int])  # by currency: they cannot be added
    input_cost_nano: int = 0
    unpriced: int = 0
    first_at_us: int | None = None
    last_at_us: int | None = None

    @property
    def input_cost_share(self) -> float | None:
        """Share of the cost that is spent on input tokens; None without costs or with several currencies."""
        (total,) = self.costs_nano.values() if len(self.costs_nano) == 1 else (0,)
        return self.input_cost_nano / total if total else None


def run_import(
    order: ImportOrder,
    context: EventContext,
    write: Callable[[EventBatch], None],
    progress: Callable[[float], None] = lambda _: None,
) -> ImportResult:
    """Read the file, hand its events to `write` (which returns when they are durable), report.

    Raises InvalidInputError for a file or mapping that cannot be used at all; bad rows are left out and named.
    """
    manifest = order.manifests / f"{_fingerprint(order)}.json"
    done_rows = json.loads(manifest.read_bytes())["rows"] if manifest.exists() else 0
    result, reader = ImportResult(), _RowReader(order, context)
    batch, row_count = EventBatch(), 0
    for row in read_rows(order.source):
        row_count += 1
        reader.check_columns(row)
        try:
            event = reader.event(row, is_new=row_count > done_rows)
        except InvalidInputError as error:
            result.rejected += 1
            if len(result.problems) < PROBLEMS_KEPT:
                result.problems.append(f"{order.source.name}:{row.number}: {error}")
        else:
            _add_up(result, event, context)
            if row_count > done_rows:
                batch.add(event)
                result.written += 1
        if len(batch) >= BATCH_ROWS:
            write(batch)
            publish(manifest, {"source": order.source.name, "rows": row_count})
            batch = EventBatch()
        if row_count % 500 == 0:
            progress(row.done)
    if len(batch):
        write(batch)
    publish(manifest, {"source": order.source.name, "rows": row_count})
    progress(1.0)
    return result


def _fingerprint(order: ImportOrder) -> str:
    """The same file imported in the same way."""
    digest = hashlib.sha256(order.mapping.model_dump_json().encode())
    digest.update(jsontext.dump(dict(order.constants), is_sorted=True))
    with order.source.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()[:32]


def _add_up(result: ImportResult, event: Mapping[str, Any], context: EventContext) -> None:
    result.events += 1
    at: int = event["at"]
    result.first_at_us = at if result.first_at_us is None else min(at, result.first_at_us)
    result.last_at_us = at if result.last_at_us is None else max(at, result.last_at_us)
    if event["cost_basis"] == "unpriced":
        result.unpriced += 1
    if event["cost_nano"] is None:
        return
    result.costs_nano[event["currency"]] = result.costs_nano.get(event["currency"], 0) + event["cost_nano"]
    usage = Usage(event["tokens_in"], event["tokens_cached"], event["tokens_cache_write"], 0)
    result.input_cost_nano += context.pricing.price(event["provider"], event["model"], at, usage).cost_nano or 0


class _RowReader:
    """Rows into events."""

    def __init__(self, order: ImportOrder, context: EventContext) -> None:
        self._mapping = order.mapping
        self._constants = {**order.mapping.constants, **order.constants}
        self._context = context
        self._evaluating = order.evaluating
        self._zone = ZoneInfo(order.mapping.zone)
        self._seen: Counter[int] = Counter()
        self._checked = False
        owner = [order.mapping.name, self._constants.get("service"), self._constants.get("environment")]
        # One file may hold predictions and their truths: what is a call has the identity that it always had.
        self._owner = jsontext.dump(owner if order.mapping.kind == "inference" else [*owner, order.mapping.kind])

    def event(self, row: SourceRow, *, is_new: bool) -> dict[str, Any]:
        """The event of a row, its texts evaluated where it is new. Raises InvalidInputError."""
        if row.values is None:
            raise InvalidInputError(f"The row cannot be read: {row.problem}.")
        found = self._constants | {
            ours: row.values[theirs]
            for ours, theirs in self._mapping.columns.items()
            if row.values.get(theirs) not in (None, "")
        }
        if "at" not in found:
            raise InvalidInputError(
                "The row has no time.", hint=f"It is looked for in {self._mapping.columns['at']!r}."
            )
        event_id = self._identity(row.values)
        event: dict[str, Any] = {
            "event_id": event_id,
            "request_id": event_id,
            "kind": self._mapping.kind,
            "role": _ROLES[self._mapping.kind],
            "solo": True,
            "source": "import",
            "dialect": self._mapping.name,
            "at": self._time(found.get("at")),
            "arrived_at": self._context.now_us,
            "service": clean_name(str(found.get("service") or ""), 200) or clean_name(self._mapping.name, 200),
            "environment": clean_name(str(found.get("environment") or ""), 200) or "production",
        }
        event |= {name: str(found[name])[:256] if name in found else None for name in _TEXTS}
        event["label"] = (class_name(found.get("label")) or "")[:256] or None
        event["version"] = clean_name(event["version"] or "", 200)
        if self._mapping.kind == "outcome" and not event["subject"]:
            raise InvalidInputError("The truth has no subject.", hint="It is of no prediction then.")
        if self._mapping.kind == "prediction":
            event["operation"] = event["operation"] or "predict"
        event |= {name: _count(found, name) for name in _COUNTS}
        event |= {name: self._seconds(found, name) for name in _SECONDS}
        event["caller"] = self._context.pseudonyms.of(str(found["user"])) if "user" in found else None
        event["session"] = self._context.pseudonyms.of(str(found["session"])) if "session" in found else None
        event["value"], event["value_kind"] = _value(found)
        exchange = read_texts(found)
        segments = self._segments(row.values)
        kept = segments | read_features(row.values, self._mapping.features)
        kept |= read_embedding(found, self._mapping.columns.get("embedding", ""))
        event["attributes"], finding = self._evaluate(event, exchange if is_new else None, kept)
        event["outcome"], event["reason"] = _outcome(found, event["status_code"])
        self._price(event)
        event["finding"] = " ".join(filter(None, (event["finding"], finding))) or None
        return event

    def _evaluate(
        self, event: Mapping[str, Any], exchange: Exchange | None, kept: Mapping[str, Any]
    ) -> tuple[str | None, str | None]:
        """(the numbers of the row's texts and embedding as attributes, a finding where an evaluator failed)."""
        numbers: Mapping[str, float] = {}
        if exchange is not None and self._evaluating is not None:
            numbers = self._evaluating.evaluate(event["service"], event["request_id"], exchange)
        rest = {**kept, **numbers}
        return dump_attributes(rest)[0] if rest else None, "evaluator_failed" if FAILED in numbers else None

    def _segments(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Whom a prediction is about, as the live door keeps it; a segment that a row does not state is left out."""
        found = {name: class_name(values.get(theirs)) for name, theirs in self._mapping.segments.items()}
        return {f"segment.{name}": told[:256] for name, told in found.items() if told}

    def check_columns(self, row: SourceRow) -> None:
        """Raise InvalidInputError, naming the nearest one, for a mapped column that the file does not have."""
        if self._checked or row.values is None or not row.has_all_columns:
            return
        self._checked = True
        segments = {f"the segment {name}": theirs for name, theirs in self._mapping.segments.items()}
        features = {f"the feature {name}": theirs for name, theirs in self._mapping.features.items()}
        for ours, theirs in (self._mapping.columns | segments | features).items():
            if theirs not in row.values:
                raise InvalidInputError(
                    f"The file has no column {theirs!r}, which the mapping takes for {ours}.",
                    hint=_nearest(theirs, list(row.values)),
                )

    def _identity(self, values: Mapping[str, Any]) -> bytes:
        try:
            content = jsontext.dump(values, is_sorted=True)
        except ValueError as error:
            raise InvalidInputError(f"The row cannot be told from others: {error}.") from None
        seen = xxhash.xxh3_64_intdigest(content)
        self._seen[seen] += 1
        return derive_id(b"import", self._owner, content, str(self._seen[seen]).encode())

    def _time(self, value: Any) -> int:
        try:
            if isinstance(value, datetime):
                moment = value
            elif self._mapping.time == "iso":
                moment = datetime.fromisoformat(_microseconds(str(value).strip()))
            else:
                scale = US_PER_SECOND if self._mapping.time == "seconds" else 1_000
                return self._dated(round(float(value) * scale), value)
            return self._dated(to_us(moment if moment.tzinfo else moment.replace(tzinfo=self._zone)), value)
        except (TypeError, ValueError, OverflowError, OSError) as error:
            raise InvalidInputError(
                f"The time is {value!r:.60}: {error}.", hint=f"It is read as {self._mapping.time}."
            ) from None

    def _dated(self, at: int, value: Any) -> int:
        now_us = self._context.now_us
        if not now_us + _EARLIEST_US <= at <= now_us + US_PER_DAY:
            raise InvalidInputError(
                f"The time is {value!r:.60}, which is {datetime.fromtimestamp(at / 1e6, UTC):%Y-%m-%d}.",
                hint="Expected are the last 20 years; is the unit of time right?",
            )
        return at

    def _seconds(self, found: Mapping[str, Any], name: str) -> float | None:
        if name not in found:
            return None
        try:
            value = float(found[name])
        except (TypeError, ValueError, OverflowError):
            value = math.nan
        if self._mapping.latency_unit == "ms":
            value /= 1_000
        if not 0 <= value <= DURATION_S_MAX:
            raise InvalidInputError(f"{name} is {found[name]!r:.40}, not a time from 0 to 400 days.")
        return value if value >= DURATION_S_MIN else 0.0

    def _price(self, event: dict[str, Any]) -> None:
        event |= {"cost_nano": None, "currency": None, "cost_basis": None, "price": None, "finding": None}
        if event["tokens_in"] is None and event["tokens_out"] is None:
            return
        # A file that names no cached tokens is taken at its word: it is history, not a live convention.
        usage = Usage(event["tokens_in"], event["tokens_cached"] or 0, event["tokens_cache_write"], event["tokens_out"])
        priced = self._context.pricing.price(event["provider"], event["model"], event["at"], usage).bounded(1.0)
        event |= {
            "cost_nano": priced.cost_nano,
            "currency": priced.currency,
            "cost_basis": priced.basis,
            "price": priced.price,
            "finding": priced.finding,
        }


def _nearest(name: str, columns: Sequence[str]) -> str:
    """What was probably meant."""
    spelled = {column.strip().lower(): column for column in columns}
    near = difflib.get_close_matches(name.strip().lower(), spelled, n=1)
    return f"Did you mean {spelled[near[0]]!r}?" if near else f"There are {', '.join(columns)[:500]}."


def _microseconds(text: str) -> str:
    """ISO text with at most six digits of a second: files often carry seven or nine."""
    head, dot, tail = text.partition(".")
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return f"{head}{dot}{tail[: min(digits, 6)]}{tail[digits:]}" if digits > 6 else text


def _count(found: Mapping[str, Any], name: str) -> int | None:
    if name not in found:
        return None
    most = STATUS_MAX if name == "status_code" else TOKENS_MAX
    try:
        number = float(found[name])
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (0 <= number <= most and number == int(number)):
        raise InvalidInputError(f"{name} is {found[name]!r:.40}, not a whole number from 0 to {most}.")
    return int(number)


def _value(found: Mapping[str, Any]) -> tuple[float | None, str | None]:
    """(value, what it is where it is no number)."""
    if "value" not in found:
        return None, None
    try:
        number = float(found["value"])
    except (TypeError, ValueError, OverflowError):
        raise InvalidInputError(f"value is {found['value']!r:.40}, not a number.") from None
    return (number, None) if math.isfinite(number) else (None, str(number))


def _outcome(found: Mapping[str, Any], status_code: int | None) -> tuple[str, str | None]:
    """What the file says of the ending; where it says nothing, nobody knows: no false green."""
    given = found.get("outcome")
    if given is not None:
        if given not in (Outcome.GOOD.value, Outcome.BAD.value, Outcome.EXCLUDED.value):
            raise InvalidInputError(f"outcome is {given!r:.40}.", hint="It is good, bad or excluded.")
        return str(given), None
    error = found.get("error")
    if status_code is None and error is None:
        return Outcome.NONE.value, None
    text = None if error is None else str(error)
    return judge_ending(Ending("attempt", error is not None, status_code, text))
