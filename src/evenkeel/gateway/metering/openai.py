"""Usage in what OpenAI's API answers, and those that speak like it: chat, completions, embeddings and responses.

https://platform.openai.com/docs/api-reference; fields as in `openai.types`. Servers differ in where a stream's usage
stands: in a last chunk without a choice, in the last chunk with one (LiteLLM #36168), or in every chunk, growing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evenkeel.gateway.metering.reading import Reading, bytes_of, list_of, name_of, object_of, tokens_of
from evenkeel.kernel.facts import fact

_THINKING: Final = frozenset(("reasoning_content", "reasoning"))
#: Says the same once more, or nothing that the model wrote.
_SKIPPED: Final = frozenset(("role", "reasoning_details", "annotations"))
_SAID: Final = frozenset(("response.output_text.delta", "response.refusal.delta"))
#: Where DeepSeek and Moonshot say how much was read from a cache.
_HITS_NAMES: Final = ("prompt_cache_hit_tokens", "cached_tokens")
_HITS: Final = frozenset(_HITS_NAMES)
_ENDINGS: Final = frozenset(("response.completed", "response.incomplete", "response.failed"))


def read_chat(reading: Reading, part: Mapping[str, Any]) -> None:
    """A chunk of a stream of chat or completions, or the whole answer."""
    if not reading.response_id or not reading.model:
        reading.name_answer(part)
    choices = list_of(part.get("choices"))
    for choice in choices:
        _read_choice(reading, object_of(choice))
    usage = part.get("usage")
    if usage:
        read_usage(reading, object_of(usage), is_alone=not choices)
    if part.get("error"):
        reading.fail()
    if "service_tier" in part:
        reading.tier = name_of(part["service_tier"])


def read_embeddings(reading: Reading, part: Mapping[str, Any]) -> None:
    """The answer to embeddings: it has no output that is counted."""
    reading.name_answer(part)
    read_usage(reading, object_of(part.get("usage")), is_alone=True)
    reading.tokens_out = None
    if part.get("error"):
        reading.fail()


def read_response(reading: Reading, part: Mapping[str, Any]) -> None:
    """The whole answer to responses."""
    reading.is_text = True
    reading.name_answer(part)
    reading.tier = name_of(part.get("service_tier")) or reading.tier
    for item in list_of(part.get("output")):
        _keep_item(reading, object_of(item))
        reading.text_bytes += _item_bytes(reading, object_of(item))
    _end_response(reading, part)


def read_response_event(reading: Reading, event: Mapping[str, Any]) -> None:
    """One event of a stream of responses."""
    reading.is_text = True
    kind = event.get("type")
    delta = event.get("delta")
    if delta is not None:
        size = bytes_of(delta) if kind != "response.audio.delta" else 0
        reading.text_bytes += size
        if isinstance(kind, str) and kind.startswith("response.reasoning"):
            reading.thinking_bytes += size
        elif kind in _SAID:
            reading.keep(delta)
        return
    if kind == "error":
        reading.fail()
        return
    response = event.get("response")
    if response is not None:
        document = object_of(response)
        reading.name_answer(document)
        reading.tier = name_of(document.get("service_tier")) or reading.tier
        if kind in _ENDINGS:
            _end_response(reading, document)


@fact
class ToldUsage:
    """Tokens as they were said, each None where it was not."""

    tokens_in: int | None
    tokens_out: int | None
    total: int | None
    reasoning: int | None = None
    cached: int | None = None
    written: int | None = None  # to a cache


def read_usage(reading: Reading, usage: Mapping[str, Any], *, is_alone: bool) -> None:
    """The usage object of chat, completions, embeddings or responses. A later one replaces an earlier one."""
    asked = object_of(usage.get("prompt_tokens_details") or usage.get("input_tokens_details"))
    answered = object_of(usage.get("completion_tokens_details") or usage.get("output_tokens_details"))
    cached = tokens_of(asked, "cached_tokens") if asked else None
    if cached is None and not _HITS.isdisjoint(usage):
        cached = tokens_of(usage, *_HITS_NAMES)
    told = ToldUsage(
        tokens_of(usage, "prompt_tokens", "input_tokens"),
        tokens_of(usage, "completion_tokens", "output_tokens"),
        tokens_of(usage, "total_tokens"),
        tokens_of(answered, "reasoning_tokens") if answered else None,
        cached,
        tokens_of(asked, "cache_write_tokens") if asked else None,
    )
    take_usage(reading, told, is_alone=is_alone)


def take_usage(reading: Reading, told: ToldUsage, *, is_alone: bool) -> None:
    """Keep what was said, as far as it says anything."""
    tokens_in, tokens_out, total, reasoning = told.tokens_in, told.tokens_out, told.total, told.reasoning
    if not tokens_in and not tokens_out and not total:
        return  # nothing is said, or only zeros: no answer is made of nothing
    if total is not None and tokens_in is not None:
        if tokens_out is None and total >= tokens_in:
            tokens_out = total - tokens_in
        elif tokens_out is not None and reasoning and total == tokens_in + tokens_out + reasoning:
            tokens_out += reasoning  # xAI counts what was thought beside what was written
    if tokens_in is not None:
        cached, written = told.cached, told.written
        reading.tokens_in = tokens_in or reading.tokens_in
        reading.tokens_cached = None if cached is None else min(cached, tokens_in)
        reading.tokens_cache_write = None if written is None else min(written, tokens_in - min(cached or 0, tokens_in))
    if tokens_out is not None:
        reading.tokens_out = tokens_out or reading.tokens_out or 0  # a 0 after a figure corrects nothing
        reading.tokens_reasoning = reasoning
    reading.finishes_told = reading.finishes
    reading.usage_at = "alone" if is_alone else "along"


def _read_choice(reading: Reading, choice: Mapping[str, Any]) -> None:
    reading.is_text = True
    said = choice.get("delta") or choice.get("message")
    is_first = not choice.get("index")
    if said:
        _read_said(reading, object_of(said))
        if is_first and reading.texts is not None:
            _keep_said(reading, object_of(said))
    text = choice.get("text")
    if text:
        reading.text_bytes += bytes_of(text)
        if is_first:
            reading.keep(text)
    reason = choice.get("finish_reason")
    if reason is not None:
        reading.end(reason)


def _read_said(reading: Reading, said: Mapping[str, Any]) -> None:
    for name, value in said.items():
        if not value or name in _SKIPPED:
            continue
        if name == "tool_calls":
            size = sum(_call_bytes(object_of(call)) for call in list_of(value))
        elif name == "audio":
            size = bytes_of(object_of(value).get("transcript"))
        else:
            size = bytes_of(value)
        reading.text_bytes += size
        if name in _THINKING:
            reading.thinking_bytes += size


def _keep_said(reading: Reading, said: Mapping[str, Any]) -> None:
    """What of a message is said to the caller: its text, or its refusal."""
    for text in (said.get("content"), said.get("refusal")):
        reading.keep(text)
        for part in list_of(text):
            reading.keep(object_of(part).get("text"))


def _keep_item(reading: Reading, item: Mapping[str, Any]) -> None:
    if item.get("type") == "message":
        for part in list_of(item.get("content")):
            reading.keep(object_of(part).get("text") or object_of(part).get("refusal"))


def _call_bytes(call: Mapping[str, Any]) -> int:
    """The name and the arguments of a function or of a custom tool."""
    return sum(
        bytes_of(part.get(name))
        for part in (object_of(call.get("function")), object_of(call.get("custom")))
        for name in ("name", "arguments", "input")
    )


def _item_bytes(reading: Reading, item: Mapping[str, Any]) -> int:
    """What the model wrote into one item of a response."""
    if item.get("type") == "reasoning":
        size = bytes_of(item.get("summary")) + bytes_of(item.get("content"))
        reading.thinking_bytes += size
        return size
    parts = list_of(item.get("content"))
    said = sum(bytes_of(object_of(part).get(name)) for part in parts for name in ("text", "refusal"))
    return said + bytes_of(item.get("name")) + bytes_of(item.get("arguments")) + bytes_of(item.get("input"))


def _end_response(reading: Reading, document: Mapping[str, Any]) -> None:
    read_usage(reading, object_of(document.get("usage")), is_alone=True)
    status = document.get("status")
    reading.is_pending = status in ("queued", "in_progress")
    reading.is_done = not reading.is_pending
    if status == "failed" or document.get("error"):
        reading.fail()
    elif status == "incomplete":
        reading.end(object_of(document.get("incomplete_details")).get("reason"))
    elif status in (None, "completed"):
        reading.end("stop")
