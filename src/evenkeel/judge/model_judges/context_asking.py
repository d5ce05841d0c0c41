"""What a model is sent to say which contexts are relevant, and how its reply is read: strictly, or as failed. Pure."""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any, Final, cast

from evenkeel.judge.evaluations.model import FAILED, FLAGGED, PASSED, Texts
from evenkeel.judge.model_judges.asking import (
    CHARACTERS_MAX,
    REPLY_TOKENS_MAX,
    Prompt,
    load_prompt,
    prompt_version,
    read_content,
    read_members,
    read_prompt,
)
from evenkeel.judge.model_judges.model import Heard, ModelJudge, Reply

CONTEXTS: Final = "contexts"
_SCHEMA: Final = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "relevant": {"type": "array", "items": {"type": "integer"}}},
    "required": ["reason", "relevant"],
    "additionalProperties": False,
}


@functools.cache
def load_context_prompt() -> Prompt:
    """The prompt that comes with evenkeel."""
    return read_prompt("contexts.toml")


def prompt_of(judge: ModelJudge) -> Prompt:
    """What a judge is told."""
    return load_context_prompt() if judge.about == CONTEXTS else load_prompt()


def version_of(judge: ModelJudge) -> str:
    """What verdicts are kept by besides the model: the version of the prompt and the question, shortened."""
    if judge.about != CONTEXTS:
        return prompt_version(judge)
    question = hashlib.blake2b(judge.question.encode(), digest_size=6).hexdigest()
    return f"contexts-{load_context_prompt().version}-{question}"


def context_request(judge: ModelJudge, texts: Texts) -> dict[str, Any] | None:
    """The body of the call, without the answer; None where the texts are too long to be judged as a whole."""
    if sum(map(len, (texts.prompt, *texts.contexts))) > CHARACTERS_MAX:
        return None
    contexts = {str(place): text for place, text in enumerate(texts.contexts, 1)}
    data = {"question": judge.question, "asked": texts.prompt, "contexts": contexts}
    return {
        "model": judge.model,
        "messages": [
            {"role": "system", "content": load_context_prompt().system},
            {"role": "user", "content": json.dumps(data, ensure_ascii=False)},
        ],
        "max_completion_tokens": REPLY_TOKENS_MAX,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "verdict", "strict": True, "schema": _SCHEMA},
        },
    }


def read_relevant(heard: Heard, contexts: int) -> Reply:
    """Which contexts are relevant (passed; flagged where none is), or why nobody knows.

    >>> said = json.dumps({"reason": "ok", "relevant": [2]})
    >>> body = json.dumps({"choices": [{"message": {"content": said}}]}).encode()
    >>> read_relevant(Heard(200, body), 3).relevant, read_relevant(Heard(200, body), 1).failure
    ((2,), 'malformed')
    """
    content, failed = read_content(heard)
    if content is None:
        return failed
    members = read_members(content)
    relevant, reason = members.get("relevant"), members.get("reason")
    if not isinstance(relevant, list) or not isinstance(reason, str):
        return Reply(FAILED, "malformed", failed.tokens_in, failed.tokens_out)
    given = cast("list[object]", relevant)
    places = [each for each in given if isinstance(each, int) and not isinstance(each, bool) and 1 <= each <= contexts]
    if len(set(places)) < len(given):
        return Reply(FAILED, "malformed", failed.tokens_in, failed.tokens_out)
    verdict = PASSED if places else FLAGGED
    return Reply(verdict, "", failed.tokens_in, failed.tokens_out, tuple(sorted(places)))
