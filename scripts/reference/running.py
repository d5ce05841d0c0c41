"""api.md and metrics.md: asked of the real doors, on a home of their own that is thrown away."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from evenkeel.app.control import Control
from evenkeel.app.dataplane import build_door
from evenkeel.app.home import Home
from evenkeel.app.offline import opened
from evenkeel.observe.intake.door import DoorLimits, IntakeDoor
from evenkeel.observe.intake.event_api import EVENTS_MAX, KINDS
from evenkeel.org.access.keys import NewKey
from evenkeel.org.access.model import Scope
from evenkeel.store.journal.group_commit import GroupCommit
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.system import RealDisk, SystemClock
from evenkeel.web.api import add_routes
from evenkeel.web.gateway_numbers import GATEWAY_LABELS
from reference.markdown import code, codes, page, table

_METHODS = ("get", "post", "put", "patch", "delete")
_REFUSED = (401, 403)
_INVALID = 422
#: By type: what is asked with where something has to be said.
_VALUES: dict[str | None, Any] = {
    "integer": 60, "number": 1.0, "array": ["asked"], "object": {"asked": 1}, "boolean": False,
}  # fmt: skip
_EVENTS = b"""[{"kind": "inference", "service": "bot", "latency_s": 0.1}, {"kind": "inference"}]"""
_SPANS = b"""{"resourceSpans": [{"scopeSpans": [{"spans": [
    {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "00f067aa0ba902b7", "name": "query", "kind": 3,
     "startTimeUnixNano": "1", "endTimeUnixNano": "2"}]}]}]}"""


def api_page() -> str:
    """The page."""
    with _home() as control:
        allowed = _scopes(control)
    document = _openapi()
    operations = list(_operations(document))
    rows = [
        (f"`{method.upper()} /api/v1{path}`", allowed[(method, path)], said["summary"])
        for method, path, said in operations
    ]
    return page(
        "API",
        "JSON over HTTP on the port of the UI (4180), under `/api/v1`. Send a key as `Authorization: Bearer ek_…`;"
        " `evenkeel keys create NAME --scope read` makes one. The machine-readable description is served at"
        " `/api/v1/openapi.json`. [Errors](errors.md) are JSON too. Names of statuses, indicators and columns are those"
        " of [verdicts](verdicts.md), [indicators](indicators.md) and [events](events.md).",
        table(("operation", "scope of the key", "what it answers"), rows),
        "## Parameters",
        table(
            ("operation", "parameter", "in", "type", "default"),
            _parameters(operations, document["components"]["schemas"]),
        ),
        "`GET /api/v1/events` takes the filters of the event list in the UI too: `from` and `to` in microseconds since"
        " 1970, `environment`, `service`, `version`, `model`, `kind`, `role`, `outcome`, `reason`, `finding`, `text`,"
        " `slower_than_s`, `counted` (`true` or `false`).",
        "## Bodies",
        table(("body", "field", "type", "default"), _bodies(document)),
        "## Without a key",
        table(
            ("path", "what it answers"),
            [
                ("`GET /healthz`, `GET /readyz`", '`{"status": "ok"}` while the process does its work'),
                ("`GET /metrics`", "[metrics](metrics.md); on the port of the UI with a key of scope read"),
            ],
        ),
        "## Intake",
        "On the data-plane port (4318), with a key of scope intake, as `x-evenkeel-key` or as Bearer.",
        table(
            ("operation", "content types", "what it takes"),
            [
                (
                    "`POST /v1/traces`",
                    "`application/x-protobuf`, `application/json`; gzip or not",
                    "OTLP traces, see [Send OTLP](../how-to/send-otlp.md)",
                ),
                (
                    "`POST /v1/events`",
                    "`application/json`, `application/x-ndjson`; gzip or not",
                    f"up to {EVENTS_MAX:,} events, see [Send events](../how-to/send-events.md)",
                ),
            ],
        ),
        f"A body has at most {DoorLimits().body_bytes_max >> 20} MiB as sent and"
        f" {DoorLimits().plain_bytes_max >> 20} MiB unpacked; at most {DoorLimits().requests_max} are read at a time.",
        table(
            ("kind as sent", "stored as", "role"),
            [(code(kind), code(stored), code(role)) for kind, (stored, role) in KINDS.items()],
        ),
    )


def metrics_page() -> str:
    """The page."""
    intake = asyncio.run(_intake_metrics())
    with _home() as control:
        control.folding.drain()
        control.judging.step()
        key = {"authorization": f"Bearer {control.token}"}
        served = TestClient(control.site()).get("/metrics", headers=key).text
    head = ("metric", "type", "labels", "what it is")
    return page(
        "Metrics",
        "evenkeel's own numbers in Prometheus text format, on both ports. A scraper of the UI's port needs a key of"
        " scope read; the data-plane port serves its numbers without one. Counters begin at 0 when a process starts.",
        "The gateway's port (4181) tells none: whoever asks there gets any one of its workers. Control asks each worker"
        " on a port of its own that only this machine reaches, and tells what they say with the label `worker`. Of a"
        " worker that is started again the counters go on where they were last read; one that does not answer has"
        " `evenkeel_gateway_worker_up` 0, its counters stand still, and what else it would say is left out. What the"
        " drills of control ask is not counted.",
        "## Control (port 4180)",
        table(head, _metrics(served, GATEWAY_LABELS)),
        "## Data plane (port 4318)",
        table(head, _metrics(intake)),
    )


@contextmanager
def _home() -> Iterator[Control]:
    """A home in which one service was heard from."""
    with tempfile.TemporaryDirectory(prefix="evenkeel-docs-") as name:
        home = Home(Path(name))
        asyncio.run(_take(home))
        with opened(home) as control:
            yield control


def _openapi() -> dict[str, Any]:
    api = FastAPI(title="evenkeel", version="1")
    add_routes(api)
    return api.openapi()


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield method, path, methods[method]


def _scopes(control: Control) -> dict[tuple[str, str], str]:
    """(method, path) -> the scopes with which the API does not refuse."""
    client = TestClient(control.site(), raise_server_exceptions=False)
    secrets = {scope: control.stores.keys.create(NewKey(scope.value, scope), actor="docs")[1] for scope in Scope}
    found: dict[tuple[str, str], str] = {}
    document = _openapi()
    for method, path, said in _operations(document):
        # What is asked for does not exist, so that nothing is made or changed: a refusal comes before that.
        url = f"/api/v1{re.sub(r'{[^}]+}', 'none', path)}"
        body = _body(said, document["components"]["schemas"]) if "requestBody" in said else None
        allowed: list[str] = []
        for scope, secret in secrets.items():
            answer = client.request(method, url, json=body, headers={"authorization": f"Bearer {secret}"})
            if answer.status_code == _INVALID and method != "get":  # it came before who may was asked
                raise SystemExit(f"{method.upper()} {path}: no body that it reads: {answer.text}")
            if answer.status_code not in _REFUSED:
                allowed.append(scope.value)
        found[(method, path)] = " or ".join(allowed)
    return found


def _body(said: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """A body with what is required, so that an operation comes to ask who may."""
    schema = said["requestBody"]["content"]["application/json"]["schema"]
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    body: dict[str, Any] = {"path": "/nowhere/at-all", "name": "asked"}
    for name in schema.get("required", ()):
        field = schema["properties"][name]
        field = schemas[field["$ref"].rpartition("/")[2]] if "$ref" in field else field
        body.setdefault(name, field["enum"][0] if "enum" in field else _VALUES.get(field.get("type"), "asked"))
    return body


def _parameters(
    operations: list[tuple[str, str, Mapping[str, Any]]], schemas: Mapping[str, Any]
) -> Iterator[tuple[str, str, str, str, str]]:
    for method, path, said in operations:
        for parameter in said.get("parameters", ()):
            given = parameter["schema"]
            schema = {**schemas[given["$ref"].rpartition("/")[2]], **given} if "$ref" in given else given
            default = code(schema.get("default"))
            yield f"`{method.upper()} {path}`", code(parameter["name"]), parameter["in"], _type(schema), default


def _bodies(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    schemas = document["components"]["schemas"]
    for method, path, said in _operations(document):
        if "requestBody" not in said:
            continue
        given = said["requestBody"]["content"].get("application/json", {}).get("schema", {})
        if "$ref" not in given:
            continue
        schema = schemas[given["$ref"].rpartition("/")[2]]
        for name, field in schema["properties"].items():
            seen = schemas[field["$ref"].rpartition("/")[2]] if "$ref" in field else field
            default = "*required*" if name in schema.get("required", ()) else code(field.get("default"))
            yield f"`{method.upper()} {path}`", code(name), _type(seen), default


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return codes(schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"] if part.get("type") != "null")
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    low, high = schema.get("minimum"), schema.get("maximum")
    return (
        f"{schema.get('type')} from {low} to {high}"
        if low is not None and high is not None
        else str(schema.get("type", "any"))
    )


async def _take(home: Home) -> IntakeDoor:
    """Send a good and a bad event and a span of no interest through the real door."""
    home.create()
    with opened(home) as control:
        secret = control.stores.keys.create(NewKey("docs"), actor="docs")[1]
    clock = SystemClock()
    journal = JournalWriter(RealDisk(), str(home.journal / "w0"), writer="w0", clock=clock)
    commit = GroupCommit(journal)
    door = IntakeDoor(build_door(home, commit, clock))
    try:
        for path, body in (("/v1/events", _EVENTS), ("/v1/traces", _SPANS)):
            status, text = await _ask(door, "POST", path, body, secret)
            if status != 200:
                raise SystemExit(f"{path} answered {status}: {text}")
    finally:
        await commit.close()
    return door


async def _intake_metrics() -> str:
    with tempfile.TemporaryDirectory(prefix="evenkeel-docs-") as name:
        door = await _take(Home(Path(name)))
        return (await _ask(door, "GET", "/metrics"))[1]


async def _ask(door: IntakeDoor, method: str, path: str, body: bytes = b"", secret: str = "") -> tuple[int, str]:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"x-evenkeel-key", secret.encode())]
    await door({"type": "http", "path": path, "method": method, "headers": headers}, receive, send)
    return sent[0]["status"], sent[1]["body"].decode()


def _metrics(exposition: str, declared: Mapping[str, Sequence[str]] | None = None) -> list[tuple[str, str, str, str]]:
    """Rows of the table; labels are those that were `declared`, else those that were seen."""
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", exposition, re.MULTILINE))
    labels = {name: codes(given) for name, given in (declared or {}).items()}
    for name, inside in re.findall(r"^(\w+)\{(.*)\} ", exposition, re.MULTILINE):
        labels[name] = codes(re.findall(r'(\w+)="', inside))
    described = re.findall(r"^# HELP (\S+) (.*)$", exposition, re.MULTILINE)
    return [(code(name), kinds[name], labels.get(name, ""), text) for name, text in described]
