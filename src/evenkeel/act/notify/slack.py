"""Slack: one root message per alert, edited as its state changes, with the updates in its thread.

`Slack` speaks as an app with a bot token (`chat:write`); `SlackWebhook` posts to an incoming webhook, which can
neither edit nor thread. What they show is in `slack_blocks`, with its limits. A `text` longer than 4,000 characters
is refused by chat.update (`msg_too_long`; api.slack.com/methods/chat.update); ours are far shorter. About one message
a second and channel is taken, then 429 with Retry-After.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from evenkeel.act.notify.answers import (
    NOTHING_TO_SAY,
    read_failure,
    read_object,
    retry_after_s,
    say,
    secret_parts,
    unexpected,
)
from evenkeel.act.notify.model import Event, Message, Receipt, Request, Response
from evenkeel.act.notify.phrasing import to_json
from evenkeel.act.notify.slack_blocks import write_blocks, write_fallback, write_update

#: Errors that pass. All others (invalid_auth, channel_not_found, is_archived, …) stay until somebody acts.
PASSING_ERRORS: Final = frozenset(
    ("ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout")
)
#: The root is gone: somebody deleted it, or the channel was emptied.
_ROOT_GONE: Final = frozenset(("message_not_found", "thread_not_found"))
_OPENS_A_THREAD: Final = frozenset((Event.TRIGGER, Event.ACKNOWLEDGE, Event.RESOLVE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """One channel, spoken to with a bot's token. `thread` is {channel, ts, state}."""

    token: str = field(repr=False)
    channel: str  # its id (C…), or #name
    site_url: str
    base_url: str = "https://slack.com/api"

    def render(self, message: Message, thread: Mapping[str, Any] | None) -> tuple[Request, ...]:
        """The root; or, once there is one, its new state and a line in its thread."""
        root = self._root(message)
        if not _continues(message, thread):
            return (self._request("chat.postMessage", {"channel": self.channel, "unfurl_links": False} | root),)
        assert thread is not None
        place = {"channel": thread["channel"]}
        update: dict[str, Any] = place | {
            "thread_ts": thread["ts"],
            "text": write_update(message),
            "unfurl_links": False,
        }
        if message.event is Event.TRIGGER and thread.get("state") == Event.RESOLVE:
            update["reply_broadcast"] = True  # an old thread is not looked at: what begins again is seen in the channel
        return (
            self._request("chat.update", place | {"ts": thread["ts"]} | root),
            self._request("chat.postMessage", update),
        )

    def read(self, message: Message, responses: tuple[Response, ...], thread: Mapping[str, Any] | None) -> Receipt:
        """Delivered when people can read it. A root that cannot be edited is told, one that is gone posted anew."""
        if not responses:
            return NOTHING_TO_SAY
        failures = [self._failure(response) for response in responses]
        if not _continues(message, thread):
            return failures[0] or self._posted(message, responses[0])
        if len(responses) == 1:  # the sender stopped at the first, as it failed; else the reply is missing
            return failures[0] or Receipt(delivered=False, retry=True, detail="Only the root was edited.")
        assert thread is not None
        edit, reply = failures[0], failures[1]
        if any(failure is not None and failure.thread == {} for failure in failures):
            return next(failure for failure in failures if failure is not None and failure.thread == {})
        if reply is not None:
            return reply
        detail = "Edited, and told in its thread." if edit is None else f"Told in its thread, not edited. {edit.detail}"
        known = {"channel": thread["channel"], "ts": thread["ts"], "state": message.event.value}
        return Receipt(delivered=True, retry=False, detail=detail, thread=known)

    def _posted(self, message: Message, response: Response) -> Receipt:
        document = read_object(response.body) or {}
        channel, ts = document.get("channel"), document.get("ts")
        if not isinstance(channel, str) or not isinstance(ts, str):
            return unexpected(response, "Slack", (self.token,))
        known = {"channel": channel, "ts": ts, "state": message.event.value}
        opened = known if message.event in _OPENS_A_THREAD else None
        return Receipt(delivered=True, retry=False, detail=f"Posted as {ts} in {channel}.", thread=opened)

    def _failure(self, response: Response) -> Receipt | None:
        """Why it failed, with an empty thread where the root is gone; None where Slack says ok."""
        failure = read_failure(response, (self.token,))
        if failure is not None:
            return failure
        document = read_object(response.body)
        if document is None or not isinstance(document.get("ok"), bool):
            return unexpected(response, "Slack", (self.token,))
        if document["ok"]:
            return None
        error = str(document.get("error", "no reason given"))
        detail = f"Slack says: {say(error.encode('utf-8', 'replace'), (self.token,))}"
        if error in _ROOT_GONE:
            return Receipt(delivered=False, retry=True, detail=f"{detail}; it is posted anew.", thread={})
        wait_s = retry_after_s(response)
        return Receipt(delivered=False, retry=error in PASSING_ERRORS, detail=detail, retry_after_s=wait_s)

    def _root(self, message: Message) -> dict[str, Any]:
        return {"text": write_fallback(message), "blocks": write_blocks(message, self.site_url)}

    def _request(self, method: str, document: Mapping[str, Any]) -> Request:
        headers = {"content-type": "application/json; charset=utf-8", "authorization": f"Bearer {self.token}"}
        return Request(f"{self.base_url.rstrip('/')}/{method}", to_json(document), headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackWebhook:
    """One incoming webhook; each message is one of its own."""

    url: str = field(repr=False)
    site_url: str

    def render(self, message: Message, thread: Mapping[str, Any] | None) -> tuple[Request, ...]:
        """One message."""
        document = {"text": write_fallback(message), "blocks": write_blocks(message, self.site_url)}
        return (Request(self.url, to_json(document), {"content-type": "application/json; charset=utf-8"}),)

    def read(self, message: Message, responses: tuple[Response, ...], thread: Mapping[str, Any] | None) -> Receipt:
        """Delivered when Slack answers `ok`."""
        if not responses:
            return NOTHING_TO_SAY
        secrets = secret_parts(self.url)
        failure = read_failure(responses[0], secrets)
        if failure is not None and responses[0].body.strip() in (b"rate_limited", b"ratelimited"):
            return replace(failure, retry=True)
        if failure is None and responses[0].body.strip() != b"ok":
            return unexpected(responses[0], "Slack", secrets)
        return failure or Receipt(delivered=True, retry=False, detail="Posted.")


def _continues(message: Message, thread: Mapping[str, Any] | None) -> bool:
    """Whether it goes on with the root that is known."""
    return bool(thread) and message.event in _OPENS_A_THREAD
