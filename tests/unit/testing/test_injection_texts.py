"""Texts for the guard's heuristics: the same from a seed, each form in one set and in one part."""

from __future__ import annotations

from evenkeel.testing.injection_attempts import ATTEMPTS
from evenkeel.testing.injection_look_alikes import LOOK_ALIKES
from evenkeel.testing.injection_texts import attempts, harmless_texts, split


def test_a_seed_gives_the_same_texts_with_subjects_in_them() -> None:
    assert list(attempts()) == list(attempts())
    assert list(attempts()) != list(attempts(seed=2))
    assert not any("@@" in text for text in (*attempts(), *harmless_texts()))


def test_no_text_is_both_or_there_twice() -> None:
    assert set(attempts()).isdisjoint(harmless_texts())
    for kinds in (ATTEMPTS, LOOK_ALIKES):
        forms = [form for forms in kinds.values() for form in forms]
        assert len(set(forms)) == len(forms)


def test_about_a_third_is_kept_back_and_nothing_is_in_both_parts() -> None:
    kept, others = set(split(ATTEMPTS, kept_back=True)), set(split(ATTEMPTS, kept_back=False))
    assert kept.isdisjoint(others)
    assert 0.2 < len(kept) / (len(kept) + len(others)) < 0.45
