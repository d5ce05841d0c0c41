"""Usage in what Anthropic's Messages API answers (https://docs.claude.com/en/api/messages-streaming).

A stream says what it read at its beginning (`message_start`) and what it wrote at its end (`message_delta`); figures
are cumulative: a later one replaces an earlier one. Input does not include what was read from or written to a cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.gateway.metering.reading import Reading, bytes_of, list_of, name_of, object_of, tokens_of


def read_message(reading: Reading, part: Mapping[str, Any]) -> None:
    """The whole answer."""
    if part.get("type") == "error":
        reading.fail()
        return
    reading.is_text = True
    reading.name_answer(part)
    for block in list_of(part.get("content")):
        _read_block(reading, object_of(block))
    read_usage(reading, object_of(part.get("usage")))
    reason = part.get("stop_reason")
    if reason is not None:
        reading.end(reason)
        reading.is_done = True


def read_message_event(reading: Reading, event: Mapping[str, Any]) -> None:
    """One event of a stream."""
    reading.is_text = True
    kind = event.get("type")
    if kind == "content_block_delta":
        _read_delta(reading, object_of(event.get("delta")))
    elif kind == "content_block_start":
        _read_block(reading, object_of(event.get("content_block")))
    elif kind == "message_start":
        message = object_of(event.get("message"))
        reading.name_answer(message)
        read_usage(reading, object_of(message.get("usage")))
    elif kind == "message_delta":
        usage = object_of(event.get("usage"))
        read_usage(reading, usage)
        reason = object_of(event.get("delta")).get("stop_reason")
        if reason is not None:
            reading.end(reason)
            reading.is_done = tokens_of(usage, "output_tokens") is not None
    elif kind == "error":
        reading.fail()


def read_usage(reading: Reading, usage: Mapping[str, Any]) -> None:
    """A usage object; what it does not say stays as it was."""
    if not usage:
        return
    plain = tokens_of(usage, "input_tokens")
    cached = tokens_of(usage, "cache_read_input_tokens")
    written = tokens_of(usage, "cache_creation_input_tokens")
    kinds = object_of(usage.get("cache_creation"))
    hour = tokens_of(kinds, "ephemeral_1h_input_tokens")
    if written is None and kinds:
        written = (hour or 0) + (tokens_of(kinds, "ephemeral_5m_input_tokens") or 0)
    if plain is not None or cached is not None or written is not None:
        _add_input(reading, plain, cached, written)
    if hour is not None:
        reading.tokens_cache_write_1h = min(hour, reading.tokens_cache_write or 0)
    tokens_out = tokens_of(usage, "output_tokens")
    if tokens_out is not None:
        reading.tokens_out = max(tokens_out, reading.tokens_out or 0)
        reading.usage_at = "along"
    thought = tokens_of(object_of(usage.get("output_tokens_details")), "thinking_tokens", "reasoning_tokens")
    if thought is not None:
        reading.tokens_reasoning = thought
    tier = tier_of(usage.get("service_tier"), usage.get("speed"), usage.get("inference_geo"))
    if tier and reading.tier in ("", "standard"):  # a later figure that says less takes nothing back
        reading.tier = tier


def tier_of(service_tier: object, speed: object, inference_geo: object) -> str:
    """All that makes a price another than the standard one; `standard` where nothing does.

    >>> tier_of("standard", "fast", "us"), tier_of("standard", "standard", "global"), tier_of("batch", None, None)
    ('fast us', 'standard', 'batch')
    """
    said = (name_of(each) for each in (service_tier, speed, inference_geo))
    words = [word for word in said if word not in ("", "standard", "global", "not_available")]
    return " ".join(words) or name_of(service_tier)


def _add_input(reading: Reading, plain: int | None, cached: int | None, written: int | None) -> None:
    """Replace the parts that are said anew, and their sum."""
    cached_before, written_before = reading.tokens_cached or 0, reading.tokens_cache_write or 0
    plain_before = max(0, (reading.tokens_in or 0) - cached_before - written_before)
    if cached is not None:
        reading.tokens_cached = cached
    if written is not None:
        reading.tokens_cache_write = written
    sum_in = (plain or plain_before) + (reading.tokens_cached or 0) + (reading.tokens_cache_write or 0)
    reading.tokens_in = sum_in or None


def _read_delta(reading: Reading, delta: Mapping[str, Any]) -> None:
    reading.keep(delta.get("text"))
    size = bytes_of(delta.get("text")) or bytes_of(delta.get("partial_json"))
    thought = delta.get("thinking")
    if thought:
        size += bytes_of(thought)
        reading.thinking_bytes += size
    reading.text_bytes += size


def _read_block(reading: Reading, block: Mapping[str, Any]) -> None:
    reading.keep(block.get("text"))
    size = bytes_of(block.get("text")) + bytes_of(block.get("name"))
    given = block.get("input")
    if given:
        size += bytes_of(given)
    thought = bytes_of(block.get("thinking"))
    reading.thinking_bytes += thought
    reading.text_bytes += size + thought
