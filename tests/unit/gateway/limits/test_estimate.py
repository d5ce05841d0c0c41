"""What is learned of answers is an upper bound of most, and never more than the caller allows."""

from __future__ import annotations

from evenkeel.gateway.limits.estimate import OutputEstimator


def test_nothing_learned_means_the_callers_own_limit_or_a_default() -> None:
    assert OutputEstimator().estimate("bot", "v1", "m", 77) == 77
    assert OutputEstimator().estimate("bot", "v1", "m") == 4_096


def test_the_longest_hundredth_alone_is_longer() -> None:
    estimator = OutputEstimator()
    for tokens in list(range(1, 1_001)) * 2:
        estimator.learn("bot", "v1", "m", tokens)
    learned = estimator.estimate("bot", "v1", "m")
    assert 985 <= learned <= 1_030
    assert estimator.estimate("bot", "v1", "m", 10) == 10
    assert estimator.estimate("bot", "v2", "m", 10_000) == 10_000, "another version is another kind"


def test_answers_that_we_cut_do_not_teach_us_to_cut() -> None:
    estimator = OutputEstimator()
    for _ in range(200):
        estimator.learn("bot", "v1", "m", 100, is_cut=True)
    assert estimator.estimate("bot", "v1", "m") >= 200


def test_what_answers_are_like_now_outweighs_what_they_were_like() -> None:
    estimator = OutputEstimator()
    for tokens in [1_000] * 4_000 + [10] * 60_000:
        estimator.learn("bot", "v1", "m", tokens)
    assert estimator.estimate("bot", "v1", "m") <= 12


def test_kinds_are_bounded() -> None:
    estimator = OutputEstimator()
    for number in range(1_100):
        estimator.learn("bot", "v1", f"m{number}", 1)
    assert len(estimator._kinds) == 1_024
