"""How well the guard finds, as it is published: no entity below its floor, whatever the sample's luck."""

from __future__ import annotations

import pytest

from evenkeel.gateway.guard.entities import known_entities
from evenkeel.testing.guard_scores import Share, score_entities, score_injection, score_telemetry, total

#: Of the lower bound, of recall and precision alike.
FLOOR = 0.95


def test_of_every_entity_at_least_95_percent_is_found_and_right_by_the_lower_bound() -> None:
    scores = score_entities(3_000)
    assert scores.keys() == {entity.name for entity in known_entities()}
    for entity, score in scores.items():
        for share in (score.recall, score.precision):
            assert share.whole >= 150, entity
            assert share.bounds[0] >= FLOOR, (entity, score)


def test_a_line_of_telemetry_is_taken_for_a_person_or_a_secret_less_than_once_in_500() -> None:
    by_kind, entities = score_telemetry(600)
    assert total(by_kind.values()).bounds[1] < 1 / 500, entities
    for kind, share in by_kind.items():
        assert share.bounds[1] < 1 / 100, (kind, entities)


def test_attempts_that_were_never_seen_are_found_by_less_than_half_and_harmless_texts_seldom() -> None:
    """What it is, so that a change for the worse is seen; nobody may take it for protection."""
    found, wrong = (total(shares.values()) for shares in score_injection())
    assert found.part >= 111
    assert found.whole == 261
    assert wrong.part <= 22


def test_a_share_of_nothing_is_none_and_its_bounds_are_all_there_is() -> None:
    assert (Share(0, 0).value, Share(0, 0).bounds) == (None, (0.0, 1.0))
    low, high = Share(50, 100).bounds
    assert low == pytest.approx(0.404, abs=0.001)
    assert high == pytest.approx(0.596, abs=0.001)
