"""What became of messages, read from the outbox: what waits, what was delivered, what was given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Integer, RowMapping, and_, case, cast, func, insert, or_, select

from evenkeel.act.notify.model import Event, Message
from evenkeel.act.notify.outbox import load, storable
from evenkeel.act.notify.records import deliveries, outbox
from evenkeel.kernel.ports import Ids

#: The channel of what no route led anywhere.
NOWHERE: Final = ""
NOWHERE_DETAIL: Final = "No route leads to a channel: nobody was told."
LISTED_MAX: Final = 200
#: Dedup keys of what measures the path, and of what people try, begin so.
SYNTHETIC_KEY: Final = "synthetic/"
TEST_KEY: Final = "test/"


class State(StrEnum):
    """How far a message is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one channel. All times in microseconds."""

    id: str
    channel: str
    event: str
    level: str
    title: str
    environment: str
    service: str
    dedup_key: str
    state: State
    attempts: int
    enqueued_at_us: int
    finished_at_us: int | None
    detail: str  # the receiver's id of it, or what was wrong
    synthetic: bool

    @property
    def latency_us(self) -> int | None:
        """From being written down to the receipt, or to being given up."""
        return None if self.finished_at_us is None else max(0, self.finished_at_us - self.enqueued_at_us)


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """What became of a channel's messages since some time, and how many wait."""

    delivered: int = 0
    failed: int = 0
    waiting: int = 0


def load_delivery(connection: Connection, delivery_id: str) -> Delivery | None:
    """The delivery of an id, waiting or over."""
    row = connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).mappings().first()
    if row is not None:
        return _read_finished(row)
    row = connection.execute(select(outbox).where(outbox.c.id == delivery_id)).mappings().first()
    return None if row is None else _read_waiting(row)


def load_deliveries(connection: Connection, limit: int, *, channel: str | None = None) -> Sequence[Delivery]:
    """The newest, newest first, of all channels or of one; what waits is among them."""
    over = select(deliveries).order_by(deliveries.c.enqueued_at_us.desc(), deliveries.c.id.desc()).limit(limit)
    waiting = select(outbox).order_by(outbox.c.seq.desc()).limit(limit)
    if channel is not None:
        over, waiting = over.where(deliveries.c.channel == channel), waiting.where(outbox.c.channel == channel)
    found = [_read_finished(row) for row in connection.execute(over).mappings()]
    found += [_read_waiting(row) for row in connection.execute(waiting).mappings()]
    return sorted(found, key=lambda each: (each.enqueued_at_us, each.id), reverse=True)[:limit]


def count_by_channel(connection: Connection, since_us: int) -> Mapping[str, ChannelCounts]:
    """What became of messages that ended since then, and what waits now, by channel."""
    over = (
        select(deliveries.c.channel, deliveries.c.delivered, func.count().label("n"))
        .where(deliveries.c.finished_at_us >= since_us)
        .group_by(deliveries.c.channel, deliveries.c.delivered)
    )
    counted: dict[str, dict[str, int]] = {}
    for row in connection.execute(over).mappings():
        counted.setdefault(row["channel"], {})["delivered" if row["delivered"] else "failed"] = int(row["n"])
    waiting = select(outbox.c.channel, func.count().label("n")).group_by(outbox.c.channel)
    for row in connection.execute(waiting).mappings():
        counted.setdefault(row["channel"], {})["waiting"] = int(row["n"])
    return {channel: ChannelCounts(**numbers) for channel, numbers in counted.items()}


def count_path(connection: Connection, since_us: int, now_us: int, in_time_us: int) -> tuple[int, int]:
    """(messages, those of them that were not delivered in time) since then.

    Tests that people send count for nothing; a message that still waits counts once its time is up.
    """
    counts = or_(deliveries.c.event != Event.TEST.value, deliveries.c.synthetic)
    took_us = deliveries.c.finished_at_us - deliveries.c.enqueued_at_us
    in_time = and_(deliveries.c.delivered, took_us <= in_time_us)
    asked = select(
        func.count().label("n"), func.coalesce(func.sum(case((in_time, 0), else_=1)), cast(0, Integer)).label("bad")
    ).where(deliveries.c.enqueued_at_us >= since_us, deliveries.c.channel != NOWHERE, counts)
    row = connection.execute(asked).mappings().one()
    is_late = outbox.c.enqueued_at_us < now_us - in_time_us
    late = select(func.count()).where(is_late, ~outbox.c.dedup_key.startswith(TEST_KEY))
    waiting = int(connection.execute(late).scalar_one())
    return int(row["n"]) + waiting, int(row["bad"]) + waiting


def last_synthetic_at_us(connection: Connection, now_us: int) -> int | None:
    """When the last synthetic page was written down; what a clock that was set back wrote later is not counted."""
    written_us = deliveries.c.enqueued_at_us
    over = select(func.max(written_us)).where(deliveries.c.synthetic, written_us <= now_us)
    waiting = select(func.max(outbox.c.enqueued_at_us)).where(
        outbox.c.dedup_key.startswith(SYNTHETIC_KEY), outbox.c.enqueued_at_us <= now_us
    )
    found = (connection.execute(asked).scalar() for asked in (over, waiting))
    return max((int(at_us) for at_us in found if at_us is not None), default=None)


def note_nowhere(connection: Connection, message: Message, now_us: int, ids: Ids) -> None:
    """Keep that nobody was told of a message."""
    connection.execute(
        insert(deliveries).values(
            id=ids.new_id(),
            channel=NOWHERE,
            dedup_key=message.dedup_key,
            event=message.event.value,
            level=message.level.value,
            title=storable(message.title),
            environment=storable(message.environment),
            service=storable(message.service),
            synthetic=False,
            enqueued_at_us=now_us,
            finished_at_us=now_us,
            attempts=0,
            delivered=False,
            detail=NOWHERE_DETAIL,
        )
    )


def _read_finished(row: RowMapping) -> Delivery:
    values: dict[str, Any] = {name: row[name] for name in _SHARED}
    state = State.DELIVERED if row["delivered"] else State.FAILED
    return Delivery(**values, state=state, synthetic=bool(row["synthetic"]))


def _read_waiting(row: RowMapping) -> Delivery:
    message = load(row["message"])
    return Delivery(
        id=row["id"],
        channel=row["channel"],
        event=message.event.value,
        level=message.level.value,
        title=message.title,
        environment=message.environment,
        service=message.service,
        dedup_key=row["dedup_key"],
        state=State.WAITING,
        attempts=row["attempts"],
        enqueued_at_us=row["enqueued_at_us"],
        finished_at_us=None,
        detail=row["last_error"],
        synthetic="synthetic" in message.labels,
    )


_SHARED: Final = (
    "id", "channel", "event", "level", "title", "environment", "service", "dedup_key", "attempts", "enqueued_at_us",
    "finished_at_us", "detail",
)  # fmt: skip
