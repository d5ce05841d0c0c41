"""Where alerts go, and what became of what was sent: a page of the settings, and documents for the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from evenkeel.act.notify.deliveries import Delivery, State
from evenkeel.act.notify.path import PathStanding
from evenkeel.act.notify.routing import describe_routes
from evenkeel.act.notify.service import ChannelState, Notifications
from evenkeel.kernel.time import US_PER_SECOND, isoformat
from evenkeel.org.access.model import TEST_CHANNELS
from evenkeel.web.forms import posting, text
from evenkeel.web.frame import Site
from evenkeel.web.viewer import Viewer

LISTED: Final = 50
#: The lines of an empty state, which work as they stand once the address is one's own.
EXAMPLE: Final = """notify:
  channels:
    on-call: {type: pagerduty, routing_key: 'env:PAGERDUTY_KEY'}
    chat: {type: slack, token: 'env:SLACK_TOKEN', channel: C0123456789}
  routes:
    - match: {severity: page}
      channels: [on-call, chat]
  default: [chat]
"""
_SIGNS: Final[Mapping[State, str]] = {State.DELIVERED: "ok", State.FAILED: "breach", State.WAITING: "unknown"}


def notification_routes(site: Site) -> list[Route]:
    """The page and its button."""
    pages = NotificationPages(site)
    return [
        Route("/settings/notifications", site.signed_in(pages.show)),
        Route("/settings/notifications/test", posting(site, pages.test), methods=["POST"]),
    ]


class NotificationPages:
    """Channels, routes, deliveries."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def _told(self) -> Notifications:
        return self._site.given.notifications

    def show(self, request: Request, viewer: Viewer) -> Response:
        """How notifications are set up, and what became of the last ones; `tested` names a test just made."""
        told, config = self._told, self._told.config()
        deliveries, channels = told.deliveries(LISTED), told.channels()
        tested_id = request.query_params.get("tested", "")
        standing = told.standing()
        return self._site.page(
            "notifications.html",
            viewer,
            section="/settings",
            channels=channels,
            answers=summarize(channels, standing),
            routes=describe_routes(config),
            deliveries=deliveries,
            tested=next((each for each in deliveries if each.id == tested_id), None),
            standing=standing,
            signs={state.value: sign for state, sign in _SIGNS.items()},
            seconds_of=took_s,
            config=config,
            example=EXAMPLE,
            may_test=viewer.role in TEST_CHANNELS,
        )

    def test(self, _: Request, form: FormData, viewer: Viewer) -> Response:
        """Really send a test, and show what came of it."""
        viewer.require(TEST_CHANNELS)
        found = self._told.test(text(form, "channel"), viewer.name)
        return RedirectResponse(f"/settings/notifications?{urlencode({'tested': found.id})}", status_code=303)


def summarize(channels: Sequence[ChannelState], standing: PathStanding) -> dict[str, str]:
    """The headline: who is told, and which channel did not take its last message."""
    if not channels:
        return {"how": "Nobody is told of alerts: no channel is configured.", "mood": "warning"}
    failing = [channel.name for channel in channels if _is_failing(channel)]
    path = standing.status.value if standing.messages else "unknown"
    how = f"{len(channels)} {'channel is' if len(channels) == 1 else 'channels are'} told of alerts"
    if failing:
        return {
            "how": f"{how}; the last message did not reach {', '.join(failing)}.",
            "mood": "breach" if path == "breach" else "warning",
        }
    return {"how": f"{how}.", "mood": path}


def _is_failing(channel: ChannelState) -> bool:
    last = channel.last
    return last is not None and (last.state is State.FAILED or (last.state is State.WAITING and last.attempts > 0))


def took_s(delivery: Delivery) -> float | None:
    """Seconds from being written down to the end."""
    return None if delivery.latency_us is None else delivery.latency_us / US_PER_SECOND


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    """A delivery as JSON."""
    finished = delivery.finished_at_us
    return {
        "id": delivery.id,
        "channel": delivery.channel,
        "event": delivery.event,
        "level": delivery.level,
        "title": delivery.title,
        "environment": delivery.environment,
        "service": delivery.service,
        "dedup_key": delivery.dedup_key,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "enqueued_at": isoformat(delivery.enqueued_at_us),
        "finished_at": None if finished is None else isoformat(finished),
        "latency_s": took_s(delivery),
        "detail": delivery.detail,
        "synthetic": delivery.synthetic,
    }


def channel_document(state: ChannelState) -> dict[str, Any]:
    """A channel as JSON; no secret is in it."""
    return {
        "name": state.name,
        "type": state.type,
        "target": state.target,
        "last": None if state.last is None else delivery_document(state.last),
        "delivered_24h": state.delivered_24h,
        "failed_24h": state.failed_24h,
        "waiting": state.waiting,
    }


def path_document(standing: PathStanding, routes: Sequence[str]) -> dict[str, Any]:
    """The alert path as JSON, and the routes in words."""
    return {
        "status": standing.status.value,
        "sentence": standing.sentence,
        "messages": standing.messages,
        "late": standing.late,
        "in_time_ratio": [standing.in_time_low, standing.in_time_high],
        "routes": list(routes),
    }
