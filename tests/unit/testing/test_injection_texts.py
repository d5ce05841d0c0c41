"""Texts for the guard's heuristics: the same from a seed, and no text in both sets."""

from __future__ import annotations

from evenkeel.testing.injection_texts import attempts, harmless_texts


def test_a_seed_gives_the_same_texts_with_subjects_in_them() -> None:
    assert list(attempts(50)) == list(attempts(50))
    assert list(attempts(50, seed=1)) != list(attempts(50, seed=2))
    assert not any("@@" in text for text in (*attempts(50), *harmless_texts(50)))


def test_no_text_is_both() -> None:
    assert set(attempts(500)).isdisjoint(harmless_texts(500))
