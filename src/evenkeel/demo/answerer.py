"""An OpenAI-compatible endpoint with a small deterministic answerer behind it: `python -m evenkeel.demo.answerer`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, cast

from evenkeel.demo.answers import PromptCache, compose_answer, count_tokens, draw, pace_of, split_chunks
from evenkeel.demo.faults import FaultFile, Faults
from evenkeel.demo.http import Receive, Reply, Scope, Send, read_json, send_reply
from evenkeel.demo.process import Orders, run_process, serve_http

MODELS: Final = ("gpt-4o-mini", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o")
#: Who is calling, so that one service can be broken alone.
CLIENT_HEADER: Final = "x-client-service"
_ERRORS_SHARE: Final = 0.3
_SLOW_S: Final = (4.0, 5.0)  # at least, and up to so much more
_GRACE_S: Final = 3
_FINGERPRINT: Final = "fp_evenkeel_demo"


class Answerer:
    """The ASGI application."""

    def __init__(self, faults: FaultFile) -> None:
        self._faults = faults
        self._cache = PromptCache()
        self._served = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        route = (scope["method"], scope["path"])
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        client = headers.get(CLIENT_HEADER, "")
        if route == ("GET", "/v1/models") and self._faults.current().has("outage", client):
            await send_reply(send, _overloaded())
        elif route == ("GET", "/v1/models"):
            rows = [{"id": model, "object": "model", "created": 0, "owned_by": "evenkeel"} for model in MODELS]
            await send_reply(send, Reply(200, {"object": "list", "data": rows}))
        elif route == ("POST", "/v1/chat/completions"):
            try:
                request = await read_json(receive)
            except ValueError as error:
                await send_reply(send, _failure(400, "invalid_request_error", str(error)))
                return
            await send_reply(send, await self._complete(request, client))
        else:
            await send_reply(send, _failure(404, "invalid_request_error", f"Nothing is at {scope['path']}."))

    async def _complete(self, request: Mapping[str, Any], client: str) -> Reply:
        model, messages = request.get("model"), request.get("messages")
        if model not in MODELS:
            return _failure(404, "model_not_found", f"The model {model!r} does not exist; {', '.join(MODELS)} do.")
        if not isinstance(messages, list) or not messages:
            return _failure(400, "invalid_request_error", "messages must be a list that is not empty.")
        turns = cast("list[Mapping[str, Any]]", messages)
        prompt = "\n".join(f"{turn.get('role')}: {turn.get('content')}" for turn in turns)
        refusal = _refuse(self._faults.current(), client, prompt)
        if refusal is not None:
            return refusal
        answer = compose_answer(turns)
        tokens_in, tokens_out = count_tokens(prompt), count_tokens(answer)
        tokens_cached = self._cache.tokens_cached(prompt)
        pace = pace_of(prompt, tokens_in, tokens_cached)
        await asyncio.sleep(pace.first_token_s + self._delay_s(client, prompt))
        self._served += 1
        head = {
            "id": f"chatcmpl-{self._served:06d}{int(draw(prompt, str(time.time_ns())) * 2**40):010x}",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": _FINGERPRINT,
        }
        usage = {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "prompt_tokens_details": {"cached_tokens": tokens_cached},
            "completion_tokens_details": {"reasoning_tokens": 0},
        }
        if request.get("stream"):
            options = cast("Mapping[str, Any]", request.get("stream_options") or {})
            told = usage if options.get("include_usage") else None
            return Reply(200, stream=_stream(head, answer, told, pace.per_token_s))
        await asyncio.sleep(pace.per_token_s * tokens_out)
        message = {"role": "assistant", "content": answer}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return Reply(200, {**head, "object": "chat.completion", "choices": [choice], "usage": usage})

    def _delay_s(self, client: str, prompt: str) -> float:
        """What the fault `latency` adds."""
        if not self._faults.current().has("latency", client):
            return 0.0
        return _SLOW_S[0] + _SLOW_S[1] * draw("slow", prompt)


def _refuse(faults: Faults, client: str, prompt: str) -> Reply | None:
    if faults.has("outage", client):
        return _overloaded()
    # Decided by the prompt, so that trying again does not help.
    if faults.has("errors", client) and draw("errors", prompt) < _ERRORS_SHARE:
        return _failure(500, "server_error", "The server had an error while processing your request.")
    return None


async def _stream(
    head: Mapping[str, Any], answer: str, usage: Mapping[str, Any] | None, per_token_s: float
) -> AsyncIterator[str]:
    def chunk(delta: Mapping[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return json.dumps({**head, "object": "chat.completion.chunk", "choices": [choice]})

    yield chunk({"role": "assistant", "content": ""})
    for piece in split_chunks(answer):
        await asyncio.sleep(per_token_s * count_tokens(piece))
        yield chunk({"content": piece})
    yield chunk({}, "stop")
    if usage is not None:
        yield json.dumps({**head, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    yield "[DONE]"


def _overloaded() -> Reply:
    return _failure(503, "server_error", "The engine is currently overloaded, please try again later.")


def _failure(status: int, kind: str, message: str) -> Reply:
    return Reply(status, {"error": {"message": message, "type": kind, "param": None, "code": kind}})


async def main(orders: Orders, stop: asyncio.Event) -> None:
    """Serve until told to stop, and those who are being answered a while longer: they end first."""
    await serve_http(Answerer(FaultFile(orders.home)), orders.listener, stop, grace_s=_GRACE_S)


if __name__ == "__main__":
    run_process(main)
