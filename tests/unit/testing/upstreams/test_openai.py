"""The double of OpenAI: keys, models, unknown addresses, errors."""

from __future__ import annotations

import openai
import pytest

from evenkeel.testing.upstreams import Trouble, openai_upstream


def make_client(url: str, key: str = "sk-x") -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key=key, max_retries=0)


def test_models_are_listed_and_found_by_name() -> None:
    with openai_upstream(models=("a", "b/c")) as up, make_client(up.url) as client:
        assert [model.id for model in client.models.list()] == ["a", "b/c"]
        assert client.models.retrieve("a").owned_by == "openai"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("z")
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(model="z", messages=[{"role": "user", "content": "x"}])
    assert caught.value.code == "model_not_found"


def test_a_wrong_key_is_refused() -> None:
    with openai_upstream(key="sk-right") as up:
        with make_client(up.url, "sk-wrong") as client, pytest.raises(openai.AuthenticationError) as caught:
            client.models.list()
        with make_client(up.url, "sk-right") as client:
            assert client.models.list().data
    assert caught.value.code == "invalid_api_key"


def test_an_unknown_address_and_a_wrong_method_are_refused() -> None:
    with openai_upstream() as up, make_client(up.url) as client:
        with pytest.raises(openai.NotFoundError, match="Invalid URL"):
            client.post("/engines", body={}, cast_to=object)
        with pytest.raises(openai.APIStatusError) as caught:
            client.get("/chat/completions", cast_to=object)
    assert caught.value.status_code == 405


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError),
        (403, openai.PermissionDeniedError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_failures_are_what_the_client_takes_them_for(status: int, kind: type[openai.APIStatusError]) -> None:
    with openai_upstream() as up, make_client(up.url) as client:
        up.trouble = Trouble(status=status, retry_after_s=2, times=1)
        with pytest.raises(kind) as caught:
            client.models.list()
        assert client.models.list().data
    assert caught.value.response.headers["retry-after"] == "2"
    assert caught.value.body == {
        "message": "The double was told to fail.",
        "type": caught.value.type,
        "param": None,
        "code": caught.value.code,
    }


def test_a_stream_fails_in_its_midst() -> None:
    with openai_upstream() as up, make_client(up.url) as client:
        up.trouble = Trouble(error_at_event=3)
        seen = 0
        with pytest.raises(openai.APIError, match="had an error"):
            for _ in client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "x"}], stream=True
            ):
                seen += 1
    assert seen == 3
