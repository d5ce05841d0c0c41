"""The answerer is small, and always says the same of the same."""

from __future__ import annotations

from evenkeel.demo.answers import UNKNOWN_ANSWER, PromptCache, compose_answer, draw, pace_of, split_chunks

_FACTS = "The disk is full when nothing fits. Cats purr at night. Retention is thirty days."


def _ask(question: str, facts: str = _FACTS) -> str:
    return compose_answer([{"role": "system", "content": facts}, {"role": "user", "content": question}])


def test_it_quotes_the_sentence_that_fits() -> None:
    assert _ask("How long is retention?") == "Retention is thirty days."


def test_it_says_so_when_it_does_not_know() -> None:
    assert _ask("Who won the match?") == UNKNOWN_ANSWER
    assert compose_answer([{"role": "user", "content": "Anything?"}]) == UNKNOWN_ANSWER


def test_a_heading_is_no_answer() -> None:
    assert _ask("retention", "Retention\nRetention is thirty days.") == "Retention is thirty days."


def test_a_stream_joins_to_the_whole_answer() -> None:
    text = "It is so, and  spaces stay."
    assert "".join(split_chunks(text)) == text


def test_draws_are_spread_evenly() -> None:
    draws = [draw("test", str(number)) for number in range(2_000)]
    assert all(0 <= value < 1 for value in draws)
    assert 0.27 < sum(value < 0.3 for value in draws) / len(draws) < 0.33


def test_the_cache_knows_a_beginning_it_has_seen() -> None:
    cache = PromptCache()
    beginning = "word " * 300
    assert cache.tokens_cached(beginning + "first question") == 0
    assert cache.tokens_cached(beginning + "second question") == 256
    assert cache.tokens_cached("other " + beginning) == 0


def test_the_cache_forgets_the_oldest_when_it_is_full() -> None:
    cache = PromptCache(blocks_max=1)
    assert cache.tokens_cached("a " * 128) == 0
    assert cache.tokens_cached("b " * 128) == 0
    assert cache.tokens_cached("a " * 128) == 0


def test_answers_meet_the_default_objective_when_nothing_is_broken() -> None:
    paces = [pace_of(str(number), 700, 0) for number in range(1_000)]
    totals = sorted(pace.first_token_s + 120 * pace.per_token_s for pace in paces)
    assert totals[950] < 2.0
    assert totals[-1] < 3.0


def test_cached_tokens_make_it_faster() -> None:
    assert pace_of("p", 1_000, 896).first_token_s < pace_of("p", 1_000, 0).first_token_s
