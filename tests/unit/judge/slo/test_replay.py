"""Replay: the same decisions as minute by minute, all at once."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.judge.slo.burn import judge_burn
from evenkeel.judge.slo.catalogue import load_catalogues
from evenkeel.judge.slo.model import BurnRule
from evenkeel.judge.slo.replay import Replay, stretches
from evenkeel.judge.slo.stream import Buckets, Stream
from evenkeel.kernel.time import US_PER_MINUTE, US_PER_SECOND, Window

RULES = load_catalogues()["30d"].rules


def broken(rate: float, length: int, *, since: int, share: float, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    total = rng.poisson(rate, length)
    shares = np.where(np.arange(length) >= since, share, 0.0005)
    return total.astype(float), rng.binomial(total, shares).astype(float)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_it_fires_where_the_streams_of_the_engine_do(rule: BurnRule) -> None:
    total, bad = broken(10, 500, since=300, share=0.3)
    held = total > 0
    minutes = Buckets(np.flatnonzero(held).astype(np.int64) * US_PER_MINUTE, total[held], bad[held])
    stream = Stream(Buckets.none(), minutes)
    fired = Replay(total, bad, 0.001).fires(rule)
    for end in range(290, 360):
        end_us = (end + 1) * US_PER_MINUTE
        long, short = (
            stream.counts(Window(max(0, end_us - s * US_PER_SECOND), end_us)) for s in (rule.long_s, rule.short_s)
        )
        assert bool(judge_burn(rule, 0.001, long, short).fires) == bool(fired[end])
    assert fired[300:].any() or rule.long_s > 86_400


def test_an_outage_is_seen_in_its_first_or_second_minute() -> None:
    total, bad = broken(20, 200, since=150, share=1.0)
    fired = np.flatnonzero(Replay(total, bad, 0.001).outage(np.random.default_rng(1), per_minute=20))
    assert fired[0] in (150, 151)


def test_a_service_that_burns_half_its_budget_fires_nothing_in_a_month() -> None:
    total, bad = broken(1, 43_200, since=43_200, share=0.0)
    replay = Replay(total, bad, 0.001)
    assert not any(replay.fires(rule).any() for rule in RULES)
    assert any(replay.textbook(rule).any() for rule in RULES)


def test_stretches_join_what_is_near() -> None:
    fires = np.zeros(300, dtype=bool)
    fires[[10, 40, 200]] = True
    assert stretches(fires) == [(10, 40), (200, 200)]
    assert stretches(np.zeros(5, dtype=bool)) == []
