"""What a model is sent to compare two answers, and how its reply is read: strictly, or as failed and why. Pure."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from evenkeel.judge.evaluations.model import FAILED
from evenkeel.judge.model_judges.asking import (
    CHARACTERS_MAX,
    REPLY_TOKENS_MAX,
    Prompt,
    read_content,
    read_members,
    read_prompt,
)
from evenkeel.judge.model_judges.model import Heard, ModelJudge, Reply
from evenkeel.judge.model_judges.pairs import AnswerPair
from evenkeel.judge.quality.pairwise import Choice

#: By the place in which an answer was shown.
_PLACES: Final[Mapping[str, bool]] = {"1": True, "2": False}
_TIE: Final = "tie"
_SCHEMA: Final = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "better": {"type": "string", "enum": ["1", "2", _TIE]}},
    "required": ["reason", "better"],
    "additionalProperties": False,
}


@functools.cache
def load_pair_prompt() -> Prompt:
    """The prompt that comes with evenkeel."""
    return read_prompt("pairs.toml")


def pair_prompt_version(question: str) -> str:
    """The version of the prompt and of the question, shortened."""
    return f"pairs-{load_pair_prompt().version}-{hashlib.blake2b(question.encode(), digest_size=6).hexdigest()}"


def pair_request(judge: ModelJudge, question: str, pair: AnswerPair, *, is_swapped: bool) -> dict[str, Any] | None:
    """The body of the call, the second answer shown first where `is_swapped`; None where the texts are too long."""
    if sum(map(len, (pair.prompt, pair.first, pair.second, *pair.contexts))) > CHARACTERS_MAX:
        return None
    one, two = (pair.second, pair.first) if is_swapped else (pair.first, pair.second)
    data = {
        "question": question,
        "asked": pair.prompt,
        "contexts": list(pair.contexts),
        "answers": {"1": one, "2": two},
    }
    return {
        "model": judge.model,
        "messages": [
            {"role": "system", "content": load_pair_prompt().system},
            {"role": "user", "content": json.dumps(data, ensure_ascii=False)},
        ],
        "max_completion_tokens": REPLY_TOKENS_MAX,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "verdict", "strict": True, "schema": _SCHEMA},
        },
    }


def read_choice(heard: Heard, *, is_swapped: bool) -> Reply:
    """Which version is better, or why nobody knows.

    >>> said = json.dumps({"reason": "ok", "better": "1"})
    >>> body = json.dumps({"choices": [{"message": {"content": said}}]}).encode()
    >>> read_choice(Heard(200, body), is_swapped=True).verdict
    'second'
    """
    content, failed = read_content(heard)
    if content is None:
        return failed
    members = read_members(content)
    better, reason = members.get("better"), members.get("reason")
    if not isinstance(better, str) or not isinstance(reason, str) or better not in (_TIE, *_PLACES):
        return Reply(FAILED, "malformed", failed.tokens_in, failed.tokens_out)
    is_first = _PLACES.get(better) is not is_swapped
    choice = Choice.TIE if better == _TIE else Choice.FIRST if is_first else Choice.SECOND
    return Reply(choice.value, "", failed.tokens_in, failed.tokens_out)
