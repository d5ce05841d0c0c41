"""What was asked, what it was answered from, and the answer: out of what a span or a request carries.

Contexts are what is named as such: retrieved documents, and what tools gave back. A prompt that has its contexts pasted
into it is a prompt: nobody can say where in it they begin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from evenkeel.kernel.facts import fact

#: More messages, parts or documents of one exchange are not read.
PARTS_MAX: Final = 200
#: Nested deeper than this nothing is read.
_DEPTH_MAX: Final = 8
_MESSAGE: Final = re.compile(
    r"(gen_ai\.(?:prompt|completion)|llm\.(?:input|output)_messages)\.(\d{1,4})\.(?:message\.)?(role|content)"
)
_DOCUMENT: Final = re.compile(r"(?:retrieval|reranker\.output)[._]documents\.\d{1,4}\.document\.content")
#: Attributes with a whole side of an exchange, the most telling first.
_INPUTS: Final = ("gen_ai.input.messages", "gen_ai.prompt", "input.value", "traceloop.entity.input", "prompt", "input")
_OUTPUTS: Final = (
    "gen_ai.output.messages", "gen_ai.completion", "output.value", "traceloop.entity.output", "completion", "output",
)  # fmt: skip
#: What the JSON of an event's attributes contains where it holds an answer.
ANSWER_MARKS: Final = ('"gen_ai.completion.', '"llm.output_messages.', *(f'"{name}":' for name in _OUTPUTS))
_CONTEXT_ROLES: Final = frozenset(("tool", "function"))


@fact
class Exchange:
    """Texts in memory. `prompt` is the newest message of the user; None is not known, an empty answer is one."""

    prompt: str | None = None
    contexts: tuple[str, ...] = ()
    answer: str | None = None


def read_exchange(content: Mapping[str, str]) -> Exchange:
    """The exchange that content by attribute name tells of (OpenTelemetry, OpenInference, OpenLLMetry, plain text).

    >>> read_exchange({
    ...     "llm.input_messages.0.message.role": "user",
    ...     "llm.input_messages.0.message.content": "How long?",
    ...     "retrieval.documents.0.document.content": "It takes two days.",
    ...     "output.value": "Two days.",
    ... })
    Exchange(prompt='How long?', contexts=('It takes two days.',), answer='Two days.')
    >>> read_exchange({"gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]'}).prompt
    'Hi'
    """
    asked, answered = (
        _messages(content, ("gen_ai.prompt", "llm.input_messages"), _INPUTS),
        _messages(content, ("gen_ai.completion", "llm.output_messages"), _OUTPUTS),
    )
    documents = [content[name] for name in content if _DOCUMENT.fullmatch(name)][:PARTS_MAX]
    given = [text for role, text in asked if role in _CONTEXT_ROLES]
    prompts = [text for role, text in asked if role in ("user", "")]
    answers = [text for role, text in answered if role not in _CONTEXT_ROLES]
    return Exchange(
        prompt=prompts[-1] if prompts else None,
        contexts=tuple(text for text in (*documents, *given) if text),
        answer="\n".join(answers) if answers else None,
    )


def _messages(content: Mapping[str, str], prefixes: tuple[str, ...], wholes: tuple[str, ...]) -> list[tuple[str, str]]:
    """(role, text) of one side: from numbered attributes, else from the first that has the whole of it."""
    numbered: dict[tuple[str, int], dict[str, str]] = {}
    for name, text in content.items():
        match = _MESSAGE.fullmatch(name)
        if match and match[1] in prefixes:
            numbered.setdefault((match[1], int(match[2])), {})[match[3]] = text
    if numbered:
        messages = [numbered[key] for key in sorted(numbered)][:PARTS_MAX]
        return [(each.get("role", ""), each.get("content", "")) for each in messages]
    whole = next((content[name] for name in wholes if name in content), None)
    return [] if whole is None else list(_read(whole))[:PARTS_MAX]


def _read(text: str) -> Iterator[tuple[str, str]]:
    """Messages written as JSON, or a plain text, which is nobody's in particular."""
    if text.lstrip()[:1] not in ("[", "{"):
        yield "", text
        return
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return  # cut, or not what it looks like: what it says is not known
    yield from _roles(document, "", 0)


def _roles(node: object, role: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH_MAX:
        return
    if isinstance(node, str):
        yield role, node
    elif isinstance(node, list):
        for item in cast("list[object]", node)[:PARTS_MAX]:
            yield from _roles(item, role, depth + 1)
    elif isinstance(node, dict):
        members = cast("dict[str, Any]", node)
        own = members.get("role")
        role = own if isinstance(own, str) else role
        kind = members.get("type")
        for name in ("messages", "parts", "content", "text", "choices", "message"):
            if name in members and (kind in (None, "text", "message") or name == "content"):
                yield from _roles(members[name], role, depth + 1)
