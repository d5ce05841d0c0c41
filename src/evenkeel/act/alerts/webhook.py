"""The webhook of Alertmanager (version 4), which Grafana speaks too, read leniently.

Fields that are missing, unknown or of another type than they should be are no reason to lose an alert: senders do
not send again what is refused. Only what is no list of alerts at all is refused, and the answer says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from evenkeel.act.alerts.fingerprints import fingerprint_labels
from evenkeel.act.alerts.model import AlertState, Received, Source
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import to_us
from evenkeel.observe.events import jsontext

BODY_BYTES_MAX: Final = 8_000_000
ALERTS_MAX: Final = 10_000
TEXT_LENGTH_MAX: Final = 4_000
LABELS_MAX: Final = 200
_FINGERPRINT_LENGTH_MAX: Final = 64
_READ: Final = ("status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint")
_HINT: Final = "Send the webhook of Alertmanager or Grafana as it is, without a payload template of your own."
_DOWN: Final = ("resolved", "ok", "normal")


def read_webhook(body: bytes, source: Source, now_us: int) -> list[Received]:
    """The alerts of a body. Raises InvalidInputError, which names what cannot be used."""
    if len(body) > BODY_BYTES_MAX:
        raise InvalidInputError(f"The body has {len(body):,} bytes.", hint=f"At most {BODY_BYTES_MAX:,} are taken.")
    try:
        document = jsontext.load(body)
    except ValueError as error:
        raise InvalidInputError(f"The body is no JSON: {error}.", hint=_HINT) from None
    if not isinstance(document, dict):
        raise InvalidInputError(f"The body is {_kind(document)}, not a JSON object.", hint=_HINT)
    payload = cast("Mapping[str, Any]", document)
    alerts = payload.get("alerts")
    if not isinstance(alerts, list):
        said = "missing" if alerts is None else _kind(alerts)
        raise InvalidInputError(f"`alerts` is {said}; it must be a list.", hint=_HINT)
    rows = cast("list[Any]", alerts)
    if len(rows) > ALERTS_MAX:
        raise InvalidInputError(f"`alerts` has {len(rows):,} entries.", hint=f"At most {ALERTS_MAX:,} are taken.")
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise InvalidInputError(f"`alerts[{index}]` is {_kind(row)}, not an object.", hint=_HINT)
    return [_read_alert(row, payload, source, now_us) for row in rows]


def _read_alert(row: Mapping[str, Any], payload: Mapping[str, Any], source: Source, now_us: int) -> Received:
    labels = _texts(payload.get("commonLabels")) | _texts(row.get("labels"))
    status = str(row.get("status") or payload.get("status") or "firing").lower()
    starts_us = _read_time(row.get("startsAt"))
    fingerprint = _text(row.get("fingerprint"))
    if not 0 < len(fingerprint) <= _FINGERPRINT_LENGTH_MAX:
        fingerprint = fingerprint_labels(labels)
    return Received(
        source=source,
        fingerprint=fingerprint,
        status=AlertState.RESOLVED if status in _DOWN else AlertState.FIRING,
        starts_at_us=now_us if starts_us is None else starts_us,
        ends_at_us=_read_time(row.get("endsAt")),
        labels=labels,
        annotations=_texts(payload.get("commonAnnotations")) | _texts(row.get("annotations")),
        generator_url=_text(row.get("generatorURL")),
        group_key=_text(payload.get("groupKey")),
        receiver=_text(payload.get("receiver")),
        extra={_text(name): _clean(value) for name, value in row.items() if name not in _READ},
    )


def _read_time(value: Any) -> int | None:
    """Microseconds, or None for what is no time or the year 1, which stands for none."""
    try:
        at = datetime.fromisoformat(str(value).strip())
        return max(to_us(at), 0) or None
    except (ValueError, OverflowError):
        return None


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    pairs = list(cast("Mapping[str, Any]", value).items())[:LABELS_MAX]
    return {_text(name): _text(text) for name, text in pairs}


def _text(value: Any) -> str:
    """A text without what a database refuses."""
    if value is None:
        return ""
    written = value if isinstance(value, str) else jsontext.dump(value).decode()
    return written.replace("\x00", "")[:TEXT_LENGTH_MAX]


def _clean(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else _text(value)


def _kind(value: object) -> str:
    names: tuple[tuple[type, str], ...] = (
        (list, "a list"),
        (dict, "an object"),
        (str, "a text"),
        (bool, "a boolean"),
        (type(None), "null"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "a number")
