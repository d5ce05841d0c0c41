"""The double of Anthropic: headers it wants, addresses it has, errors it gives."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import anthropic
import pytest
from anthropic.types import MessageParam

from evenkeel.testing.upstreams import Trouble, Upstream, anthropic_upstream

SAID: list[MessageParam] = [{"role": "user", "content": "red green blue"}]


@pytest.fixture
def up() -> Iterator[Upstream]:
    with anthropic_upstream(models=("c",), key="right") as upstream:
        yield upstream


def make_client(up: Upstream, key: str = "right") -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=up.url, api_key=key, max_retries=0)


def test_tokens_are_counted_beforehand(up: Upstream) -> None:
    with make_client(up) as client:
        counted = client.messages.count_tokens(model="c", messages=SAID, system="Be kind.")
    assert counted.input_tokens == 5
    assert up.tally.tokens_in["c"] == 0


def test_a_wrong_key_an_unknown_model_and_an_unknown_address_are_refused(up: Upstream) -> None:
    with make_client(up, "wrong") as client, pytest.raises(anthropic.AuthenticationError):
        client.messages.create(model="c", max_tokens=1, messages=SAID)
    with make_client(up) as client:
        with pytest.raises(anthropic.NotFoundError, match="model: z"):
            client.messages.create(model="z", max_tokens=1, messages=SAID)
        with pytest.raises(anthropic.NotFoundError, match="/v1/nothing"):
            client.post("/v1/nothing", body={}, cast_to=object)
        with pytest.raises(anthropic.APIStatusError) as caught:
            client.get("/v1/messages", cast_to=object)
    assert caught.value.status_code == 405


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({}, 401, b"x-api-key header is required"),
        ({"authorization": "Basic right"}, 401, b"x-api-key header is required"),
        ({"authorization": "Bearer wrong"}, 401, b"invalid x-api-key"),
        ({"x-api-key": "right"}, 400, b"anthropic-version: header is required"),
        ({"x-api-key": "right", "anthropic-version": "1"}, 400, b"is not a valid version"),
        ({"x-api-key": "right", "anthropic-version": "2023-06-01"}, 400, b"is not valid JSON"),
    ],
)
def test_headers_and_bodies_are_looked_at(up: Upstream, headers: dict[str, str], status: int, said: bytes) -> None:
    request = urllib.request.Request(f"{up.url}/v1/messages", b"no", headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    with caught.value as error:
        assert (error.code, said in error.read()) == (status, True)


@pytest.mark.parametrize("body", [{"max_tokens": None}, {"max_tokens": 0}, {"messages": []}, {"model": ""}])
def test_what_anthropic_refuses_is_refused(up: Upstream, body: object) -> None:
    with make_client(up) as client, pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(model="c", max_tokens=1, messages=SAID, extra_body=body)
    assert caught.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    ("status", "kind", "word"),
    [
        (429, anthropic.RateLimitError, "rate_limit_error"),
        (500, anthropic.InternalServerError, "api_error"),
        (529, anthropic.InternalServerError, "overloaded_error"),
    ],
)
def test_failures_are_what_the_client_takes_them_for(
    up: Upstream, status: int, kind: type[anthropic.APIStatusError], word: str
) -> None:
    up.trouble = Trouble(status=status, retry_after_s=2, times=1)
    with make_client(up) as client:
        with pytest.raises(kind) as caught:
            client.messages.create(model="c", max_tokens=1, messages=SAID)
        assert client.messages.create(model="c", max_tokens=1, messages=SAID).content
    assert (caught.value.type, caught.value.response.headers["retry-after"]) == (word, "2")


def test_a_stream_fails_in_its_midst(up: Upstream) -> None:
    up.trouble = Trouble(error_at_event=4)
    seen = 0
    with make_client(up) as client, pytest.raises(anthropic.APIStatusError, match="overloaded_error"):
        for _ in client.messages.create(model="c", max_tokens=9, messages=SAID, stream=True):
            seen += 1
    assert seen == 3  # and a ping, which the client keeps to itself


DOCUMENT = {"role": "assistant", "content": [{"type": "document", "source": {"type": "text", "data": "x"}}]}


@pytest.mark.parametrize(
    "body", [{"temperature": 1}, {"top_p": 1}, {"top_k": 1}, {"messages": [*SAID, DOCUMENT, *SAID]}]
)
def test_what_the_newer_version_took_away_is_there_in_the_older(up: Upstream, body: object) -> None:
    with make_client(up) as client:
        with pytest.raises(anthropic.BadRequestError, match="not permitted"):
            client.messages.create(model="c", max_tokens=1, messages=SAID, extra_body=body)
        older = {"anthropic-version": "2023-06-01"}
        assert client.messages.create(model="c", max_tokens=1, messages=SAID, extra_body=body, extra_headers=older)
