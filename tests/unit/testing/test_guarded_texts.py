"""The guard's texts: the same from a seed, labelled where things stand, and of every kind."""

from __future__ import annotations

from evenkeel.testing.guarded_texts import VALUES, chat_texts, telemetry_texts


def test_a_seed_gives_the_same_texts_and_another_one_others() -> None:
    assert list(chat_texts(20)) == list(chat_texts(20))
    assert list(chat_texts(20, seed=1)) != list(chat_texts(20, seed=2))
    assert list(telemetry_texts(20)) == list(telemetry_texts(20))


def test_every_entity_is_labelled_where_it_stands() -> None:
    texts = list(chat_texts(3 * len(VALUES)))
    assert {label.entity for each in texts for label in each.labels} == VALUES.keys()
    for each in texts:
        for label in each.labels:
            value = each.text[label.start : label.end]
            assert value == value.strip()
            assert len(value) >= 7
            assert ("@" in value) == (label.entity == "email")


def test_telemetry_has_no_labels() -> None:
    assert not any(each.labels for each in telemetry_texts(50))
