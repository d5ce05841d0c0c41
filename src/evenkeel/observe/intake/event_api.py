"""The HTTP event API (SPEC OBS-3): JSON objects become events; what is wrong is named one by one."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.classes import class_name
from evenkeel.kernel.embedding import as_attributes
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.event import Kind, Outcome
from evenkeel.kernel.ids import derive_id
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_SECOND, isoformat, to_us
from evenkeel.observe.evaluators.embeddings import read_embeddings, refuse_reserved
from evenkeel.observe.evaluators.exchange import Exchange
from evenkeel.observe.events import jsontext
from evenkeel.observe.events.attributes import JUDGE_CLAIMED, JUDGES
from evenkeel.observe.events.context import (
    ATTRIBUTES_MAX,
    ATTRIBUTES_TEXT_MAX,
    DURATION_S_MAX,
    DURATION_S_MIN,
    STATUS_MAX,
    TOKENS_MAX,
    WEIGHT_MAX,
    EventContext,
    Usage,
    clean_name,
)
from evenkeel.observe.events.outcomes import Ending, judge_ending
from evenkeel.observe.intake.content import read_exchange
from evenkeel.observe.intake.group_counts import read_group_counts
from evenkeel.observe.otlp.decode import load_json

NDJSON: Final = "application/x-ndjson"
#: Events of one request.
EVENTS_MAX: Final = 10_000
FUTURE_MAX_US: Final = US_PER_HOUR
PAST_MAX_US: Final = 400 * US_PER_DAY

#: kind as sent -> (kind stored, role).
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "prediction": (Kind.PREDICTION.value, "request"),
    "inference": (Kind.INFERENCE.value, "attempt"),
    "request": (Kind.INFERENCE.value, "request"),
    "outcome": (Kind.OUTCOME.value, "none"),
    "feedback": (Kind.FEEDBACK.value, "none"),
    "review": (Kind.REVIEW.value, "none"),
    "value": (Kind.VALUE.value, "none"),
    "group_counts": (Kind.VALUE.value, "none"),
    "heartbeat": (Kind.HEARTBEAT.value, "none"),
    "probe": (Kind.PROBE.value, "none"),
}
#: Outcomes that a sender may give, by role; a probe that found nothing out is said to be none.
_OUTCOMES: Final = (Outcome.GOOD.value, Outcome.BAD.value, Outcome.EXCLUDED.value)
_PROBE_OUTCOMES: Final = (Outcome.GOOD.value, Outcome.BAD.value, Outcome.NONE.value)

_TEXTS: Final = ("version", "model", "provider", "operation", "response_id", "subject", "label")
_COUNTS: Final = ("tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning")
_SECONDS: Final = ("latency_s", "ttft_s")
_READ: Final = frozenset(
    ("id", "kind", "at", "service", "environment", "user", "session", "value", "rating", "every_s", "outcome",
     "status_code", "error", "request_id", "attributes", "weight", "content", "embeddings",
     *_TEXTS, *_COUNTS, *_SECONDS)
)  # fmt: skip
_NAME_MAX: Final = 256
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(slots=True)
class ReadEvents:
    """What a body held."""

    batch: EventBatch = field(default_factory=EventBatch)
    rejected: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    exchanges: list[tuple[int, Exchange]] = field(default_factory=list[tuple[int, Exchange]])  # (event, what it said)


def read_events(body: bytes, content_type: str, context: EventContext) -> ReadEvents:
    """The events of a body. Raises InvalidInputError when it is no JSON at all."""
    found = ReadEvents()
    for index, item in enumerate(_items(body, content_type)):
        try:
            if isinstance(item, InvalidInputError):
                raise item
            event = _event(item, context, index)
            exchange = read_exchange(item)
            if not context.allows(event["environment"], event["service"]):
                raise InvalidInputError(
                    f"This key may not send for {event['environment']}/{event['service']}.",
                    hint="Use a key of that service.",
                )
            found.batch.add(event)
            if exchange is not None:
                found.exchanges.append((len(found.batch) - 1, exchange))
        except InvalidInputError as error:
            found.rejected.append({"index": index, "code": error.code, "message": str(error)})
    return found


def _items(body: bytes, content_type: str) -> list[Any]:
    """What may be events, one by one; in NDJSON, a line that is no JSON spoils itself only."""
    if content_type == NDJSON:
        lines = [line for line in body.splitlines() if line.strip()]
        _refuse_too_many(len(lines))
        return [_line(line) for line in lines]
    document = load_json(body)
    items = cast("list[Any]", document) if isinstance(document, list) else [document]
    _refuse_too_many(len(items))
    return items


def _line(line: bytes) -> Any:
    try:
        return load_json(line)
    except InvalidInputError as error:
        return InvalidInputError(error.message.replace("The body", "The line", 1), hint=error.hint)


def _refuse_too_many(count: int) -> None:
    if count > EVENTS_MAX:
        raise InvalidInputError(f"{count} events in one request.", hint=f"Send at most {EVENTS_MAX}.")


def _event(item: Any, context: EventContext, index: int) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise InvalidInputError(f"An event is a JSON object, not {type(item).__name__}.")
    raw = cast("dict[str, Any]", item)
    kind, role = _kind(raw)
    has_counts = raw.get("kind") == "group_counts"
    raw = read_group_counts(raw) if has_counts else raw
    service = clean_name(_text(raw, "service") or "", _NAME_MAX)
    environment = clean_name(_text(raw, "environment") or "", _NAME_MAX) or "production"
    if not service:
        raise InvalidInputError("The event names no service.", hint='Add "service": "…".')
    at = _time(raw.get("at"), context.now_us)
    event_id = _identity(raw, (environment, service), at, context.now_us + index)
    request = _text(raw, "request_id")
    event: dict[str, Any] = {
        "event_id": event_id,
        "kind": kind,
        "at": at,
        "arrived_at": context.now_us,
        "environment": environment,
        "service": service,
        "request_id": derive_id(environment.encode(), service.encode(), request.encode()) if request else event_id,
        "solo": not request,
        "role": role,
        "source": "api",
        "weight": _number(raw, "weight", low=1.0, high=WEIGHT_MAX) or 1.0,
        "status_code": _count(raw, "status_code", STATUS_MAX),
    }
    event |= {name: _text(raw, name) for name in _TEXTS}
    event["label"] = _class(raw, event["label"])
    event["version"] = clean_name(event["version"] or "", _NAME_MAX)
    event |= {name: _count(raw, name) for name in _COUNTS}
    event |= {name: _duration_s(raw, name) for name in _SECONDS}
    for name, column in (("user", "caller"), ("session", "session")):
        who = _text(raw, name)
        event[column] = None if who is None else context.pseudonyms.of(who)
    _add_value(raw, kind, event)
    event["value_kind"] = "group_counts" if has_counts else event["value_kind"]
    _add_outcome(raw, event)
    _add_price(event, context)
    _add_attributes(raw, event)
    if kind == Kind.PREDICTION.value and not event["operation"]:
        event["operation"] = "predict"
    return event


def _kind(raw: Mapping[str, Any]) -> tuple[str, str]:
    kind = raw.get("kind", "request")
    if not isinstance(kind, str) or kind not in KINDS:
        seen = str(kind)[:40]
        near = difflib.get_close_matches(seen, KINDS, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(KINDS)}."
        raise InvalidInputError(f"{seen!r} is no kind of event.", hint=hint)
    return KINDS[kind]


def _text(raw: Mapping[str, Any], name: str) -> str | None:
    value = raw.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, (dict, list)):
        raise InvalidInputError(f"{name} is text, not {type(cast('object', value)).__name__}.")
    return str(value)[:_NAME_MAX]


def _class(raw: Mapping[str, Any], text: str | None) -> str | None:
    """A label; one that is a number or a boolean is named as its class is elsewhere, for others may say it as text."""
    given = raw.get("label")
    return text if text is None or isinstance(given, str) else (class_name(given) or "")[:_NAME_MAX] or None


def _count(raw: Mapping[str, Any], name: str, most: int = TOKENS_MAX) -> int | None:
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise InvalidInputError(f"{name} is {value!r:.40}.", hint=f"It must be a whole number from 0 to {most}.")
    return value


def _duration_s(raw: Mapping[str, Any], name: str) -> float | None:
    value = _number(raw, name, low=0.0, high=DURATION_S_MAX)
    return 0.0 if value is not None and value < DURATION_S_MIN else value


def _number(raw: Mapping[str, Any], name: str, *, low: float = -math.inf, high: float = math.inf) -> float | None:
    value = raw.get(name)
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, (int, float)) else float(value)
    except OverflowError:  # JSON may hold whole numbers of any length
        number = math.nan
    if not (math.isfinite(number) and low <= number <= high):
        allowed = f"a number from {low:g}" + (f" to {high:g}" if math.isfinite(high) else " up")
        raise InvalidInputError(
            f"{name} is {value!r:.40}.", hint=f"It must be {allowed if math.isfinite(low) else 'a finite number'}."
        )
    return number


def _time(value: Any, now_us: int) -> int:
    if value is None:
        return now_us
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            at = int(value * US_PER_SECOND)
        else:
            at = to_us(datetime.fromisoformat(str(value)))
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(
            f"at is {value!r:.60}: {str(error)[:100]}.", hint="Write ISO 8601 with a zone, or seconds since 1970."
        ) from None
    if not now_us - PAST_MAX_US <= at <= now_us + FUTURE_MAX_US:
        raise InvalidInputError(
            f"at is {value!r:.60}, and it is now {isoformat(now_us)}.",
            hint="Events may be up to 400 days old and an hour ahead; import older ones with `evenkeel import`.",
        )
    return at


def _identity(raw: Mapping[str, Any], owner: tuple[str, str], at: int, unique: int) -> bytes:
    """The sender's id; else one of the content and its time; without a time every event is a new one."""
    given = raw.get("id")
    if isinstance(given, (dict, list)):
        raise InvalidInputError(f"id is text, not {type(cast('object', given)).__name__}.")
    if given is not None:
        text = str(given)
        if _UUID.fullmatch(text):
            return UUID(text).bytes
        return derive_id(b"api", owner[0].encode(), owner[1].encode(), text.encode())
    content = _dumped(raw, is_sorted=True)
    moment = at if raw.get("at") is not None else unique
    return derive_id(b"api", content, str(moment).encode())


