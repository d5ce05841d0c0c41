"""The endpoint speaks the wire format of OpenAI, and can be broken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenkeel.demo import answerer
from evenkeel.demo.answerer import Answerer
from evenkeel.demo.answers import Pace
from evenkeel.demo.faults import FaultFile, break_, fix

_PATH = "/v1/chat/completions"


def _request(question: str = "When does it open?", **more: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": "It opens at eight. Dogs bark."}, {"role": "user", "content": question}]
    return {"model": "gpt-4o-mini", "messages": messages, **more}


def test_a_completion_says_what_it_took(tmp_path: Path, ask: Callable[..., Any]) -> None:
    answer = ask(Answerer(FaultFile(tmp_path)), "POST", _PATH, _request())
    assert answer.status == 200
    document = answer.document
    assert document["choices"][0]["message"]["content"] == "It opens at eight."
    usage = document["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert usage["prompt_tokens_details"] == {"cached_tokens": 0}


def test_a_stream_ends_with_usage_when_asked_for(tmp_path: Path, ask: Callable[..., Any]) -> None:
    request = _request(stream=True, stream_options={"include_usage": True})
    pieces = ask(Answerer(FaultFile(tmp_path)), "POST", _PATH, request).stream
    assert pieces[-1] == "[DONE]"
    chunks = [json.loads(piece) for piece in pieces[:-1]]
    text = "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])
    assert text == "It opens at eight."
    assert chunks[-1]["usage"]["completion_tokens"] > 0
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_a_stream_without_that_option_says_nothing_of_usage(tmp_path: Path, ask: Callable[..., Any]) -> None:
    pieces = ask(Answerer(FaultFile(tmp_path)), "POST", _PATH, _request(stream=True)).stream
    assert not any("usage" in piece for piece in pieces)


def test_the_models_are_listed(tmp_path: Path, ask: Callable[..., Any]) -> None:
    answer = ask(Answerer(FaultFile(tmp_path)), "GET", "/v1/models")
    assert "gpt-4o-mini" in [row["id"] for row in answer.document["data"]]


@pytest.mark.parametrize(
    ("document", "status"),
    [(b"{", 400), (b"[]", 400), ({"model": "gpt-4o-mini"}, 400), ({"model": "none", "messages": [{}]}, 404)],
)
def test_what_cannot_be_answered_is_refused_in_words(
    tmp_path: Path, ask: Callable[..., Any], document: Any, status: int
) -> None:
    answer = ask(Answerer(FaultFile(tmp_path)), "POST", _PATH, document)
    assert answer.status == status
    assert answer.document["error"]["message"]


def test_an_outage_is_for_everybody_or_for_one(tmp_path: Path, ask: Callable[..., Any]) -> None:
    application = Answerer(FaultFile(tmp_path))
    break_(tmp_path, "outage", "support-bot")
    assert ask(application, "POST", _PATH, _request(), x_client_service="support-bot").status == 503
    assert ask(application, "POST", _PATH, _request(), x_client_service="chat-lounge").status == 200
    fix(tmp_path)
    assert ask(application, "POST", _PATH, _request(), x_client_service="support-bot").status == 200


def test_errors_strike_about_a_third_and_trying_again_does_not_help(
    tmp_path: Path, ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answerer, "pace_of", lambda *_: Pace(0.0, 0.0))
    break_(tmp_path, "errors")
    application = Answerer(FaultFile(tmp_path))
    first = [ask(application, "POST", _PATH, _request(f"question {number}")).status for number in range(200)]
    again = [ask(application, "POST", _PATH, _request(f"question {number}")).status for number in range(200)]
    assert first == again
    assert 40 <= first.count(500) <= 80


def test_latency_takes_seconds_longer(tmp_path: Path, ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answerer, "_SLOW_S", (0.4, 0.0))
    application = Answerer(FaultFile(tmp_path))
    break_(tmp_path, "latency")
    begun = time.perf_counter()
    ask(application, "POST", _PATH, _request())
    assert time.perf_counter() - begun > 0.5
