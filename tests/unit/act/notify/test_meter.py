"""Numbers for a scraper: what became of messages, and how long deliveries took."""

from __future__ import annotations

from evenkeel.act.notify.meter import EDGES_S, Meter
from evenkeel.act.notify.model import Event, Level, Message, Receipt
from evenkeel.act.notify.outbox import Waiting
from evenkeel.act.notify.sending import Finished

MESSAGE = Message(Event.TRIGGER, "k", Level.CRITICAL, "bot is down", "All fail.", "production", "bot", 5)


def finished(channel: str, *, took_s: float, delivered: bool = True) -> Finished:
    receipt = Receipt(delivered=delivered, retry=False, detail="")
    return Finished(Waiting("1", channel, MESSAGE, 0, 0), receipt, round(took_s * 1_000_000))


def test_deliveries_are_counted_by_channel_and_by_how_long_they_took() -> None:
    meter = Meter()
    for each in (finished("pager", took_s=0.2), finished("pager", took_s=10.0), finished("chat", took_s=9_000.0)):
        meter.add(each)
    meter.add(finished("chat", took_s=1.0, delivered=False))
    read = meter.read()
    assert read.totals == {("pager", "delivered"): 2, ("chat", "delivered"): 1, ("chat", "failed"): 1}
    assert dict(zip(EDGES_S, read.below, strict=True))[10.0] == 2
    assert (read.below[0], read.below[-1], read.count, read.sum_s) == (0, 2, 3, 9_010.2)
    assert list(read.below) == sorted(read.below)
