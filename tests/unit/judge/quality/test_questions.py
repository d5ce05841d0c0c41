"""Groups of alike questions: deterministic, everything in one place, the frequent ones lead."""

from __future__ import annotations

from random import Random

from evenkeel.judge.quality.questions import group_questions


def asked(chance: Random, topic: int) -> frozenset[int]:
    """A question about a topic: most of its four words, and one of many others."""
    own = chance.sample(range(10 * topic, 10 * topic + 4), 3)
    return frozenset([*own, chance.randrange(1_000, 9_000)])


def test_topics_are_found_again_and_the_order_of_questions_changes_nothing_but_places() -> None:
    chance = Random(3)
    topics = chance.choices(range(5), (10, 6, 4, 2, 1), k=1_000)
    signatures = [asked(chance, topic) for topic in topics]
    groups = group_questions(signatures)
    pure = sum(max(sum(topics[place] == topic for place in group) for topic in range(5)) for group in groups)
    assert pure / 1_000 > 0.97
    assert sum(map(len, groups[:5])) > 900
    assert sum(map(len, groups)) == 1_000
    shuffled = chance.sample(range(1_000), 1_000)
    again = group_questions([signatures[place] for place in shuffled])
    assert {frozenset(shuffled[place] for place in group) for group in again} == set(map(frozenset, groups))


def test_a_word_that_all_have_makes_nobody_alike_but_those_who_have_nothing_else() -> None:
    signatures = [frozenset({1, place}) for place in range(10, 20) for _ in range(4)] + [frozenset({1})] * 3
    assert [len(group) for group in group_questions(signatures)] == [*[4] * 10, 3]


def test_nothing_is_grouped_of_nothing() -> None:
    assert group_questions([]) == group_questions([frozenset()]) == []
    assert group_questions([frozenset({1})] * 3) == [[0, 1, 2]]
