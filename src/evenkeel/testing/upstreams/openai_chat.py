"""Chat completions and the older completions as OpenAI documents them.

Source: platform.openai.com/docs/api-reference/chat, …/chat-streaming and …/completions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from evenkeel.testing.upstreams.dialect import Answer, Event, Voice, data_event, json_answer
from evenkeel.testing.upstreams.openai_errors import invalid
from evenkeel.testing.upstreams.speech import Ask, Said, Tool, count_words, grouped, speak
from evenkeel.testing.upstreams.trouble import Trouble

CREATED_S: Final = 1_760_000_000  # Unix seconds; always the same
CHOICES_MAX: Final = 128
SSE: Final[Mapping[str, str]] = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
DONE: Final = Event(b"data: [DONE]\n\n")


@dataclass(frozen=True, slots=True)
class Turn:
    """One request with its answer, whichever way it is sent."""

    document: Mapping[str, Any]
    ask: Ask
    said: Said
    voice: Voice
    trouble: Trouble
    number: int  # of the answer, for its id

    @property
    def choices(self) -> int:
        """How many answers are asked for."""
        return int(self.document.get("n") or 1)

    @property
    def is_stream(self) -> bool:
        """Whether the answer comes in events."""
        return bool(self.document.get("stream")) and not self.trouble.ignores_stream

    @property
    def has_usage_at_end(self) -> bool:
        """Whether a stream ends with its usage."""
        options: dict[str, Any] = self.document.get("stream_options") or {}
        return bool(options.get("include_usage"))

    @property
    def finish(self) -> str:
        """Why the answer ended."""
        return "length" if self.said.is_cut else "tool_calls" if self.said.calls else "stop"

    @property
    def usage(self) -> dict[str, Any] | None:
        """What the answer used, as the trouble has it said."""
        if self.trouble.usage == "null":
            return None
        is_zero = self.trouble.usage == "zero"
        tokens_in = 0 if is_zero else self.ask.tokens_in
        tokens_out = 0 if is_zero else self.said.tokens * self.choices
        return {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "prompt_tokens_details": {"cached_tokens": min(self.voice.tokens_cached, tokens_in), "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0 if is_zero else self.said.tokens_reasoning * self.choices,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    @property
    def said_usage(self) -> dict[str, Any]:
        """The field of a plain answer, or nothing."""
        return {} if self.trouble.usage == "missing" else {"usage": self.usage}


def answer_chat(document: Mapping[str, Any], voice: Voice, trouble: Trouble, number: int) -> Answer:
    """The answer of `/v1/chat/completions`. Raises RefusedError."""
    messages = document.get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid("Missing required parameter: 'messages'.", "messages", "missing_required_parameter")
    check_sampling(document)
    ask = read_chat(document, cast("list[dict[str, Any]]", messages))
    turn = Turn(document, ask, speak(ask, voice, trouble), voice, trouble, number)
    if turn.is_stream:
        return Answer(200, headers=SSE, events=_stream(turn, _chat_events), model=document["model"],
                      tokens_in=ask.tokens_in)  # fmt: skip
    return _plain(turn, "chat.completion", [
        {"index": index, "message": _message(turn, index), "logprobs": None, "finish_reason": turn.finish}
        for index in range(turn.choices)
    ])  # fmt: skip


def answer_completion(document: Mapping[str, Any], voice: Voice, trouble: Trouble, number: int) -> Answer:
    """The answer of `/v1/completions`. Raises RefusedError."""
    prompt = document.get("prompt")
    if isinstance(prompt, list):
        prompt = " ".join(map(str, cast("list[Any]", prompt)))
    if not isinstance(prompt, str):
        raise invalid("Missing required parameter: 'prompt'.", "prompt", "missing_required_parameter")
    check_sampling(document)
    ask = Ask(prompt, count_words(prompt), document.get("max_tokens", 16))
    turn = Turn(document, ask, speak(ask, voice, trouble), voice, trouble, number)
    if turn.is_stream:
        return Answer(200, headers=SSE, events=_stream(turn, _completion_events), model=document["model"],
                      tokens_in=ask.tokens_in)  # fmt: skip
    return _plain(turn, "text_completion", [
        {"index": index, "text": turn.said.text, "logprobs": None, "finish_reason": turn.finish}
        for index in range(turn.choices)
    ])  # fmt: skip


def check_sampling(document: Mapping[str, Any]) -> None:
    """What OpenAI refuses in any of its completions. Raises RefusedError."""
    for name, least, most in (("max_tokens", 1, 10**9), ("max_completion_tokens", 1, 10**9), ("n", 1, CHOICES_MAX)):
        value = document.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise invalid(f"Invalid type for '{name}': expected an integer.", name, "invalid_type")
        if value is not None and not least <= value <= most:
            raise invalid(f"Invalid '{name}': {value} is not from {least} to {most}.", name, "invalid_value")
    if document.get("max_tokens") is not None and document.get("max_completion_tokens") is not None:
        said = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        raise invalid(said, "max_tokens", "invalid_parameter_combination")
    if document.get("stream_options") is not None and not document.get("stream"):
        said = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise invalid(said, "stream_options", None)


def read_chat(document: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> Ask:
    """What a chat asks for. Definitions of tools are no tokens here, nor are pictures."""
    texts = [text_of(message.get("content")) for message in messages]
    prompts = [text for text, message in zip(texts, messages, strict=True) if message.get("role") == "user"]
    limit = document.get("max_completion_tokens")
    return Ask(
        prompts[-1] if prompts else texts[-1],
        count_words(*texts),
        document.get("max_tokens") if limit is None else limit,
        () if messages[-1].get("role") == "tool" else _tools(document),
    )


def text_of(content: Any) -> str:
    """The text of a message's content: a string, or parts of which some are text."""
    if isinstance(content, list):
        parts = cast("list[dict[str, Any]]", content)
        return " ".join(str(part["text"]) for part in parts if isinstance(part.get("text"), str))
    return content if isinstance(content, str) else ""