def _add_value(raw: Mapping[str, Any], kind: str, event: dict[str, Any]) -> None:
    value = raw.get("value")
    event["value"] = event["value_kind"] = None
    if isinstance(value, str) and value.lower() in ("nan", "inf", "-inf", "infinity", "-infinity"):
        event["value_kind"] = value.lower().removesuffix("inity")
    elif value is not None:
        event["value"] = _number(raw, "value")
    if kind == Kind.FEEDBACK.value and raw.get("rating") is not None:
        event["value"], event["value_kind"] = _number(raw, "rating", low=1.0, high=5.0), "rating"
    if kind == Kind.HEARTBEAT.value:
        event["value"], event["value_kind"] = _number(raw, "every_s", low=1.0, high=86_400.0), "every_s"
    if kind in (Kind.OUTCOME.value, Kind.FEEDBACK.value) and not event["subject"]:
        raise InvalidInputError(f"A{'n' if kind == 'outcome' else ''} {kind} needs the subject it is about.")


def _add_outcome(raw: Mapping[str, Any], event: dict[str, Any]) -> None:
    if event["kind"] == Kind.PROBE.value:
        event["outcome"], event["reason"] = _given_outcome(raw, _PROBE_OUTCOMES), _text(raw, "error")
        if event["outcome"] is None or not event["subject"]:
            raise InvalidInputError("A probe needs an outcome (good, bad or none) and its name as the subject.")
        return
    if event["role"] == "none":
        event["outcome"] = Outcome.NONE.value
        return
    given, error = _given_outcome(raw, _OUTCOMES), _text(raw, "error")
    judged, reason = judge_ending(Ending(event["role"], error is not None, event["status_code"], error))
    event["outcome"], event["reason"] = given or judged, reason


