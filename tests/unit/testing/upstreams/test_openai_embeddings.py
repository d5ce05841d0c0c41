"""The official client gets embeddings from the double, as floats and packed."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from evenkeel.testing.upstreams import Trouble, Upstream, openai_upstream
from evenkeel.testing.upstreams.speech import embed


@pytest.fixture
def up() -> Iterator[Upstream]:
    with openai_upstream() as upstream:
        yield upstream


@pytest.fixture
def client(up: Upstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=up.url, api_key="sk-x", max_retries=0) as made:
        yield made


def test_packed_and_plain_vectors_are_the_same(up: Upstream, client: openai.OpenAI) -> None:
    packed = client.embeddings.create(model="e", input="two words", dimensions=8)  # asks for base64
    plain = client.embeddings.create(model="e", input="two words", dimensions=8, encoding_format="float")
    assert packed.data[0].embedding == plain.data[0].embedding == embed("two words", 8)
    assert [seen.document.get("encoding_format") for seen in up.tally.requests] == ["base64", "float"]
    assert (packed.usage.prompt_tokens, packed.usage.total_tokens, up.tally.tokens_in["e"]) == (2, 2, 4)
    assert up.tally.tokens_out["e"] == 0


@pytest.mark.parametrize(
    ("given", "count", "tokens"), [(["a", "b c"], 2, 3), ([5, 6, 7], 1, 3), ([[5, 6], [7]], 2, 3), ("a", 1, 1)]
)
def test_each_input_has_its_vector(client: openai.OpenAI, given: object, count: int, tokens: int) -> None:
    answer = client.embeddings.create(model="e", input=given)  # pyright: ignore[reportArgumentType]
    assert [each.index for each in answer.data] == list(range(count))
    assert {len(each.embedding) for each in answer.data} == {1536}
    assert answer.usage.prompt_tokens == tokens


@pytest.mark.parametrize("body", [{"input": ""}, {"input": []}, {"input": [1.5]}, {"dimensions": 0},
                                  {"encoding_format": "hex"}])  # fmt: skip
def test_what_is_no_input_is_refused(up: Upstream, client: openai.OpenAI, body: object) -> None:
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model="e", input="x", extra_body=body)
    assert up.tally.tokens_in["e"] == 0


@pytest.mark.parametrize(("usage", "said"), [("missing", "nothing"), ("null", None), ("zero", 0)])
def test_usage_can_be_wrong(up: Upstream, client: openai.OpenAI, usage: str, said: object) -> None:
    up.trouble = Trouble(usage=usage)  # pyright: ignore[reportArgumentType]
    document = client.embeddings.with_raw_response.create(model="e", input="x").http_response.json()
    found = document.get("usage", "nothing")
    assert (found["prompt_tokens"] if isinstance(found, dict) else found) == said
