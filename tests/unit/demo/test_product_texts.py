"""Merchants who ask, and the gateway that they ask."""

from __future__ import annotations

import json
from collections import Counter
from importlib.resources import files
from pathlib import Path
from random import Random

from evenkeel.app.configuration import configured
from evenkeel.app.running import own_identity
from evenkeel.demo.answerer import MODELS
from evenkeel.demo.answers import UNKNOWN_ANSWER, compose_answer
from evenkeel.demo.gateway_routes import SERVICE, keep_routes
from evenkeel.demo.product_texts import Merchants, find_gateway, system_of


def test_some_products_are_wanted_more_often_and_some_wishes_name_a_buyer() -> None:
    merchants = Merchants(Random(1), ["desk", "lamp", "mat"])
    wishes = [merchants.next_wish() for _ in range(2_000)]
    asked = Counter(wish.text.partition("?")[0] for wish in wishes)
    assert asked["What is there to say of the desk"] > asked["What is there to say of the mat"] > 0
    assert 0.07 < sum("@example.org" in wish.text for wish in wishes) / len(wishes) < 0.13
    assert merchants.wait_s() > 0


def test_of_every_product_there_is_something_to_say() -> None:
    lines = files("evenkeel.demo").joinpath("catalogue.txt").read_text(encoding="utf-8").splitlines()
    facts = "\n".join(line.partition(": ")[2] for line in lines)
    for line in lines:
        product = line.partition(":")[0]
        said = compose_answer(
            [
                {"role": "system", "content": facts},
                {"role": "user", "content": f"What is there to say of the {product}?"},
            ]
        )
        assert said != UNKNOWN_ANSWER, product
        assert product.split()[-1] in said, product


def test_the_gateway_is_where_its_living_workers_say(tmp_path: Path) -> None:
    assert find_gateway(tmp_path) is None
    notices = tmp_path / "gateways"
    notices.mkdir()
    notice = {"writer": "g0", "port": 4181, **own_identity()}
    (notices / "g0.json").write_text(json.dumps(notice), encoding="utf-8")
    assert find_gateway(tmp_path) == "http://127.0.0.1:4181/v1"


def test_the_rule_of_the_sample_sends_wishes_without_a_buyer_to_a_cheaper_model(
    tmp_path: Path,
) -> None:
    keep_routes(tmp_path, 8_000)
    (rule,) = configured(tmp_path / "evenkeel.yaml").gateway.routes[SERVICE].models
    catalogue = files("evenkeel.demo").joinpath("catalogue.txt").read_text(encoding="utf-8").splitlines()
    system = system_of(catalogue)
    merchants = Merchants(Random(1), [line.partition(":")[0] for line in catalogue])
    said = Counter[tuple[bool, bool]]()
    for wish in (merchants.next_wish() for _ in range(1_000)):
        text = wish.text.partition("It is for ")[0] + "It is for [EMAIL]." if "@" in wish.text else wish.text
        said["@" in wish.text, len(system) + len(text) <= (rule.characters_max or 0)] += 1
    assert set(said) == {(True, False), (False, True)}
    assert rule.model in MODELS
