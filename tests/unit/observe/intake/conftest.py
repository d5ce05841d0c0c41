"""A door as senders meet it: the ASGI application over a real journal, spoken to in process."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from evenkeel.kernel.time import US_PER_DAY
from evenkeel.observe.intake.door import DoorDependencies, DoorLimits, IntakeDoor
from evenkeel.observe.intake.keys import IntakeKey, IntakeTable
from evenkeel.observe.pricing.book import PriceBook
from evenkeel.observe.privacy.pseudonyms import Pseudonyms
from evenkeel.store.journal.codec import decode_payload
from evenkeel.store.journal.group_commit import GroupCommit
from evenkeel.store.journal.reader import JournalReader
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.testing.clock import SimClock
from evenkeel.testing.disk import SimDisk

KEY = "ek_open"
PROTOBUF = "application/x-protobuf"


@dataclass(frozen=True)
class Reply:
    """What the door answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def type(self) -> str:
        return self.headers["content-type"]

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """What is said in a google.rpc.Status (code = 1, message = 2), in either encoding."""
        if self.type == PROTOBUF:
            fields = read_fields(self.body)
            assert set(fields) <= {1, 2}
            return fields[2].decode()
        return self.json()["message"]

    def partial(self) -> tuple[int, str]:
        """(rejected spans, error message) of an OTLP answer."""
        if self.type == PROTOBUF:
            found = ExportTraceServiceResponse.FromString(self.body).partial_success
            return found.rejected_spans, found.error_message
        found = self.json().get("partialSuccess", {})
        return int(found.get("rejectedSpans", 0)), found.get("errorMessage", "")


def read_fields(data: bytes) -> dict[int, bytes]:
    """The length-delimited fields of a protobuf message, read without our own code."""
    fields: dict[int, bytes] = {}
    place = 0

    def varint() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = data[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(data):
        tag = varint()
        assert tag & 7 == 2
        size = varint()
        fields[tag >> 3] = data[place : place + size]
        place += size
    return fields


class DoorDriver:
    """Speaks to a door, and reads back what it made durable."""

    def __init__(self, disk: SimDisk, clock: SimClock, **given: Any) -> None:
        self.disk = disk
        self.clock = clock
        self.commit = given.pop("commit", None) or GroupCommit(
            JournalWriter(disk, "journal/w0", writer="w0", clock=clock)
        )
        hashed = {
            hashlib.sha256(KEY.encode()).hexdigest(): IntakeKey("open"),
            hashlib.sha256(b"ek_bot").hexdigest(): IntakeKey("bot", services=frozenset({"bot"})),
            hashlib.sha256(b"ek_old").hexdigest(): IntakeKey("old", expires_at_us=clock.now_us() - US_PER_DAY),
        }
        self.table = IntakeTable(hashed, given.pop("content_services", frozenset()))
        book = PriceBook.load()
        self.pseudonyms = Pseudonyms.with_key(b"k" * 32)
        self.door = IntakeDoor(
            DoorDependencies(
                commit=self.commit,
                keys=lambda: self.table,
                pricing=lambda: book,
                pseudonyms=self.pseudonyms,
                clock=clock,
                limits=given.pop("limits", DoorLimits()),
                **given,
            )
        )

    async def send(
        self,
        path: str,
        body: bytes | list[bytes],
        content_type: str | None = "application/json",
        method: str = "POST",
        **more: str,
    ) -> Reply:
        """One request; a list is a body that comes in pieces."""
        headers = {"x-evenkeel-key": KEY, **({} if content_type is None else {"content-type": content_type})}
        headers |= {name.replace("_", "-"): text for name, text in more.items()}
        pieces = [body] if isinstance(body, bytes) else list(body)

        async def receive() -> dict[str, Any]:
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        return await self.exchange(path, method, headers, receive)

    async def exchange(self, path: str, method: str, headers: Mapping[str, str], receive: Any) -> Reply:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        raw = [(name.encode(), text.encode("latin-1")) for name, text in headers.items()]
        await self.door({"type": "http", "path": path, "method": method, "headers": raw}, receive, send)
        start, end = sent
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        assert int(found["content-length"]) == len(end["body"])
        return Reply(start["status"], found, end["body"])

    def post(self, path: str, body: Any, content_type: str | None = "application/json", **more: str) -> Reply:
        """One POST; what is not bytes is sent as JSON, a protobuf message as protobuf."""
        if isinstance(body, Message):
            body, content_type = body.SerializeToString(), PROTOBUF
        if not isinstance(body, bytes | list) or (
            isinstance(body, list) and not all(isinstance(x, bytes) for x in body)
        ):
            body = json.dumps(body).encode()
        return asyncio.run(self.send(path, body, content_type, **more))

    def get(self, path: str, method: str = "GET") -> Reply:
        return asyncio.run(self.send(path, b"", None, method))

    def stored(self) -> list[dict[str, Any]]:
        """Every event in the journal, without absent values."""
        frames = JournalReader(self.disk, "journal").read({}).frames
        batches = [decode_payload(frame.payload, frame.schema_id) for frame in frames]
        rows: list[dict[str, Any]] = []
        for batch in batches:
            names = batch.schema.names
            columns = [batch.column(name).to_pylist() for name in names]
            rows += [
                {n: v for n, v in zip(names, row, strict=True) if v is not None} for row in zip(*columns, strict=True)
            ]
        return rows


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def disk() -> SimDisk:
    return SimDisk()


@pytest.fixture
def make_door(disk: SimDisk, clock: SimClock) -> Iterator[Callable[..., DoorDriver]]:
    made: list[DoorDriver] = []

    def make(**given: Any) -> DoorDriver:
        made.append(DoorDriver(disk, clock, **given))
        return made[-1]

    yield make
    for driver in made:
        if isinstance(driver.commit, GroupCommit):
            asyncio.run(driver.commit.close())


@pytest.fixture
def door(make_door: Callable[..., DoorDriver]) -> DoorDriver:
    return make_door()
