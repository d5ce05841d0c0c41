"""What was asked, retrieved and answered stands on several spans of a trace: joined, it is told of one of them.

A chat span has the answer, a retrieval span the documents, the span above both often the question. Within what one
export brings, the outermost span with an answer speaks for its trace; of several one after the other, the last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from evenkeel.kernel.facts import fact
from evenkeel.observe.evaluators.exchange import PARTS_MAX, Exchange, read_exchange

#: Operations that answer somebody; what others give back (documents, vectors, results of tools) is no answer.
_NO_ANSWERS: Final = frozenset(("embeddings", "rerank", "moderation", "image", "speech", "transcription", "predict"))
_GIVING: Final = frozenset(("retrieval", "tool"))
_TOOL_RESULTS: Final = ("gen_ai.tool.call.result", "tool_response", "output.value", "traceloop.entity.output", "output")

#: Older conventions put messages into events of the span: name -> (side of the exchange, role).
_EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    "gen_ai.system.message": ("gen_ai.prompt", "system"),
    "gen_ai.user.message": ("gen_ai.prompt", "user"),
    "gen_ai.assistant.message": ("gen_ai.prompt", "assistant"),
    "gen_ai.tool.message": ("gen_ai.prompt", "tool"),
    "gen_ai.choice": ("gen_ai.completion", "assistant"),
}
_WHOLE: Final = frozenset(("gen_ai.content.prompt", "gen_ai.content.completion",
                           "gen_ai.client.inference.operation.details"))  # fmt: skip


@fact
class SpanFacts:
    """What decides which span of a trace speaks for it."""

    row: int  # where its event is
    span_id: bytes
    parent_id: bytes
    start_ns: int
    end_ns: int
    role: str
    operation: str


@dataclass(slots=True)
class SpanContent:
    """One span with content, and what else is kept of it."""

    facts: SpanFacts
    exchange: Exchange
    rest: dict[str, Any]  # attributes that no column holds
    findings: list[str]

    @property
    def answers(self) -> bool:
        """Whether it has an answer that somebody was given."""
        facts = self.facts
        return facts.role not in _GIVING and facts.operation not in _NO_ANSWERS and self.exchange.answer is not None


@dataclass(slots=True)
class Exchanges:
    """The spans with content of some traces, by the request each trace is."""

    by_request: dict[tuple[str, bytes], list[SpanContent]] = field(
        default_factory=dict[tuple[str, bytes], list[SpanContent]]
    )

    def add(self, service: str, request_id: bytes, content: SpanContent) -> None:
        """Take up a span."""
        self.by_request.setdefault((service, request_id), []).append(content)

    def retrieved(self) -> Iterator[tuple[str, bytes, list[str]]]:
        """Of each trace that a search or a tool gave something: its service, its request, and what that was."""
        for (service, request_id), parts in self.by_request.items():
            found = [text for part in parts if part.facts.role in _GIVING for text in part.exchange.contexts]
            if found:
                yield service, request_id, found

    def joined(self) -> Iterator[tuple[str, bytes, SpanContent, Exchange]]:
        """Of each trace with an answer: its service, its request, the span that speaks for it, the whole exchange."""
        for (service, request_id), parts in self.by_request.items():
            speaker = _choose(parts)
            if speaker is not None:
                yield service, request_id, speaker, _join(speaker, parts)


def read_content(role: str, content: Mapping[str, str]) -> Exchange:
    """The exchange that a span's content tells of; what a tool or a search gave back is a context.

    >>> read_content("tool", {"input.value": "{}", "output.value": "It rains."}).contexts
    ('It rains.',)
    """
    found = read_exchange(content)
    if role in _GIVING and not found.contexts:
        given = next((content[name] for name in _TOOL_RESULTS if content.get(name)), None)
        if given is not None:
            return Exchange(found.prompt, (given,), None)
    return found


def read_events(events: Iterable[Any]) -> dict[str, str]:
    """Content by attribute name out of a span's events."""
    found: dict[str, str] = {}
    for number, event in enumerate(events):
        if number >= PARTS_MAX:
            break
        if event.name in _WHOLE:
            found |= {item.key: item.value.string_value for item in event.attributes if item.value.string_value}
        elif event.name in _EVENTS:
            side, role = _EVENTS[event.name]
            said = {item.key: item.value.string_value for item in event.attributes}
            text = said.get("content") or _message(said.get("message", ""))
            if text:
                found |= {f"{side}.{number}.role": role, f"{side}.{number}.content": text}
    return found


def _message(text: str) -> str:
    """The content of a message that was written as JSON."""
    if not text.startswith("{"):
        return text
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    content = cast("dict[str, object]", document).get("content") if isinstance(document, dict) else None
    return content if isinstance(content, str) else ""


def _choose(parts: list[SpanContent]) -> SpanContent | None:
    """The span that speaks for its trace; None where none has an answer."""
    answering = [part for part in parts if part.answers]
    outermost = [part for part in answering if not any(_is_within(part.facts, other.facts) for other in answering)]
    return max(outermost, key=lambda part: (part.facts.end_ns, part.facts.row), default=None)


def _is_within(inner: SpanFacts, outer: SpanFacts) -> bool:
    """Whether one span is beneath another: its child, or (spans between them may be missing) within it in time."""
    if inner.row == outer.row:
        return False
    if inner.parent_id == outer.span_id:
        return True
    if outer.parent_id == inner.span_id or inner.parent_id == outer.parent_id:
        return False  # above it, or beside it
    within = outer.start_ns <= inner.start_ns and inner.end_ns <= outer.end_ns
    return within and (outer.end_ns - outer.start_ns) > (inner.end_ns - inner.start_ns)


def _join(speaker: SpanContent, parts: list[SpanContent]) -> Exchange:
    """Its answer, with the first question and all contexts of the trace, each once."""
    in_time = sorted(parts, key=lambda part: (part.facts.start_ns, part.facts.row))
    prompts = [speaker.exchange.prompt, *(part.exchange.prompt for part in in_time if part.answers)]
    contexts = dict.fromkeys(text for part in in_time for text in part.exchange.contexts)
    return Exchange(
        prompt=next((prompt for prompt in prompts if prompt is not None), None),
        contexts=tuple(contexts)[:PARTS_MAX],
        answer=speaker.exchange.answer,
    )
