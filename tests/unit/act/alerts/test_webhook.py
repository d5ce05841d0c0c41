from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.act.alerts.fingerprints import fingerprint_labels
from evenkeel.act.alerts.model import AlertState, Source
from evenkeel.act.alerts.webhook import ALERTS_MAX, BODY_BYTES_MAX, TEXT_LENGTH_MAX, read_webhook
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import isoformat

NOW_US = 1_767_225_600_000_000


def read(document: Any, source: Source = Source.ALERTMANAGER) -> Any:
    return read_webhook(json.dumps(document).encode(), source, NOW_US)


def alert(**more: Any) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": "Down", "service": "bot"},
        "annotations": {"summary": "It is down."},
        "startsAt": "2026-01-01T10:00:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": "0123456789abcdef",
        **more,
    }


def test_a_payload_of_version_4_is_read_whole() -> None:
    (found,) = read({"version": "4", "groupKey": "{}:{}", "receiver": "team", "status": "firing", "alerts": [alert()]})
    assert (found.status, found.fingerprint, found.source) == (AlertState.FIRING, "0123456789abcdef", "alertmanager")
    assert isoformat(found.starts_at_us) == "2026-01-01T10:00:00.123Z"
    assert found.ends_at_us is None
    assert found.labels == {"alertname": "Down", "service": "bot"}
    assert found.annotations == {"summary": "It is down."}
    assert (found.generator_url, found.group_key, found.receiver) == ("http://prometheus/graph", "{}:{}", "team")


def test_old_payloads_have_no_fingerprint_and_fields_of_tomorrow_are_kept() -> None:
    row = alert(status="resolved", endsAt="2026-01-01T11:00:00+01:00", notes={"a": [1]}, rank=7)
    del row["fingerprint"]
    (found,) = read({"alerts": [row], "notification_reason": "x", "truncatedAlerts": "two"})
    assert found.fingerprint == fingerprint_labels(found.labels)
    assert isoformat(found.ends_at_us) == "2026-01-01T10:00:00.000Z"
    assert found.extra == {"notes": '{"a":[1]}', "rank": 7}


def test_what_grafana_adds_is_kept() -> None:
    more = {"values": {"B": 1.5}, "valueString": "[ var='B' ]", "dashboardURL": "http://g/d/1", "silenceURL": None}
    body = {"orgId": 1, "title": "[FIRING:1]", "state": "alerting", "message": "**x**", "alerts": [alert(**more)]}
    (found,) = read(body, Source.GRAFANA)
    assert found.extra["values"] == '{"B":1.5}'
    assert found.extra["dashboardURL"] == "http://g/d/1"


def test_missing_and_odd_fields_lose_no_alert() -> None:
    rows = [
        {},
        alert(labels=None, startsAt="soon", annotations=["x"]),
        alert(labels={"n": 5, "b": True, "nul": "a\x00b"}),
    ]
    bare, odd, numbers = read({"status": "resolved", "commonLabels": {"team": "a"}, "alerts": rows})
    assert (bare.status, bare.starts_at_us, bare.labels) == (AlertState.RESOLVED, NOW_US, {"team": "a"})
    assert (odd.starts_at_us, odd.annotations) == (NOW_US, {})
    assert numbers.labels == {"team": "a", "n": "5", "b": "true", "nul": "ab"}


def test_texts_have_a_limit_and_long_fingerprints_are_made_anew() -> None:
    (found,) = read({"alerts": [alert(fingerprint="f" * 65, annotations={"summary": "x" * 9_999})]})
    assert len(found.annotations["summary"]) == TEXT_LENGTH_MAX
    assert found.fingerprint == fingerprint_labels(found.labels)


@pytest.mark.parametrize("odd", ["0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-05:00", "2026-13-01", "", 12])
def test_times_that_are_none_are_none(odd: Any) -> None:
    assert read({"alerts": [alert(endsAt=odd)]})[0].ends_at_us is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "The body is no JSON"),
        (b"\xff", "The body is no JSON"),
        (b"[" * 100_000, "The body is no JSON"),
        (b"[]", "The body is a list, not a JSON object"),
        (b"null", "The body is null"),
        (b"{}", "`alerts` is missing; it must be a list"),
        (b'{"alerts": {}}', "`alerts` is an object"),
        (b'{"alerts": [{}, "x"]}', r"`alerts\[1\]` is a text, not an object"),
        (b'{"alerts": [' + b",".join([b"{}"] * (ALERTS_MAX + 1)) + b"]}", "10,001 entries"),
        (b" " * (BODY_BYTES_MAX + 1), "8,000,001 bytes"),
    ],
)
def test_what_is_no_list_of_alerts_is_refused_and_named(body: bytes, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        read_webhook(body, Source.ALERTMANAGER, NOW_US)
