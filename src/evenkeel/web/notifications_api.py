"""Notifications over the API."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from evenkeel.act.notify.deliveries import LISTED_MAX
from evenkeel.act.notify.routing import describe_routes
from evenkeel.org.access.model import TEST_CHANNELS
from evenkeel.web.asking import Asking, At
from evenkeel.web.notifications import channel_document, delivery_document, path_document

router = APIRouter()

Listed = Annotated[int, Query(ge=1, le=LISTED_MAX)]


@router.get("/notify/channels", summary="Channels, where they lead and what became of their messages in 24 hours")
def list_channels(site: At, _: Asking) -> dict[str, Any]:
    """As configured now; secrets are only named."""
    return {"channels": [channel_document(state) for state in site.given.notifications.channels()]}


@router.get("/notify/deliveries", summary="The newest messages and what became of them, newest first")
def list_deliveries(site: At, _: Asking, channel: str | None = None, limit: Listed = 50) -> dict[str, Any]:
    """Those that wait are among them. A message of the channel "" had nowhere to go."""
    found = site.given.notifications.deliveries(limit, channel=channel)
    return {"deliveries": [delivery_document(delivery) for delivery in found]}


@router.get("/notify/path", summary="How the alert path stands by its own objective, and the routes in words")
def get_path(site: At, _: Asking) -> dict[str, Any]:
    """99.9 % of messages delivered within 10 s over 30 days."""
    told = site.given.notifications
    return path_document(told.standing(), describe_routes(told.config()))


@router.post("/notify/channels/{channel}/test", summary="Really send a test message, and wait for its receipt")
def send_test(channel: str, site: At, asker: Asking) -> dict[str, Any]:
    """What became of it: delivered, failed, or waiting when there was no receipt within 20 seconds."""
    asker.require(TEST_CHANNELS)
    return delivery_document(site.given.notifications.test(channel, asker.name))
