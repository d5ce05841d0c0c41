"""What a model is sent to judge an answer, and how its reply is read: strictly, or as failed with the reason. Pure.

Texts go as strings of one JSON document, so that nothing in them can end the place where data stands. What a model says
is taken only where it is exactly the JSON that was asked for; a reply that has to be guessed at is no verdict.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from evenkeel.judge.evaluations.model import FAILED, FLAGGED, PASSED, Texts
from evenkeel.judge.model_judges.model import Heard, ModelJudge, Reply

#: Characters of all texts of one answer. A longer one fails as `too_long`: a part of it is another answer.
CHARACTERS_MAX: Final = 60_000
#: Tokens of a reply, with what a model thinks before it.
REPLY_TOKENS_MAX: Final = 2_000
#: Tokens that one call may count at most: what says more says nonsense.
_TOKENS_MAX: Final = 10_000_000
_SCHEMA: Final = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "good": {"type": "boolean"}},
    "required": ["reason", "good"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a judge is told, and which version of it that is."""

    version: str
    system: str


@functools.cache
def load_prompt() -> Prompt:
    """The prompt that comes with evenkeel."""
    return read_prompt("prompt.toml")


def read_prompt(name: str) -> Prompt:
    """A prompt of this room, by the name of its file."""
    file = importlib.resources.files("evenkeel.judge.model_judges").joinpath(name)
    found = tomllib.loads(file.read_text("utf-8"))
    return Prompt(found["version"], found["system"].strip())


def prompt_version(judge: ModelJudge) -> str:
    """What verdicts are kept by besides the model: the version of the prompt and the question, shortened.

    A judge that is asked something else from now on has said nothing yet.
    """
    return f"{load_prompt().version}-{hashlib.blake2b(judge.question.encode(), digest_size=6).hexdigest()}"


def request_of(judge: ModelJudge, texts: Texts) -> dict[str, Any] | None:
    """The body of the call; None where the texts are too long to be judged as a whole."""
    if sum(map(len, (texts.prompt, texts.answer, *texts.contexts))) > CHARACTERS_MAX:
        return None
    data = {
        "question": judge.question,
        "asked": texts.prompt,
        "contexts": list(texts.contexts),
        "answer": texts.answer,
    }
    return {
        "model": judge.model,
        "messages": [
            {"role": "system", "content": load_prompt().system},
            {"role": "user", "content": json.dumps(data, ensure_ascii=False)},
        ],
        "max_completion_tokens": REPLY_TOKENS_MAX,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "verdict", "strict": True, "schema": _SCHEMA},
        },
    }


def read_reply(heard: Heard) -> Reply:
    """The verdict, or why there is none.

    >>> body = b'{"choices": [{"message": {"content": "{\\\\"reason\\\\": \\\\"ok\\\\", \\\\"good\\\\": true}"}}]}'
    >>> read_reply(Heard(200, body)).verdict
    'passed'
    >>> read_reply(Heard(429, b"")).failure
    'rate_limited'
    """
    content, failed = read_content(heard)
    if content is None:
        return failed
    members = read_members(content)
    good, reason = members.get("good"), members.get("reason")
    if not isinstance(good, bool) or not isinstance(reason, str):
        return Reply(FAILED, "malformed", failed.tokens_in, failed.tokens_out)
    return Reply(PASSED if good else FLAGGED, "", failed.tokens_in, failed.tokens_out)


def read_content(heard: Heard) -> tuple[str | None, Reply]:
    """(what the model wrote, its tokens as a failed reply); where it wrote nothing, the reply says why."""
    if heard.status == 0:
        return None, Reply(FAILED, heard.body.decode("ascii", "replace")[:60] or "unreachable")
    if heard.status != 200:
        named = {401: "key_refused", 403: "key_refused", 429: "rate_limited"}
        return None, Reply(FAILED, named.get(heard.status, f"http_{heard.status}"))
    try:
        document: object = json.loads(heard.body)
        choice = _member(_first(_member(document, "choices")), "message")
    except (ValueError, RecursionError):
        return None, Reply(FAILED, "no_answer")
    tokens_in, tokens_out = (_tokens(document, name) for name in ("prompt_tokens", "completion_tokens"))
    finish = _member(_first(_member(document, "choices")), "finish_reason")
    content = _member(choice, "content")
    if finish in ("length", "content_filter"):
        return None, Reply(FAILED, str(finish), tokens_in, tokens_out)
    if not isinstance(content, str):
        why = "refused" if _member(choice, "refusal") else "no_answer"
        return None, Reply(FAILED, why, tokens_in, tokens_out)
    return content, Reply(FAILED, "malformed", tokens_in, tokens_out)


def read_members(content: str) -> dict[str, object]:
    """The two members of the JSON object that was asked for; none unless that is the whole reply.

    >>> read_members('{"reason": "", "good": true}')["good"], read_members('Sure: {"reason": "", "good": true}')
    (True, {})
    """
    try:
        pairs: object = json.loads(content, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(pairs, list) or len(cast("list[object]", pairs)) != 2:
        return {}
    return dict(cast("list[tuple[str, object]]", pairs)) if _is_pairs(cast("list[object]", pairs)) else {}


def _is_pairs(pairs: Sequence[object]) -> bool:
    return all(isinstance(each, tuple) for each in pairs)


def _member(node: object, name: str) -> object:
    return cast("dict[str, object]", node).get(name) if isinstance(node, dict) else None


def _first(node: object) -> object:
    found = cast("list[object]", node) if isinstance(node, list) else []
    return found[0] if found else None


def _tokens(document: object, name: str) -> int:
    said = _member(_member(document, "usage"), name)
    return min(max(said, 0), _TOKENS_MAX) if isinstance(said, int) and not isinstance(said, bool) else 0
