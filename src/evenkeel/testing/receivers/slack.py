"""Answers as Slack does: chat.postMessage, chat.update and incoming webhooks, with the limits of Block Kit.

Sources: api.slack.com/methods/chat.postMessage and chat.update, reference/block-kit, messaging/webhooks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.testing.receivers.blocks import check_blocks
from evenkeel.testing.receivers.checks import WrongFormatError, as_text, only, read_json
from evenkeel.testing.receivers.server import Received, Receiver, Refusal, Reply, json_reply

TOKEN: Final = "xoxb-0123-test-token"  # noqa: S105 (of a server that lives as long as a test)
CHANNEL_ID: Final = "C0123ABCD"
CHANNEL_NAME: Final = "#alerts"
WEBHOOK_PATH: Final = "/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx"
TEXT_LENGTH_MAX: Final = 40_000
UPDATED_TEXT_LENGTH_MAX: Final = 4_000
BODY_BYTES_MAX: Final = 1_000_000

_ENTITY: Final = re.compile(r"&(?!(?:amp|lt|gt);)")


@dataclass
class SlackMessage:
    """A message in the channel, or in the thread of another."""

    ts: str
    text: str
    blocks: list[dict[str, Any]]
    thread_ts: str | None = None
    is_broadcast: bool = False
    edits: int = 0


class SlackReceiver(Receiver):
    """One workspace with one channel, one bot and one incoming webhook."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.messages: dict[str, SlackMessage] = {}
        super().__init__()

    @property
    def api_url(self) -> str:
        """What stands for https://slack.com/api."""
        return f"{self.url}/api"

    @property
    def webhook_url(self) -> str:
        """The address of the incoming webhook."""
        return self.url + WEBHOOK_PATH

    @property
    def roots(self) -> list[SlackMessage]:
        """Messages that start a thread, in order."""
        return [message for message in self.messages.values() if message.thread_ts is None]

    def replies(self, ts: str) -> list[SlackMessage]:
        """Messages in the thread of a root, in order."""
        return [message for message in self.messages.values() if message.thread_ts == ts]

    def answer(self, request: Received) -> Reply:
        """`ok` true or false with status 200 from the API; `ok` as text, or an error's status, from the webhook."""
        if request.path == WEBHOOK_PATH:
            return self._take_webhook(request)
        try:
            method = request.path.removeprefix("/api/")
            if request.headers.get("authorization") != f"Bearer {self.token}":
                raise _error("invalid_auth")
            if request.headers.get("content-type", "").partition(";")[0] != "application/json":
                raise _error("invalid_post_type")
            document = read_json(request.body, BODY_BYTES_MAX)
            if document.get("channel") not in (CHANNEL_ID, CHANNEL_NAME):
                raise _error("channel_not_found")
            if method == "chat.postMessage":
                return self._post(document)
            if method == "chat.update":
                return self._update(document)
        except WrongFormatError as error:
            wrong = "invalid_blocks" if "block" in str(error) else "invalid_arguments"
            raise Refusal(json_reply(200, {"ok": False, "error": wrong}), str(error)) from error
        raise _error("unknown_method")

    def _post(self, document: dict[str, Any]) -> Reply:
        optional = ("text", "blocks", "thread_ts", "reply_broadcast", "unfurl_links", "unfurl_media", "mrkdwn")
        only(document, "chat.postMessage", ("channel",), optional)
        text, blocks = _content(document, TEXT_LENGTH_MAX)
        thread_ts = document.get("thread_ts")
        if thread_ts is not None and thread_ts not in self.messages:
            raise _error("thread_not_found")
        message = self._keep(text, blocks, thread_ts)
        message.is_broadcast = bool(document.get("reply_broadcast"))
        shown = {"text": text, "type": "message", "ts": message.ts}
        return json_reply(200, {"ok": True, "channel": CHANNEL_ID, "ts": message.ts, "message": shown})

    def _update(self, document: dict[str, Any]) -> Reply:
        only(document, "chat.update", ("channel", "ts"), ("text", "blocks"))
        if document["channel"] != CHANNEL_ID:  # names are understood for posting only
            raise _error("channel_not_found")
        message = self.messages.get(as_text(document["ts"], "ts", 40))
        if message is None:
            raise _error("message_not_found")
        message.text, message.blocks = _content(document, UPDATED_TEXT_LENGTH_MAX)
        message.edits += 1
        return json_reply(200, {"ok": True, "channel": CHANNEL_ID, "ts": message.ts, "text": message.text})

    def _take_webhook(self, request: Received) -> Reply:
        try:
            document = read_json(request.body, BODY_BYTES_MAX)
            only(document, "the webhook", (), ("text", "blocks", "thread_ts", "unfurl_links", "unfurl_media"))
            text, blocks = _content(document, TEXT_LENGTH_MAX)
        except WrongFormatError as error:
            wrong = b"invalid_blocks" if "block" in str(error) else b"invalid_payload"
            raise Refusal(Reply(400, wrong), str(error)) from error
        self._keep(text, blocks, None)
        return Reply(200, b"ok", {"content-type": "text/html"})

    def _keep(self, text: str, blocks: list[dict[str, Any]], thread_ts: str | None) -> SlackMessage:
        ts = f"1700000000.{len(self.received):06d}"
        self.messages[ts] = SlackMessage(ts, text, blocks, thread_ts)
        return self.messages[ts]


def _content(document: Mapping[str, Any], length_max: int) -> tuple[str, list[dict[str, Any]]]:
    if not document.get("text"):
        raise WrongFormatError("text is missing: without it, notifications and screen readers say nothing")
    text = as_text(document["text"], "text", length_max)
    if _ENTITY.search(text) or "<" in text or ">" in text:
        raise WrongFormatError("text is not escaped: &, < and > are written &amp;, &lt; and &gt;")
    return text, check_blocks(document["blocks"]) if "blocks" in document else []


def _error(error: str) -> Refusal:
    return Refusal(json_reply(200, {"ok": False, "error": error}), error)
