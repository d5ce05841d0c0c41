"""Unmodified official clients, through a real gateway, to upstreams that speak the documented formats (SPEC GW-1)."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from evenkeel.app.home import Home
from evenkeel.gateway.keys.model import VirtualKey
from evenkeel.gateway.routes.model import Dialect, Route, Timeouts, Upstream, Version
from evenkeel.testing.gateway import GatewayTables, gateway_worker, publish_keys, publish_tables
from evenkeel.testing.upstreams import Trouble, anthropic_upstream, mlflow_upstream, openai_upstream, v2_upstream

SECRET = "ek_clients"
PROMPT = "one two three"
TOOL = {
    "type": "function",
    "function": {"name": "look_up", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


@dataclass
class Clients:
    """A gateway with one service for each dialect, and the doubles behind it."""

    port: int
    doubles: dict[str, Any]

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.port}/services/{service}"

    def openai(self, **given: Any) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url('openai')}/v1", api_key=SECRET, **{"max_retries": 0, **given})

    def anthropic(self, **given: Any) -> anthropic.Anthropic:
        return anthropic.Anthropic(base_url=self.url("anthropic"), api_key=SECRET, **{"max_retries": 0, **given})

    def ask(self, service: str, path: str, document: Any = None) -> tuple[int, Any]:
        """(status, document) of a plain request."""
        headers = {"authorization": f"Bearer {SECRET}", "content-type": "application/json"}
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.url(service)}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text.strip() else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    home = Home(tmp_path_factory.mktemp("clients") / "home")
    home.create()
    key = Path(home.root) / "provider.key"
    key.write_text("sk-provider", encoding="utf-8")
    with ExitStack() as stack:
        doubles: dict[str, Any] = {
            "openai": stack.enter_context(openai_upstream()),
            "anthropic": stack.enter_context(anthropic_upstream()),
            "mlflow": stack.enter_context(mlflow_upstream()),
            "v2": stack.enter_context(v2_upstream()),
        }
        upstreams = tuple(
            Upstream(
                name, double.url, Dialect(name), name, f"file:{key}", timeouts=Timeouts(first_byte_s=2.0, idle_s=2.0)
            )
            for name, double in doubles.items()
        )
        routes = tuple(Route("production", name, (Version("1", 1.0, (name,)),), retries_max=0) for name in doubles)
        publish_tables(home, GatewayTables(routes, upstreams))
        publish_keys(home, {SECRET: VirtualKey("k", "k")})
        _, port = stack.enter_context(gateway_worker(home))
        yield Clients(port, doubles)


@pytest.fixture(autouse=True)
def well(clients: Clients) -> Iterator[None]:
    yield
    for double in clients.doubles.values():
        double.trouble = None


def test_openai_chat_plain_and_streamed_say_the_same(clients: Clients) -> None:
    with clients.openai() as client:
        asked: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": PROMPT}]}
        plain = client.chat.completions.create(**asked)
        stream = client.chat.completions.create(**asked, stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
        with_usage = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    assert plain.usage is not None
    assert plain.usage.prompt_tokens == 3
    assert text == plain.choices[0].message.content
    assert with_usage[-1].usage is not None
    assert with_usage[-1].usage.completion_tokens == plain.usage.completion_tokens


@pytest.mark.parametrize("is_stream", [False, True])
def test_openai_tools_are_called(clients: Clients, is_stream: bool) -> None:
    asked: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": PROMPT}], "tools": [TOOL]}
    with clients.openai() as client:
        if is_stream:
            chunks = list(client.chat.completions.create(**asked, stream=True))
            calls = [call for chunk in chunks for each in chunk.choices for call in each.delta.tool_calls or ()]
            arguments = "".join(call.function.arguments or "" for call in calls if call.function is not None)
        else:
            (call,) = client.chat.completions.create(**asked).choices[0].message.tool_calls or ()
            arguments = getattr(call, "function").arguments  # noqa: B009
    assert isinstance(json.loads(arguments), dict)


def test_openai_embeddings_completions_responses_and_models(clients: Clients) -> None:
    with clients.openai() as client:
        vectors = client.embeddings.create(model="text-embedding-3-small", input=["one", "two three"])
        completion = client.completions.create(model="gpt-4o-mini", prompt=PROMPT, max_tokens=4)
        response = client.responses.create(model="gpt-4o-mini", input=PROMPT)
        events = list(client.responses.create(model="gpt-4o-mini", input=PROMPT, stream=True))
        models = [model.id for model in client.models.list()]
        one = client.models.retrieve(models[0])
    assert len(vectors.data) == 2
    assert completion.choices[0].finish_reason == "length"
    assert response.output_text
    assert events[-1].type == "response.completed"
    assert one.id in models


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (401, openai.InternalServerError),  # the gateway's key is refused, not the caller's
    ],
)
def test_openai_errors_are_the_clients_own(clients: Clients, status: int, error: type[Exception]) -> None:
    clients.doubles["openai"].trouble = Trouble(status=status)
    with clients.openai() as client, pytest.raises(error):
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": PROMPT}])


def test_an_openai_client_with_a_wrong_key_is_told_so(clients: Clients) -> None:
    with (
        openai.OpenAI(base_url=f"{clients.url('openai')}/v1", api_key="ek_wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError, match="not known here"),
    ):
        client.models.list()


def test_an_openai_client_retries_by_itself_what_is_worth_it(clients: Clients) -> None:
    double = clients.doubles["openai"]
    before = len(double.tally.requests)
    double.trouble = Trouble(status=503, times=1)
    with clients.openai(max_retries=1) as client:
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": PROMPT}])
    assert len(double.tally.requests) == before + 2


def test_an_upstream_that_hangs_is_a_504_and_a_cut_stream_an_error(clients: Clients) -> None:
    hang = threading.Event()
    double = clients.doubles["openai"]
    asked: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": PROMPT}]}
    with clients.openai() as client:
        double.trouble = Trouble(hang=hang)
        with pytest.raises(openai.InternalServerError) as caught:
            client.chat.completions.create(**asked)
        assert caught.value.status_code == 504
        double.trouble = Trouble(close_at_event=2)
        with pytest.raises(openai.APIError, match="broke the connection"):
            list(client.chat.completions.create(**asked, stream=True))
    hang.set()


def test_a_cancelled_openai_stream_ends_at_the_upstream(clients: Clients) -> None:
    double = clients.doubles["openai"]
    cuts = len(double.tally.cuts)
    double.trouble = Trouble(event_delay_s=0.05, words=200)
    with clients.openai() as client:
        stream = client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": PROMPT}], stream=True
        )
        next(iter(stream))
        stream.close()
        double.tally.wait_until(lambda: len(double.tally.cuts) > cuts)


def test_anthropic_messages_plain_and_streamed_say_the_same(clients: Clients) -> None:
    asked: Any = {"model": "claude-haiku-4-5", "max_tokens": 50, "messages": [{"role": "user", "content": PROMPT}]}
    with clients.anthropic() as client:
        plain = client.messages.create(**asked)
        with client.messages.stream(**asked) as stream:
            streamed = stream.get_final_message()
        counted = client.messages.count_tokens(model=asked["model"], messages=asked["messages"])
    assert getattr(plain.content[0], "text", None) == getattr(streamed.content[0], "text", "")
    assert streamed.usage.output_tokens == plain.usage.output_tokens
    assert counted.input_tokens >= 3


def test_anthropic_tools_are_called(clients: Clients) -> None:
    tool: Any = {"name": "look_up", "input_schema": TOOL["function"]["parameters"]}  # type: ignore[index]
    with clients.anthropic() as client:
        asked: Any = {"model": "claude-haiku-4-5", "max_tokens": 50, "tools": [tool]}
        answer = client.messages.create(**asked, messages=[{"role": "user", "content": PROMPT}])
    assert any(block.type == "tool_use" for block in answer.content)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, anthropic.BadRequestError),
        (429, anthropic.RateLimitError),
        (529, anthropic.InternalServerError),
    ],
)
def test_anthropic_errors_are_the_clients_own(clients: Clients, status: int, error: type[Exception]) -> None:
    clients.doubles["anthropic"].trouble = Trouble(status=status)
    with clients.anthropic() as client, pytest.raises(error):
        client.messages.create(model="claude-haiku-4-5", max_tokens=5, messages=[{"role": "user", "content": PROMPT}])


def test_an_anthropic_stream_that_breaks_off_is_an_error(clients: Clients) -> None:
    clients.doubles["anthropic"].trouble = Trouble(close_at_event=4)
    with (
        clients.anthropic() as client,
        pytest.raises(anthropic.APIError),
        client.messages.stream(
            model="claude-haiku-4-5", max_tokens=50, messages=[{"role": "user", "content": PROMPT}]
        ) as stream,
    ):
        stream.get_final_message()


def test_mlflow_scoring_passes(clients: Clients) -> None:
    split = {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2], [3, 4]]}}
    status, answer = clients.ask("mlflow", "/invocations", split)
    assert (status, answer["predictions"]) == (200, [3, 7])
    assert clients.ask("mlflow", "/invocations", {"dataframe_records": [{"a": 1, "b": 2}]})[0] == 200
    assert clients.ask("mlflow", "/ping")[0] == 200
    assert clients.ask("mlflow", "/invocations", {"no": "data"})[0] == 400


def test_v2_inference_passes(clients: Clients) -> None:
    asked = {"inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP64", "data": [1.0, 2.0, 3.0, 4.0]}]}
    status, answer = clients.ask("v2", "/v2/models/churn/infer", asked)
    assert status == 200
    assert answer["outputs"][0]["data"] == [3.0, 7.0]
    assert clients.ask("v2", "/v2/models/churn/ready")[0] == 200
    assert clients.ask("v2", "/v2/models/churn")[1]["name"] == "churn"
    assert clients.ask("v2", "/v2/health/ready")[0] == 200
