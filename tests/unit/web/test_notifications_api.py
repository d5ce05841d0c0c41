"""Notifications over the API."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.act.notify.model import Event, Level, Message, Receipt
from evenkeel.act.notify.outbox import Waiting
from evenkeel.act.notify.sending import Finished
from evenkeel.org.access.model import Scope
from evenkeel.org.config.notify import NotifyConfig

World = Any
TOLD = Message(Event.TRIGGER, "k", Level.CRITICAL, "bot is down", "All.", "production", "bot", 5)


@pytest.fixture
def configured(world: World) -> World:
    channels = {"hook": {"type": "webhook", "url": "https://hooks.example/s3cret"}}
    world.notify = NotifyConfig.model_validate({"channels": channels, "default": ["hook"]})
    with world.records.transaction() as connection:
        world.notifications.enqueue(connection, TOLD, world.clock.now_us())
    return world


def test_programs_read_channels_deliveries_and_the_path(configured: World) -> None:
    program = configured.program(Scope.READ)
    (channel,) = program.get("/api/v1/notify/channels").json["channels"]
    assert (channel["name"], channel["target"], channel["waiting"]) == ("hook", "hooks.example", 1)
    (delivery,) = program.get("/api/v1/notify/deliveries").json["deliveries"]
    assert (delivery["state"], delivery["title"], delivery["latency_s"]) == ("waiting", "bot is down", None)
    assert channel["last"] == delivery
    assert program.get("/api/v1/notify/deliveries?channel=other").json["deliveries"] == []
    assert program.get("/api/v1/notify/deliveries?limit=0").status == 422
    path = program.get("/api/v1/notify/path").json
    assert (path["status"], path["messages"], path["routes"]) == ("unknown", 0, ["All alerts go to hook."])


def test_a_test_needs_the_right_and_a_channel_that_is_there(configured: World) -> None:
    assert configured.program(Scope.READ).post("/api/v1/notify/channels/hook/test").status == 403
    answer = configured.program(Scope.ADMIN).post("/api/v1/notify/channels/hok/test")
    assert (answer.status, "no channel 'hok'" in answer.json["message"]) == (404, True)
    assert configured.anonymous().get("/api/v1/notify/channels").status == 401


def test_scrapers_read_totals_and_how_long_deliveries_took(configured: World) -> None:
    for took_us, delivered in ((200_000, True), (20_000_000, True), (1, False)):
        receipt = Receipt(delivered=delivered, retry=False, detail="")
        configured.meter.add(Finished(Waiting("1", "hook", TOLD, 0, 0), receipt, took_us))
    configured.clock.advance(11)
    text = configured.program(Scope.READ).get("/metrics").text
    assert 'evenkeel_notifications_total{channel="hook",state="delivered"} 2' in text
    assert 'evenkeel_notifications_total{channel="hook",state="failed"} 1' in text
    assert 'evenkeel_notification_delivery_seconds_bucket{le="10"} 1' in text
    assert 'evenkeel_notification_delivery_seconds_bucket{le="+Inf"} 2' in text
    assert "evenkeel_notification_delivery_seconds_count 2" in text
    assert 'evenkeel_alert_path_in_time_ratio{bound="low"} 0' in text  # what waits too long counts
