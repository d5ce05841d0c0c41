from __future__ import annotations

import random

from evenkeel.gateway.metering.counting import LEARNED_FROM, MODELS_MAX, REMEMBERED, LearnedRates
from evenkeel.gateway.metering.model import UsageSource


def taught(ratio: float, times: int = LEARNED_FROM, size: int = 1_000) -> LearnedRates:
    rates = LearnedRates()
    for _ in range(times):
        rates.update("m", size, round(size * ratio), "output")
    return rates


def test_a_model_that_is_not_known_makes_no_more_than_a_token_of_a_byte() -> None:
    rates = LearnedRates()
    assert rates.upper("m", 1_000, "output") == 1_064
    assert rates.upper("m", 1_000, "input") == 1_800
    assert rates.source("m", 1_000, "input") is UsageSource.UPPER_BOUND


def test_few_answers_teach_nothing() -> None:
    rates = taught(0.25, times=LEARNED_FROM - 1)
    assert rates.upper("m", 1_000, "output") == 1_064
    assert not rates.is_learned("m", 1_000, "output")


def test_sides_and_models_are_learned_apart() -> None:
    rates = taught(0.25)
    assert rates.source("m", 1_000, "output") is UsageSource.COUNTED
    assert rates.source("m", 1_000, "input") is UsageSource.UPPER_BOUND
    assert rates.source("other", 1_000, "output") is UsageSource.UPPER_BOUND


def test_what_is_learned_bounds_most_of_what_comes() -> None:
    chance = random.Random(3)
    rates = LearnedRates()
    above = 0
    for i in range(5_000):
        size = chance.randrange(1, 4_000)
        tokens = max(1, round(size * chance.lognormvariate(-1.4, 0.2)) + chance.randrange(3, 12))
        above += i >= REMEMBERED and tokens > rates.upper("m", size, "output")
        rates.update("m", size, tokens, "output")
    assert above / 5_000 < 0.01


def test_short_texts_say_nothing_of_long_ones() -> None:
    rates = LearnedRates()
    for _ in range(REMEMBERED):
        rates.update("m", 64, 4, "input")  # "hi", and JSON around it
    assert rates.upper("m", 64, "input") == 20
    assert rates.upper("m", 100_000, "input") == 50_000
    for _ in range(LEARNED_FROM):
        rates.update("m", 100_000, 20_000, "input")
    assert 25_000 <= rates.upper("m", 100_000, "input") < 25_050
    assert rates.upper("m", 64, "input") == 20


def test_what_many_short_texts_taught_bounds_texts_of_every_length() -> None:
    def tokens(size: int) -> int:
        return 3 + (size - 60) // 4  # 60 bytes of JSON, and prose

    rates = LearnedRates()
    for taught_size in (64, 300, 2_000, 30_000):
        for _ in range(REMEMBERED):
            rates.update("m", taught_size, tokens(taught_size), "input")
        assert all(rates.upper("m", size, "input") >= tokens(size) for size in range(64, 200_000, 97))


def test_old_answers_are_forgotten() -> None:
    rates = taught(0.9)
    for _ in range(REMEMBERED):
        rates.update("m", 1_000, 200, "output")
    assert rates.upper("m", 1_000, "output") == 250
    assert rates.count("m", 1_000, "output") == 200


def test_a_learned_bound_is_never_above_a_token_for_a_byte() -> None:
    assert taught(0.99).upper("m", 10_000, "output") == 10_064


def test_of_a_model_that_hides_what_it_thinks_bytes_are_no_bound() -> None:
    assert taught(3.0).upper("m", 1_000, "output") > 3_000


def test_the_models_that_were_seen_last_are_remembered() -> None:
    rates = taught(0.25)
    rates.note_hiding("m")
    for i in range(2 * MODELS_MAX + 5):
        rates.update(f"made-up-{i}", 10, 3, "output")
        rates.note_hiding(f"made-up-{i}")
    assert not rates.is_learned("m", 1_000, "output")
    assert not rates.hides("m")
    assert rates.hides(f"made-up-{2 * MODELS_MAX + 4}")
