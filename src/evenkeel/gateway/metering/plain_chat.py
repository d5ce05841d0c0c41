"""A plain answer of chat as OpenAI documents it, read in one step: most of what passes is one.

The same is read as by `openai.read_chat`, at a third of its cost: the parser fills the fields itself, and no object
of theirs is made. Whatever is not exactly so (another field, another type, a tool called) is left to that.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from evenkeel.gateway.metering.openai import ToldUsage, take_usage
from evenkeel.gateway.metering.reading import Reading, bytes_of, name_of
from evenkeel.observe.events.context import TOKENS_MAX

_Tokens = Annotated[int, msgspec.Meta(ge=0, le=TOKENS_MAX)]


class _AskedDetails(msgspec.Struct, forbid_unknown_fields=True):
    cached_tokens: _Tokens | None = None
    cache_write_tokens: _Tokens | None = None
    audio_tokens: Any = None


class _AnsweredDetails(msgspec.Struct, forbid_unknown_fields=True):
    reasoning_tokens: _Tokens | None = None
    audio_tokens: Any = None
    accepted_prediction_tokens: Any = None
    rejected_prediction_tokens: Any = None


class _Usage(msgspec.Struct, forbid_unknown_fields=True):
    prompt_tokens: _Tokens
    completion_tokens: _Tokens
    total_tokens: _Tokens
    prompt_tokens_details: _AskedDetails | None = None
    completion_tokens_details: _AnsweredDetails | None = None


class _Message(msgspec.Struct, forbid_unknown_fields=True):
    content: str
    role: Any = None
    refusal: None = None
    annotations: Any = None  # links beside the text, which say nothing more


class _Choice(msgspec.Struct, forbid_unknown_fields=True):
    message: _Message
    index: int = 0
    finish_reason: str | None = None
    logprobs: Any = None


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    model: str
    choices: list[_Choice]
    usage: _Usage
    object: Any = None
    created: Any = None
    system_fingerprint: Any = None
    service_tier: str | None = None


_DECODE: Final = msgspec.json.Decoder(_Answer).decode


def read_plain_chat(reading: Reading, text: bytes) -> bool:
    """Whether it could be read. If not, nothing was."""
    try:
        answer = _DECODE(text)
    except (ValueError, RecursionError):
        return False
    if not answer.choices:
        return False
    reading.response_id, reading.model = name_of(answer.id), name_of(answer.model)
    reading.is_text = True
    for choice in answer.choices:
        said = choice.message.content
        reading.text_bytes += bytes_of(said)
        if reading.texts is not None and not choice.index:
            reading.keep(said)
        if choice.finish_reason is not None:
            reading.end(choice.finish_reason)
    usage = answer.usage
    asked, answered = usage.prompt_tokens_details, usage.completion_tokens_details
    told = ToldUsage(
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.total_tokens,
        None if answered is None else answered.reasoning_tokens,
        None if asked is None else asked.cached_tokens,
        None if asked is None else asked.cache_write_tokens,
    )
    take_usage(reading, told, is_alone=False)
    if answer.service_tier is not None:
        reading.tier = name_of(answer.service_tier)
    return True
