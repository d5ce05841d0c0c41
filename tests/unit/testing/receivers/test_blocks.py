from __future__ import annotations

from typing import Any

import pytest

from evenkeel.testing.receivers.blocks import check_blocks
from evenkeel.testing.receivers.checks import WrongFormatError


def text(said: str = "x", kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": kind, "text": said}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": text(kind="plain_text"), "url": "https://x"} | more


RIGHT: list[dict[str, Any]] = [
    {"type": "header", "text": text("h" * 150, "plain_text")},
    {"type": "section", "text": text("&lt;s&gt; &amp;")},
    {"type": "section", "fields": [text()] * 10},
    {"type": "context", "elements": [text()]},
    {"type": "divider"},
    {"type": "actions", "elements": [button(), button(action_id="b", style="primary")]},
]


def test_blocks_that_are_right_are_given_back() -> None:
    assert check_blocks(RIGHT) == RIGHT


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        [{"type": "divider"}] * 51,
        [{"type": "video"}],
        [{"type": "header", "text": text("h" * 151, "plain_text")}],
        [{"type": "header", "text": text("h")}],
        [{"type": "section"}],
        [{"type": "section", "text": text("")}],
        [{"type": "section", "text": text("s" * 3_001)}],
        [{"type": "section", "text": text("a < b")}],
        [{"type": "section", "text": text("a & b")}],
        [{"type": "section", "fields": [text()] * 11}],
        [{"type": "section", "fields": [text("f" * 2_001)]}],
        [{"type": "section", "text": text(), "block_id": "b" * 256}],
        [{"type": "actions", "elements": []}],
        [{"type": "actions", "elements": [button()] * 26}],
        [{"type": "actions", "elements": [button(url="/alerts")]}],
        [{"type": "actions", "elements": [button(url="https://" + "x" * 3_000)]}],
        [{"type": "actions", "elements": [button(text=text("b" * 76, "plain_text"))]}],
        [{"type": "actions", "elements": [button(style="loud")]}],
        [{"type": "actions", "elements": [button(action_id="a"), button(action_id="a")]}],
        [{"type": "section", "text": text("s" * 3_000)}] * 5,  # each is right, all are too long
    ],
)
def test_what_is_not_documented_is_refused(blocks: Any) -> None:
    with pytest.raises(WrongFormatError):
        check_blocks(blocks)
