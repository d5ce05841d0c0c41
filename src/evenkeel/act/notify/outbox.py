"""The outbox: what is to be told is written down in the transaction of what it tells, and sent afterwards.

So nothing is told that did not happen, and nothing that happened is forgotten: whatever dies between writing and
the receipt finds the row again, and sends it again with the same dedup key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from evenkeel.act.notify.model import Event, Level, Message, Receipt
from evenkeel.act.notify.records import deliveries, outbox, threads
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.ports import Ids
from evenkeel.kernel.time import US_PER_DAY

#: The shortest limit among receivers (PagerDuty, Events API v2).
DEDUP_KEY_LENGTH_MAX: Final = 255
#: How long receipts can be looked at, and how long after its last message a thread can go on.
KEPT_DAYS: Final = 90
#: Labels of a message that measures the way itself.
SYNTHETIC: Final[Mapping[str, str]] = {"synthetic": "true"}
_DETAIL_LENGTH_MAX: Final = 500
_OF_THREADS: Final = (Event.TRIGGER, Event.ACKNOWLEDGE, Event.RESOLVE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the outbox, the next of its thread."""

    id: str
    channel: str
    message: Message
    enqueued_at_us: int
    attempts: int


def enqueue(connection: Connection, message: Message, channels: Iterable[str], now_us: int, ids: Ids) -> Sequence[str]:
    """Write a message down for each channel, in the caller's transaction. Returns the ids of the deliveries.

    Raises InvalidInputError for a dedup key that receivers would not take.
    """
    if not 0 < len(message.dedup_key) <= DEDUP_KEY_LENGTH_MAX:
        raise InvalidInputError(
            f"A dedup key of {len(message.dedup_key)} characters cannot be sent.",
            hint=f"Use 1 to {DEDUP_KEY_LENGTH_MAX}.",
        )
    text = dump(message)
    rows = [
        {
            "id": ids.new_id(),
            "channel": channel,
            "dedup_key": message.dedup_key,
            "message": text,
            "enqueued_at_us": now_us,
            "due_at_us": now_us,
            "attempts": 0,
            "last_error": "",
        }
        for channel in dict.fromkeys(channels)
    ]
    if rows:
        connection.execute(insert(outbox), rows)
    return [str(row["id"]) for row in rows]


def channels_told(connection: Connection, dedup_key: str) -> set[str]:
    """The channels that know of a thread already, or will as soon as what waits is sent."""
    known = select(threads.c.channel).where(threads.c.dedup_key == dedup_key)
    waiting = select(outbox.c.channel).where(outbox.c.dedup_key == dedup_key)
    return set(connection.execute(known.union(waiting)).scalars())


def find_due(
    connection: Connection, now_us: int, *, per_channel: int, channel: str | None = None
) -> dict[str, list[Waiting]]:
    """What may be sent now, by channel: of each thread the oldest row only, so that nothing overtakes.

    A clock that is set back holds nothing up: a first attempt is due at once, whatever the time.
    """
    heads = select(func.min(outbox.c.seq)).group_by(outbox.c.channel, outbox.c.dedup_key)
    place = func.row_number().over(partition_by=outbox.c.channel, order_by=outbox.c.seq).label("place")
    is_due = or_(outbox.c.due_at_us <= now_us, outbox.c.attempts == 0, outbox.c.enqueued_at_us > now_us)
    chosen = select(outbox, place).where(outbox.c.seq.in_(heads), is_due)
    due = (chosen if channel is None else chosen.where(outbox.c.channel == channel)).subquery()
    found: dict[str, list[Waiting]] = {}
    for row in connection.execute(select(due).where(due.c.place <= per_channel).order_by(due.c.seq)).mappings():
        message = load(row["message"])
        waiting = Waiting(row["id"], row["channel"], message, row["enqueued_at_us"], row["attempts"])
        found.setdefault(waiting.channel, []).append(waiting)
    return found


def find_thread(connection: Connection, channel: str, dedup_key: str) -> Mapping[str, Any] | None:
    """What a channel's receiver needs to know of a dedup key to go on with it."""
    asked = select(threads.c.state).where(threads.c.channel == channel, threads.c.dedup_key == dedup_key)
    state = connection.execute(asked).scalar()
    return None if state is None else json.loads(state)


def finish(connection: Connection, sent: Waiting, receipt: Receipt, now_us: int) -> None:
    """The row leaves the outbox, delivered or given up; what became of it is kept."""
    message = sent.message
    connection.execute(delete(outbox).where(outbox.c.id == sent.id))
    connection.execute(
        insert(deliveries).values(
            id=sent.id,
            channel=sent.channel,
            dedup_key=message.dedup_key,
            event=message.event.value,
            level=message.level.value,
            title=storable(message.title),
            environment=storable(message.environment),
            service=storable(message.service),
            synthetic="synthetic" in message.labels,
            enqueued_at_us=sent.enqueued_at_us,
            finished_at_us=now_us,
            attempts=sent.attempts + 1,
            delivered=receipt.delivered,
            detail=storable(receipt.detail[:_DETAIL_LENGTH_MAX]),
        )
    )
    if receipt.thread is not None or (receipt.delivered and message.event in _OF_THREADS):
        _save_thread(connection, sent, receipt.thread, now_us)


def postpone(connection: Connection, sent: Waiting, receipt: Receipt, now_us: int, due_at_us: int) -> None:
    """The row stays, and is due later."""
    if receipt.thread is not None:
        _save_thread(connection, sent, receipt.thread, now_us)
    changed = {
        "due_at_us": due_at_us,
        "attempts": sent.attempts + 1,
        "last_error": storable(receipt.detail[:_DETAIL_LENGTH_MAX]),
    }
    connection.execute(update(outbox).where(outbox.c.id == sent.id).values(changed))


def forget_old(connection: Connection, now_us: int) -> None:
    """Receipts and threads that are past their time."""
    before_us = now_us - KEPT_DAYS * US_PER_DAY
    connection.execute(delete(deliveries).where(deliveries.c.finished_at_us < before_us))
    connection.execute(delete(threads).where(threads.c.changed_at_us < before_us))


def _save_thread(connection: Connection, sent: Waiting, state: Mapping[str, Any] | None, now_us: int) -> None:
    """What the receiver knows now; None leaves the state, and notes only that the receiver knows of the key."""
    key = {"channel": sent.channel, "dedup_key": sent.message.dedup_key}
    values: dict[str, Any] = {"changed_at_us": now_us}
    if state is not None:
        values["state"] = json.dumps(state)
    known = connection.execute(update(threads).filter_by(**key).values(values))
    if known.rowcount == 0:
        connection.execute(insert(threads).values(**key, **({"state": "{}"} | values)))


def storable(text: str) -> str:
    """Text that every database takes: one that refused what was sent would have it sent for ever."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def dump(message: Message) -> str:
    """A message as text."""
    more = {"labels": dict(message.labels), "beside": [dict(each) for each in message.beside]}
    return json.dumps(asdict(message) | more, separators=(",", ":"))


def load(text: str) -> Message:
    """The message of its text."""
    document: dict[str, Any] = json.loads(text)
    document["event"], document["level"] = Event(document["event"]), Level(document["level"])
    for name in ("facts", "links"):
        document[name] = tuple((str(first), str(second)) for first, second in document[name])
    document["beside"] = tuple(document.get("beside", ()))  # what an older version wrote down has none
    return Message(**document)
