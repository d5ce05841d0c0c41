"""A page that nobody needs to answer, sent every hour through the whole way of all others, to measure it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from evenkeel.act.notify import outbox
from evenkeel.act.notify.deliveries import SYNTHETIC_KEY, last_synthetic_at_us
from evenkeel.act.notify.model import Event, Level, Message, Receipt, Request, Response
from evenkeel.act.notify.outbox import SYNTHETIC
from evenkeel.act.notify.pacing import Pace
from evenkeel.act.notify.sending import Channel
from evenkeel.kernel.ports import Ids
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.org.config.notify import SyntheticConfig

#: The receiver built in; no configured channel can have this name, as `:` stands in none.
LOOPBACK: Final = ":loopback"
LOOPBACK_URL: Final = "loopback:"
_PACE: Final = Pace(60, 60.0)


class Loopback:
    """A receiver that nobody hears: what it was sent comes back, and is delivered when it can be read."""

    def render(self, message: Message, thread: Mapping[str, Any] | None) -> tuple[Request, ...]:
        """The message as it is kept."""
        return (Request(LOOPBACK_URL, outbox.dump(message).encode(), {}),)

    def read(self, message: Message, responses: tuple[Response, ...], thread: Mapping[str, Any] | None) -> Receipt:
        """Delivered when the same message came back."""
        if len(responses) == 1 and outbox.load(responses[0].body.decode()) == message:
            return Receipt(delivered=True, retry=False, detail="Read back.")
        return Receipt(delivered=False, retry=True, detail="It did not come back as it was sent.")


def open_loopback() -> Channel:
    """The receiver built in, as a channel."""
    return Channel(Loopback(), _PACE)


def enqueue_if_due(connection: Connection, config: SyntheticConfig, now_us: int, ids: Ids) -> str | None:
    """Write a synthetic page down when the last one is as old as configured; answers its delivery's id."""
    last_us = last_synthetic_at_us(connection, now_us)
    if last_us is not None and now_us < last_us + config.every * US_PER_SECOND:
        return None
    page_id = ids.new_id()
    message = Message(
        event=Event.TEST,
        dedup_key=f"{SYNTHETIC_KEY}{page_id}",
        level=Level.INFO,
        title="Synthetic page: the alert path works",
        text="evenkeel sends this by itself to measure how long alerts take. There is nothing to do.",
        environment="evenkeel",
        service="evenkeel",
        at_us=now_us,
        links=(("Notifications", "/settings/notifications"),),
        labels=SYNTHETIC,
    )
    (delivery_id,) = outbox.enqueue(connection, message, (config.channel or LOOPBACK,), now_us, ids)
    return delivery_id