def _tools(document: Mapping[str, Any]) -> tuple[Tool, ...]:
    chosen = document.get("tool_choice")
    if chosen == "none":
        return ()
    offered: list[dict[str, Any]] = document.get("tools") or []
    functions: list[dict[str, Any]] = [tool["function"] for tool in offered if tool.get("type") == "function"]
    tools = tuple(Tool(each["name"], each.get("parameters") or {}) for each in functions)
    if isinstance(chosen, dict):
        name = cast("dict[str, Any]", chosen).get("function", {}).get("name")
        return tuple(tool for tool in tools if tool.name == name)
    return tools


def _message(turn: Turn, index: int) -> dict[str, Any]:
    calls = [
        _call(turn, index, number) | {"function": {"name": call.name, "arguments": call.arguments}}
        for number, call in enumerate(turn.said.calls)
    ]
    more = {"tool_calls": calls} if calls else {}
    return {"role": "assistant", "content": None if calls else turn.said.text, "refusal": None, **more}


def _plain(turn: Turn, kind: str, choices: list[dict[str, Any]]) -> Answer:
    document = {**_frame(turn, kind), "choices": choices, **turn.said_usage}
    answer = json_answer(document)
    return Answer(200, answer.body, answer.headers, None, turn.document["model"],
                  turn.ask.tokens_in, turn.said.tokens * turn.choices)  # fmt: skip


def _frame(turn: Turn, kind: str) -> dict[str, Any]:
    prefix = "cmpl" if kind == "text_completion" else "chatcmpl"
    return {
        "id": f"{prefix}-{turn.number:08d}",
        "object": kind,
        "created": CREATED_S,
        "model": turn.document["model"],
        "service_tier": "default",
        "system_fingerprint": "fp_double",
    }


def _stream(turn: Turn, write: Any) -> Iterator[Event]:
    """The choices' events, a chunk with the usage where it was asked for, and the end."""
    frame = _frame(turn, "chat.completion.chunk" if write is _chat_events else "text_completion")
    if turn.has_usage_at_end:
        frame["usage"] = None
    yield from write(turn, frame)
    if turn.has_usage_at_end and turn.trouble.usage not in ("missing", "with_choices"):
        yield data_event({**frame, "choices": [], "usage": turn.usage})
    yield DONE


def _chat_events(turn: Turn, frame: dict[str, Any]) -> Iterator[Event]:
    said, every = turn.said, range(turn.choices)
    for index in every:
        delta = {"role": "assistant", "content": None if said.calls else "", "refusal": None}
        yield _chunk(frame, index, delta, tokens=said.tokens_reasoning)
    for piece, tokens in grouped(said.pieces, turn.voice.words_per_event):
        for index in every:
            yield _chunk(frame, index, {"content": piece}, tokens=tokens)
    for number, call in enumerate(said.calls):
        for index in every:
            head = _call(turn, index, number) | {"index": number, "function": {"name": call.name, "arguments": ""}}
            yield _chunk(frame, index, {"tool_calls": [head]}, tokens=1)
            for piece, tokens in grouped(call.pieces, turn.voice.words_per_event):
                delta = {"tool_calls": [{"index": number, "function": {"arguments": piece}}]}
                yield _chunk(frame, index, delta, tokens=tokens)
    for index in every:
        more = {"usage": turn.usage} if turn.trouble.usage == "with_choices" and index == every[-1] else {}
        yield _chunk(frame | more, index, {}, finish=turn.finish)


def _chunk(
    frame: dict[str, Any], index: int, delta: dict[str, Any], finish: str | None = None, tokens: int = 0
) -> Event:
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    return data_event({**frame, "choices": [choice]}, tokens)


def _call(turn: Turn, index: int, number: int) -> dict[str, Any]:
    return {"id": f"call_{turn.number:08d}_{index}_{number}", "type": "function"}


def _completion_events(turn: Turn, frame: dict[str, Any]) -> Iterator[Event]:
    every = range(turn.choices)
    for piece, tokens in grouped(turn.said.pieces, turn.voice.words_per_event):
        for index in every:
            choice = {"index": index, "text": piece, "logprobs": None, "finish_reason": None}
            yield data_event({**frame, "choices": [choice]}, tokens)
    for index in every:
        more = {"usage": turn.usage} if turn.trouble.usage == "with_choices" and index == every[-1] else {}
        choice = {"index": index, "text": "", "logprobs": None, "finish_reason": turn.finish}
        yield data_event({**frame, **more, "choices": [choice]})
