"""Requests that a provider's prompt cache can serve together have the same hash; others seldom have."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.gateway.routes.model import Dialect
from evenkeel.gateway.routes.prefix import PREFIX_BYTES, prefix_hash

SYSTEM = "You answer questions about ships. " * 40
TOOL = {"type": "function", "function": {"name": "find", "parameters": {"type": "object", "text": {"a": 1}}}}
USER = {"role": "user", "content": "What is a keel?"}


def openai(**document: Any) -> int:
    return prefix_hash({"model": "m", **document}, Dialect.OPENAI)


def anthropic(**document: Any) -> int:
    return prefix_hash({"model": "m", "max_tokens": 9, **document}, Dialect.ANTHROPIC)


def test_all_turns_of_a_conversation_go_together() -> None:
    short = {"role": "system", "content": "Be brief."}
    turns = [{"role": "assistant", "content": "A beam."}, {"role": "user", "content": "Of what?"}]
    assert openai(messages=[short, USER]) == openai(messages=[short, USER, *turns], temperature=0.2)
    assert anthropic(system="Be brief.", messages=[USER]) == anthropic(system="Be brief.", messages=[USER, *turns])
    assert openai(input=[USER], instructions="Be brief.") == openai(input=[USER, *turns], instructions="Be brief.")


def test_conversations_that_share_a_long_beginning_go_together() -> None:
    system = {"role": "system", "content": SYSTEM}
    other = {"role": "user", "content": "What is a mast?"}
    assert openai(messages=[system, USER]) == openai(messages=[system, other])
    assert anthropic(system=SYSTEM, messages=[USER]) == anthropic(system=SYSTEM, messages=[other])
    assert openai(instructions=SYSTEM, input="a") == openai(instructions=SYSTEM, input="b")
    assert openai(prompt=SYSTEM + "a") == openai(prompt=SYSTEM + "b")


@pytest.mark.parametrize("place", [0, 1, 500, PREFIX_BYTES - 20])
def test_a_difference_near_the_beginning_tells_them_apart(place: int) -> None:
    changed = SYSTEM[:place] + "#" + SYSTEM[place + 1 :]
    assert openai(messages=[{"role": "system", "content": SYSTEM}]) != openai(
        messages=[{"role": "system", "content": changed}]
    )


def test_short_prompts_role_tools_and_the_callers_cache_key_count() -> None:
    hashes = [
        openai(messages=[USER]),
        openai(messages=[{**USER, "role": "system"}]),
        openai(messages=[{**USER, "content": "What is a mast?"}]),
        openai(messages=[{"role": "system", "content": "Be brief."}, USER]),
        openai(messages=[USER], tools=[TOOL]),
        openai(messages=[USER], tools=[{**TOOL, "type": "other"}]),
        openai(messages=[USER], prompt_cache_key="a"),
        openai(messages=[USER], prompt_cache_key="b"),
        openai(prompt=["What", "is"]),
        openai(prompt=[1, 2, 3]),
        openai(prompt="Whatis"),
        anthropic(messages=[USER], system="Be brief."),
        anthropic(messages=[USER], tools=[{"name": "find"}]),
    ]
    assert 0 not in hashes
    assert len(set(hashes)) == len(hashes)


def test_marks_that_wander_and_ways_of_writing_a_text_do_not_count() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    parts = {"role": "user", "content": [{"type": "text", "text": USER["content"]}]}
    marked = {"role": "user", "content": [{"type": "text", "text": USER["content"], **mark}]}
    assert anthropic(messages=[USER]) == anthropic(messages=[parts]) == anthropic(messages=[marked])
    assert anthropic(system="s", messages=[USER]) == anthropic(
        system=[{"type": "text", "text": "s", **mark}], messages=[USER]
    )
    assert anthropic(tools=[TOOL], messages=[USER]) == anthropic(tools=[{**TOOL, **mark}], messages=[USER])


def test_a_picture_counts_by_its_first_bytes() -> None:
    def seen(data: str) -> int:
        picture = {"type": "image", "source": {"type": "base64", "data": data}}
        return anthropic(messages=[{"role": "user", "content": [picture]}])

    assert seen("A" * 5_000_000) == seen("A" * 4_000_000)
    assert seen("A" * 5_000) != seen("B" * 5_000)


EMPTY: list[dict[str, Any]] = [
    {},
    {"messages": []},
    {"messages": None},
    {"messages": 7},
    {"messages": [[]]},
    {"system": "", "messages": [{}]},
    {"input": "", "prompt_cache_key": "k"},
]


@pytest.mark.parametrize("document", EMPTY)
@pytest.mark.parametrize("dialect", Dialect)
def test_without_a_prompt_there_is_no_hash(document: dict[str, Any], dialect: Dialect) -> None:
    assert prefix_hash(document, dialect) == 0


def test_what_is_nested_deep_or_is_endless_and_empty_ends_soon() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert openai(messages=[{"role": "user", "content": deep}]) == openai(messages=[{"role": "user"}])
    assert openai(messages=[USER], tools=[deep]) not in (0, openai(messages=[USER]))
    assert openai(messages=[{}] * 1_000_000) == 0
    assert openai(prompt=[[]] * 1_000_000) == 0
    assert openai(messages=[{"role": "system"}] * 1_000_000) != 0


@pytest.mark.parametrize("content", ["ü" * 2000, "\ud800" * 2000, "😀" * 300])
def test_any_text_can_be_hashed(content: str) -> None:
    assert openai(messages=[{"role": "user", "content": content}]) != 0
