"""Policies and purges, there and back, and what is refused of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.gateway.cache.model import CachePolicy, Purge
from evenkeel.gateway.cache.table import PURGES_MAX, caches_document, parse_caches, parse_purges, purges_document

CACHES = {
    "staging/bot": CachePolicy(0.5),
    "production/bot/x": CachePolicy(60.0, True, True, True, 1_000, 0.25),
}
PURGES = (Purge(3), Purge(4, "production", "bot", "v1", 2**64 - 1))


def test_policies_and_purges_come_back_as_they_went_through_json() -> None:
    document = json.loads(json.dumps({"version": 1, **caches_document(CACHES), **purges_document(PURGES)}))
    assert parse_caches(document) == CACHES
    assert parse_purges(document) == PURGES
    assert list(document["caches"]) == sorted(CACHES)


def test_a_document_that_says_nothing_of_caches_has_none() -> None:
    assert parse_caches({}) == {}
    assert parse_purges({}) == ()


def test_a_document_holds_the_latest_purges() -> None:
    purges = [Purge(seq) for seq in range(1, PURGES_MAX + 6)]
    assert parse_purges(purges_document(purges)) == tuple(purges[5:])


def test_what_is_left_out_of_a_policy_is_the_narrow_choice() -> None:
    policy = parse_caches({"caches": {"p/bot": {"ttl_s": 1, "is_per_user": False, "of_tomorrow": 1}}})["p/bot"]
    assert policy == CachePolicy(1.0)
    assert not policy.keeps_sampled
    assert not policy.keeps_tools


def row(**more: object) -> dict[str, Any]:
    return {"caches": {"p/bot": {"ttl_s": 1, "is_per_user": False, **more}}}


DAMAGED: list[tuple[Any, str]] = [
    ([], "no object"),
    ({"caches": []}, "caches: not an object"),
    ({"caches": None}, "caches: not an object"),
    ({"caches": {"bot": {}}}, r"caches\['bot'\]: not the name of a route"),
    ({"caches": {"/bot": {}}}, r"caches\['/bot'\]: not the name of a route"),
    ({"caches": {"p/bot": 7}}, r"caches\['p/bot'\]: not an object"),
    ({"caches": {"p/bot": {}}}, r"caches\['p/bot'\]: ttl_s, is_per_user missing"),
    (row(ttl_s="60"), r"caches\['p/bot'\]: Expected `float`, got `str` - at `\$.ttl_s`"),
    (row(is_per_user=0), r"Expected `bool`, got `int` - at `\$.is_per_user`"),
    (row(ttl_s=-1), r"ttl_s: -1.0"),
    (row(ttl_s=float("inf")), r"ttl_s: inf"),
    (row(ttl_s=float("nan")), r"ttl_s: nan"),
    (row(answer_bytes_max=-1), r"answer_bytes_max: -1"),
    (row(asked_again_share=1.1), r"asked_again_share: 1.1"),
    (row(asked_again_share=float("nan")), r"asked_again_share: nan"),
]


@pytest.mark.parametrize(("damaged", "said"), DAMAGED)
def test_nonsense_in_policies_is_refused_by_its_place(damaged: Any, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        parse_caches(damaged)


DAMAGED_PURGES: list[tuple[Any, str]] = [
    (7, "no object"),
    ({"purges": {}}, "purges: not a list"),
    ({"purges": [7]}, r"purges\[0\]: not an object"),
    ({"purges": [{"service": "bot"}]}, r"purges\[0\]: seq missing"),
    ({"purges": [{"seq": 0}]}, r"purges\[0\].seq: 0 is not above 0"),
    ({"purges": [{"seq": 2}, {"seq": 2}]}, r"purges\[1\].seq: 2 is not above 2"),
    ({"purges": [{"seq": 1, "user": "u"}]}, r"purges\[0\]: Expected `int \| null`, got `str` - at `\$.user`"),
]


@pytest.mark.parametrize(("damaged", "said"), DAMAGED_PURGES)
def test_nonsense_in_purges_is_refused_by_its_place(damaged: Any, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        parse_purges(damaged)