def _given_outcome(raw: Mapping[str, Any], allowed: tuple[str, ...]) -> str | None:
    given = raw.get("outcome")
    if given is not None and given not in allowed:
        raise InvalidInputError(f"outcome is {given!r:.40}.", hint=f"It is {', '.join(allowed[:-1])} or {allowed[-1]}.")
    return given


def _add_price(event: dict[str, Any], context: EventContext) -> None:
    if event["role"] != "attempt" or (event["tokens_in"] is None and event["tokens_out"] is None):
        return
    usage = Usage(event["tokens_in"], event["tokens_cached"], None, event["tokens_out"])
    priced = context.pricing.price(event["provider"], event["model"], event["at"], usage).bounded(event["weight"])
    event |= {
        "cost_nano": priced.cost_nano,
        "currency": priced.currency,
        "cost_basis": priced.basis,
        "price": priced.price,
        "finding": priced.finding,
    }


def _add_attributes(raw: Mapping[str, Any], event: dict[str, Any]) -> None:
    """What no column holds; unknown keys are kept, never lost. Of embeddings, what is made of them."""
    given = raw.get("attributes", {})
    if not isinstance(given, dict):
        raise InvalidInputError(f"attributes is an object, not {type(given).__name__}.")
    told = {**cast("dict[str, Any]", given), **{name: raw[name] for name in raw.keys() - _READ}}
    rest = {name: value for name, value in told.items() if not name.startswith(JUDGES)}
    if len(rest) < len(told):
        event["finding"] = " ".join(filter(None, (event.get("finding"), JUDGE_CLAIMED)))
    refuse_reserved(rest)
    rest = {**_embeddings(raw, event["kind"]), **rest}
    if not rest:
        return
    if len(rest) > ATTRIBUTES_MAX:
        event["finding"] = " ".join(filter(None, (event.get("finding"), "attributes_cut")))
    text = _dumped(dict(list(rest.items())[:ATTRIBUTES_MAX])).decode()
    if len(text) > ATTRIBUTES_TEXT_MAX:
        raise InvalidInputError(
            f"attributes have {len(text)} characters.", hint=f"At most {ATTRIBUTES_TEXT_MAX} are kept."
        )
    event["attributes"] = text


def _embeddings(raw: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    found = read_embeddings(raw.get("embeddings"))
    if found and kind not in (Kind.PREDICTION.value, Kind.INFERENCE.value):
        raise InvalidInputError(f"A {kind} has no embeddings.", hint="Send them with a prediction or a request.")
    return as_attributes(found, "feature.")


def _dumped(value: Mapping[str, Any], *, is_sorted: bool = False) -> bytes:
    try:
        return jsontext.dump(value, is_sorted=is_sorted)
    except ValueError:  # what is read may be deeper than what is written
        raise InvalidInputError(
            "The event is nested too deep.", hint="Attributes are values, lists or objects."
        ) from None
