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

#: More documents of one exchange are not read; of more messages the last ones are.
PARTS_MAX: Final = 200
#: Nested deeper than this nothing is read.
_DEPTH_MAX: Final = 8
_MESSAGE: Final = re.compile(
    r"(gen_ai\.(?:prompt|completion)|llm\.(?:input|output)_messages)\.(\d{1,4})"
    r"\.(?:message\.)?(?:(role|content)|(tool_calls)\..*)"
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
_NO_ANSWERS: Final = _CONTEXT_ROLES | {"system", "developer"}
#: Whose a message is where its type says so (LangChain), and parts that tools gave back.
_ROLE_OF: Final[Mapping[str, str]] = {
    "human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "tool",
    "tool_result": "tool", "tool_call_response": "tool", "function_call_output": "tool",
}  # fmt: skip
#: What such a part holds, besides `content`.
_GIVEN: Final = ("response", "result", "output")
_SAID: Final = frozenset(("", "text", "message", "input_text", "output_text"))
#: What a model thinks is said to nobody.
_THOUGHTS: Final = frozenset(("reasoning", "thinking"))


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
    given = [text for role, text in (*asked, *answered) if role in _CONTEXT_ROLES]
    prompts = [text for role, text in asked if role in ("user", "")]
    # Some write down the whole conversation: the answer is what comes after the last question.
    begin = max((place for place, (role, _) in enumerate(answered, 1) if role == "user"), default=0)
    answers = [text for role, text in answered[begin:] if role not in _NO_ANSWERS]
    return Exchange(
        prompt=prompts[-1] if prompts else None,
        contexts=tuple(text for text in dict.fromkeys((*documents, *given)) if text),
        answer="\n".join(answers) if answers else None,
    )


def _messages(content: Mapping[str, str], prefixes: tuple[str, ...], wholes: tuple[str, ...]) -> list[tuple[str, str]]:
    """(role, text) of one side: from numbered attributes, else from the first that has the whole of it."""
    numbered: dict[tuple[str, int], dict[str, str]] = {}
    for name, text in content.items():
        match = _MESSAGE.fullmatch(name)
        if match and match[1] in prefixes:
            numbered.setdefault((match[1], int(match[2])), {})[match[3] or match[4]] = text
    if numbered:
        messages = [numbered[key] for key in sorted(numbered)][-PARTS_MAX:]
        return [(each.get("role", ""), each["content"]) for each in messages if _says(each)]
    whole = next((content[name] for name in wholes if name in content), None)
    return [] if whole is None else list(_read(whole))[-PARTS_MAX:]


def _says(message: Mapping[str, Any]) -> bool:
    """Whether it says something, be it nothing; one that only calls tools is no empty answer."""
    return bool(message.get("content")) or ("content" in message and not message.get("tool_calls"))


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
        for item in cast("list[object]", node)[-PARTS_MAX:]:
            yield from _roles(item, role, depth + 1)
    elif isinstance(node, dict):
        yield from _message(cast("dict[str, Any]", node), role, depth)


def _message(members: Mapping[str, Any], role: str, depth: int) -> Iterator[tuple[str, str]]:
    """What an object says that is a message, a part of one, or holds some."""
    own, kind = (value if isinstance(value, str) else "" for value in (members.get("role"), members.get("type")))
    if kind in _THOUGHTS or ("content" in members and not _says(members)):
        return
    role = own or _ROLE_OF.get(kind, role)
    for name in ("messages", "parts", "content", "text", "choices", "message"):
        if name in members and (kind in _SAID or name == "content"):
            yield from _roles(members[name], role, depth + 1)
    for name in _GIVEN:
        value = members.get(name)
        if value and kind in _ROLE_OF:
            yield role, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if isinstance(members.get("output"), list) and kind in _SAID:  # of OpenAI's responses
        yield from _roles(members["output"], role, depth + 1)
