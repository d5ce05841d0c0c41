"""Responses as OpenAI documents them. Source: platform.openai.com/docs/api-reference/responses and …-streaming."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from evenkeel.testing.upstreams.dialect import Answer, Event, Voice, json_answer, named_event
from evenkeel.testing.upstreams.openai_chat import CREATED_S, SSE, text_of
from evenkeel.testing.upstreams.openai_errors import invalid
from evenkeel.testing.upstreams.speech import Ask, Call, Said, Tool, count_words, grouped, speak
from evenkeel.testing.upstreams.trouble import Trouble


def answer_response(document: Mapping[str, Any], voice: Voice, trouble: Trouble, number: int) -> Answer:
    """The answer of `/v1/responses`. Raises RefusedError."""
    ask = read_response(document)
    reply = Reply(document, ask, speak(ask, voice, trouble), voice, trouble, number)
    model = document["model"]
    if document.get("stream") and not trouble.ignores_stream:
        return Answer(200, headers=SSE, events=reply.stream(), model=model, tokens_in=ask.tokens_in)
    return replace(json_answer(reply.final()), model=model, tokens_in=ask.tokens_in, tokens_out=reply.said.tokens)


def read_response(document: Mapping[str, Any]) -> Ask:
    """What is asked for. Raises RefusedError."""
    given = document.get("input")
    items: list[dict[str, Any]] = (
        [{"role": "user", "content": given}] if isinstance(given, str) else cast("list[dict[str, Any]]", given or [])
    )
    if not items:
        raise invalid("Missing required parameter: 'input'.", "input", "missing_required_parameter")
    limit = document.get("max_output_tokens")
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise invalid("'max_output_tokens' is no number above 0.", "max_output_tokens", "invalid_value")
    texts = [text_of(item.get("content", item.get("output"))) for item in items]
    prompts = [text for text, item in zip(texts, items, strict=True) if item.get("role") == "user"]
    is_answered = items[-1].get("type") == "function_call_output"
    return Ask(
        prompts[-1] if prompts else texts[-1],
        count_words(document.get("instructions") or "", *texts),
        limit,
        () if is_answered or document.get("tool_choice") == "none" else _tools(document),
    )


def _tools(document: Mapping[str, Any]) -> tuple[Tool, ...]:
    offered: list[dict[str, Any]] = document.get("tools") or []
    tools = tuple(
        Tool(each["name"], each.get("parameters") or {}) for each in offered if each.get("type") == "function"
    )
    chosen = document.get("tool_choice")
    if isinstance(chosen, dict):
        name = cast("dict[str, Any]", chosen).get("name")
        return tuple(tool for tool in tools if tool.name == name)
    return tools


@dataclass(frozen=True, slots=True)
class Reply:
    """One response, whichever way it is sent."""

    document: Mapping[str, Any]
    ask: Ask
    said: Said
    voice: Voice
    trouble: Trouble
    number: int
    _sequence: Iterator[int] = field(default_factory=itertools.count)

    def final(self) -> dict[str, Any]:
        """The whole response."""
        status = "incomplete" if self.said.is_cut else "completed"
        output = [self._item(index, call, status) for index, call in enumerate(self.said.calls)]
        frame = self._frame(status, output or [self._message(status, [self._part(self.said.text)])])
        if self.trouble.usage == "missing":
            del frame["usage"]
        else:
            frame["usage"] = self._usage()
        return frame

    def stream(self) -> Iterator[Event]:
        """Its events in the documented order."""
        for kind in ("response.created", "response.in_progress"):
            yield self._event(kind, {"response": self._frame("in_progress", [])})
        thought = self.said.tokens_reasoning  # counts with the first item
        for index, call in enumerate(self.said.calls):
            yield from self._stream_call(index, call, thought if index == 0 else 0)
        if not self.said.calls:
            yield from self._stream_text(thought)
        kind = "response.incomplete" if self.said.is_cut else "response.completed"
        yield self._event(kind, {"response": self.final()})

    def _stream_text(self, thought: int) -> Iterator[Event]:
        place = {"item_id": f"msg_{self.number:08d}", "output_index": 0}
        inner = {**place, "content_index": 0}
        opened = {"output_index": 0, "item": self._message("in_progress", [])}
        yield self._event("response.output_item.added", opened, thought)
        yield self._event("response.content_part.added", {**inner, "part": self._part("")})
        for piece, tokens in grouped(self.said.pieces, self.voice.words_per_event):
            yield self._event("response.output_text.delta", {**inner, "delta": piece, "logprobs": []}, tokens)
        yield self._event("response.output_text.done", {**inner, "text": self.said.text, "logprobs": []})
        yield self._event("response.content_part.done", {**inner, "part": self._part(self.said.text)})
        done = self._message("incomplete" if self.said.is_cut else "completed", [self._part(self.said.text)])
        yield self._event("response.output_item.done", {"output_index": 0, "item": done})

    def _stream_call(self, index: int, call: Call, thought: int) -> Iterator[Event]:
        place = {"item_id": f"fc_{self.number:08d}_{index}", "output_index": index}
        opened = self._item(index, Call(call.name, ()), "in_progress")
        yield self._event("response.output_item.added", {"output_index": index, "item": opened}, thought + 1)
        for piece, tokens in grouped(call.pieces, self.voice.words_per_event):
            yield self._event("response.function_call_arguments.delta", {**place, "delta": piece}, tokens)
        finished = {**place, "arguments": call.arguments, "name": call.name}
        yield self._event("response.function_call_arguments.done", finished)
        done = self._item(index, call, "completed")
        yield self._event("response.output_item.done", {"output_index": index, "item": done})

    def _event(self, kind: str, document: dict[str, Any], tokens: int = 0) -> Event:
        return named_event(kind, {"type": kind, "sequence_number": next(self._sequence), **document}, tokens)

    def _frame(self, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": f"resp_{self.number:08d}",
            "object": "response",
            "created_at": CREATED_S,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
            "instructions": self.document.get("instructions"),
            "max_output_tokens": self.document.get("max_output_tokens"),
            "model": self.document["model"],
            "output": output,
            "parallel_tool_calls": True,
            "previous_response_id": self.document.get("previous_response_id"),
            "service_tier": "default",
            "tool_choice": self.document.get("tool_choice", "auto"),
            "tools": self.document.get("tools") or [],
            "usage": None,
            "metadata": {},
        }

    def _message(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        head = {"id": f"msg_{self.number:08d}", "type": "message", "status": status}
        return {**head, "role": "assistant", "content": content}

    def _item(self, index: int, call: Call, status: str) -> dict[str, Any]:
        head = {"id": f"fc_{self.number:08d}_{index}", "type": "function_call", "status": status}
        return {
            **head,
            "call_id": f"call_{self.number:08d}_{index}",
            "name": call.name,
            "arguments": call.arguments,
        }

    def _part(self, text: str) -> dict[str, Any]:
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def _usage(self) -> dict[str, Any] | None:
        if self.trouble.usage == "null":
            return None
        is_zero = self.trouble.usage == "zero"
        tokens_in, tokens_out = (0, 0) if is_zero else (self.ask.tokens_in, self.said.tokens)
        return {
            "input_tokens": tokens_in,
            "input_tokens_details": {
                "cached_tokens": min(self.voice.tokens_cached, tokens_in),
                "cache_write_tokens": 0,
            },
            "output_tokens": tokens_out,
            "output_tokens_details": {"reasoning_tokens": 0 if is_zero else self.said.tokens_reasoning},
            "total_tokens": tokens_in + tokens_out,
        }
