"""The synthetic page and the receiver built in."""

from __future__ import annotations

import pytest

from evenkeel.act.notify import outbox
from evenkeel.act.notify.model import Event, Level, Message, Request, Response
from evenkeel.act.notify.synthetic import LOOPBACK, Loopback, open_loopback
from evenkeel.act.notify.transport import Transport
from evenkeel.org.config.notify import NotifyConfig

PAGE = Message(Event.TEST, "synthetic/1", Level.INFO, "ü", "»x«", "evenkeel", "evenkeel", 5, links=(("a", "/b"),))


def test_what_comes_back_is_delivered() -> None:
    adapter = open_loopback().adapter
    (request,) = adapter.render(PAGE, None)
    assert adapter.read(PAGE, (Transport().send(request),), None).delivered


@pytest.mark.parametrize("event", [Event.TRIGGER, Event.RESOLVE])
def test_what_comes_back_as_something_else_is_not(event: Event) -> None:
    other = Message(event, "synthetic/1", Level.INFO, "ü", "»x«", "evenkeel", "evenkeel", 5)
    answer = Response(200, outbox.dump(other).encode())
    receipt = Loopback().read(PAGE, (answer,), None)
    assert (receipt.delivered, receipt.retry) == (False, True)


def test_no_channel_of_a_configuration_can_be_taken_for_it() -> None:
    channels = {LOOPBACK: {"type": "webhook", "url": "https://hooks.example"}}
    with pytest.raises(ValueError, match="should match pattern"):
        NotifyConfig.model_validate({"channels": channels})
    assert Transport().send(Request("loopback:x", b"", {})).status == 0
