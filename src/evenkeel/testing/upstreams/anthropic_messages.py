"""Messages as Anthropic documents them.

Source: platform.claude.com/docs/en/api/messages and …/build-with-claude/streaming.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from evenkeel.testing.upstreams.dialect import Answer, Event, Voice, json_answer, named_event
from evenkeel.testing.upstreams.speech import Ask, Call, Said, Tool, count_words, grouped, speak
from evenkeel.testing.upstreams.trouble import Trouble

SSE: Final[Mapping[str, str]] = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


def answer_messages(document: Mapping[str, Any], voice: Voice, trouble: Trouble, number: int) -> Answer:
    """The answer of `/v1/messages`."""
    ask = read_messages(document)
    message = Message(document, ask, speak(ask, voice, trouble), voice, trouble, number)
    model = document["model"]
    if document.get("stream") and not trouble.ignores_stream:
        return Answer(200, headers=SSE, events=message.stream(), model=model, tokens_in=ask.tokens_in)
    return replace(json_answer(message.final()), model=model, tokens_in=ask.tokens_in, tokens_out=message.said.tokens)


def read_messages(document: Mapping[str, Any]) -> Ask:
    """What is asked for. Definitions of tools are no tokens here, nor are pictures."""
    messages: list[dict[str, Any]] = document["messages"]
    texts = [text_of(message.get("content")) for message in messages]
    prompts = [text for text, message in zip(texts, messages, strict=True) if message.get("role") == "user"]
    is_answered = any(block.get("type") == "tool_result" for block in blocks_of(messages[-1].get("content")))
    return Ask(
        prompts[-1] if prompts else texts[-1],
        count_words(text_of(document.get("system")), *texts),
        document.get("max_tokens"),
        () if is_answered else _tools(document),
    )


def text_of(content: Any) -> str:
    """The text of a content: a string, or blocks of which some are text or results of tools."""
    if isinstance(content, str):
        return content
    said = [
        text_of(block.get("content")) if block.get("type") == "tool_result" else str(block.get("text", ""))
        for block in blocks_of(content)
    ]
    return " ".join(text for text in said if text)


def blocks_of(content: Any) -> list[dict[str, Any]]:
    """The blocks of a content; none where it is a string."""
    return cast("list[dict[str, Any]]", content) if isinstance(content, list) else []


def _tools(document: Mapping[str, Any]) -> tuple[Tool, ...]:
    offered: list[dict[str, Any]] = document.get("tools") or []
    tools = tuple(Tool(each["name"], each["input_schema"]) for each in offered if "input_schema" in each)
    chosen: dict[str, Any] = document.get("tool_choice") or {}
    if chosen.get("type") == "none":
        return ()
    return tuple(tool for tool in tools if chosen.get("type") != "tool" or tool.name == chosen.get("name"))


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the assistant, whichever way it is sent."""

    document: Mapping[str, Any]
    ask: Ask
    said: Said
    voice: Voice
    trouble: Trouble
    number: int

    def final(self) -> dict[str, Any]:
        """The whole message."""
        blocks = [self._tool_use(index, call, read_arguments(call)) for index, call in enumerate(self.said.calls)]
        content = blocks or [{"type": "text", "text": self.said.text}]
        stop = {"stop_reason": self._stop_reason, "stop_sequence": None}
        return {**self._frame(content), **stop, **self._said_usage(self.said.tokens)}

    def stream(self) -> Iterator[Event]:
        """Its events in the documented order."""
        start = {**self._frame([]), "stop_reason": None, "stop_sequence": None, **self._said_usage(1)}
        yield _event("message_start", {"message": start}, self.said.tokens_reasoning)
        if self.said.calls:
            for index, call in enumerate(self.said.calls):
                yield from self._stream_call(index, call)
        else:
            yield from self._stream_text()
        delta = {"stop_reason": self._stop_reason, "stop_sequence": None}
        yield _event("message_delta", {"delta": delta, **self._said_usage(self.said.tokens)})
        yield _event("message_stop", {})

    def _stream_text(self) -> Iterator[Event]:
        yield _event("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}})
        yield _event("ping", {})
        for piece, tokens in grouped(self.said.pieces, self.voice.words_per_event):
            delta = {"type": "text_delta", "text": piece}
            yield _event("content_block_delta", {"index": 0, "delta": delta}, tokens)
        yield _event("content_block_stop", {"index": 0})

    def _stream_call(self, index: int, call: Call) -> Iterator[Event]:
        block = self._tool_use(index, call, {})
        yield _event("content_block_start", {"index": index, "content_block": block}, 1)
        yield _event("ping", {})
        for piece in ("", *call.pieces):  # the first is empty, as Anthropic sends it
            delta = {"type": "input_json_delta", "partial_json": piece}
            yield _event("content_block_delta", {"index": index, "delta": delta}, 1 if piece else 0)
        yield _event("content_block_stop", {"index": index})

    @property
    def _stop_reason(self) -> str:
        return "max_tokens" if self.said.is_cut else "tool_use" if self.said.calls else "end_turn"

    def _frame(self, content: list[dict[str, Any]]) -> dict[str, Any]:
        head = {"id": f"msg_{self.number:08d}", "type": "message", "role": "assistant"}
        return {**head, "model": self.document["model"], "content": content}

    def _tool_use(self, index: int, call: Call, arguments: Any) -> dict[str, Any]:
        return {"type": "tool_use", "id": f"toolu_{self.number:08d}_{index}", "name": call.name, "input": arguments}

    def _said_usage(self, tokens_out: int) -> dict[str, Any]:
        """The usage so far: what came from the cache is beside the tokens of the input, not among them."""
        if self.trouble.usage == "missing":
            return {}
        if self.trouble.usage == "null":
            return {"usage": None}
        is_zero = self.trouble.usage == "zero"
        thought = self.said.tokens_reasoning
        cached = 0 if is_zero else min(self.voice.tokens_cached, self.ask.tokens_in)
        return {
            "usage": {
                "input_tokens": 0 if is_zero else self.ask.tokens_in - cached,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": cached,
                "output_tokens": 0 if is_zero else tokens_out,
                "output_tokens_details": {"thinking_tokens": 0 if is_zero else min(thought, tokens_out)},
                "service_tier": "standard",
            }
        }


def read_arguments(call: Call) -> Any:
    """The arguments of a call; none where they were cut."""
    try:
        return json.loads(call.arguments)
    except ValueError:
        return {}


def _event(kind: str, document: dict[str, Any], tokens: int = 0) -> Event:
    return named_event(kind, {"type": kind, **document}, tokens)
