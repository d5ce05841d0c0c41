"""Checks blocks as Slack's Block Kit documents them (api.slack.com/reference/block-kit/blocks and block-elements)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast

from evenkeel.testing.receivers.checks import WrongFormatError, as_list, as_object, as_text, as_url, as_word, only

BLOCKS_MAX: Final = 50
#: Not documented: msg_blocks_too_long beyond about 13,200 characters (slackapi/bolt-js#2509).
ALL_BLOCKS_LENGTH_MAX: Final = 13_200

_ENTITY: Final = re.compile(r"&(?!(?:amp|lt|gt);)")


def check_blocks(value: Any) -> list[dict[str, Any]]:
    """The blocks, when they are right. Raises WrongFormatError that says which is not."""
    blocks = [as_object(each, f"block {n}") for n, each in enumerate(as_list(value, "blocks", BLOCKS_MAX, 1))]
    for number, block in enumerate(blocks):
        where = f"block {number}"
        kind = as_word(block.get("type"), f"{where}.type", ("header", "section", "context", "actions", "divider"))
        as_text(block.get("block_id", "-"), f"{where}.block_id", 255)
        _CHECKS[kind](block, where)
    total = sum(map(len, _texts(blocks)))
    if total > ALL_BLOCKS_LENGTH_MAX:
        raise WrongFormatError(f"msg_blocks_too_long: the blocks have {total} characters")
    return blocks


def _check_header(block: dict[str, Any], where: str) -> None:
    only(block, where, ("type", "text"), ("block_id",))
    _check_text(block["text"], f"{where}.text", 150, ("plain_text",))


def _check_section(block: dict[str, Any], where: str) -> None:
    only(block, where, ("type",), ("text", "fields", "block_id"))
    if "text" not in block and "fields" not in block:
        raise WrongFormatError(f"{where} has neither text nor fields")
    if "text" in block:
        _check_text(block["text"], f"{where}.text", 3_000)
    if "fields" in block:
        for number, each in enumerate(as_list(block["fields"], f"{where}.fields", 10, 1)):
            _check_text(each, f"{where}.fields[{number}]", 2_000)


def _check_context(block: dict[str, Any], where: str) -> None:
    only(block, where, ("type", "elements"), ("block_id",))
    for number, each in enumerate(as_list(block["elements"], f"{where}.elements", 10, 1)):
        _check_text(each, f"{where}.elements[{number}]", 3_000)


def _check_actions(block: dict[str, Any], where: str) -> None:
    only(block, where, ("type", "elements"), ("block_id",))
    action_ids: set[str] = set()
    for number, each in enumerate(as_list(block["elements"], f"{where}.elements", 25, 1)):
        place = f"{where}.elements[{number}]"
        button = as_object(each, place)
        only(button, place, ("type", "text"), ("url", "action_id", "style", "value"))
        as_word(button["type"], f"{place}.type", ("button",))
        _check_text(button["text"], f"{place}.text", 75, ("plain_text",))
        if "url" in button:
            as_url(button["url"], f"{place}.url", 3_000)
        if "style" in button:
            as_word(button["style"], f"{place}.style", ("primary", "danger"))
        action_id = as_text(button.get("action_id", f"own-{number}"), f"{place}.action_id", 255)
        if action_id in action_ids:
            raise WrongFormatError(f"{place}.action_id is used twice in its block")
        action_ids.add(action_id)


def _check_divider(block: dict[str, Any], where: str) -> None:
    only(block, where, ("type",), ("block_id",))


def _check_text(value: Any, where: str, length_max: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> None:
    text = as_object(value, where)
    kind = as_word(text.get("type"), f"{where}.type", kinds)
    only(text, where, ("type", "text"), ("emoji",) if kind == "plain_text" else ("verbatim",))
    said = as_text(text["text"], f"{where}.text", length_max)
    if kind == "mrkdwn" and (_ENTITY.search(said) or "<" in said or ">" in said):
        raise WrongFormatError(f"{where}.text of a block is not escaped")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in cast("dict[str, Any]", value).items():
            if name == "text" and isinstance(each, str):
                yield each
            else:
                yield from _texts(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _texts(each)


_CHECKS: Final = {
    "header": _check_header,
    "section": _check_section,
    "context": _check_context,
    "actions": _check_actions,
    "divider": _check_divider,
}
