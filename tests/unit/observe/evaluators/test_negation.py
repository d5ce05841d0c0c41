"""A sentence that denies what its contexts say is seen, in several languages; one that says the same is not."""

from __future__ import annotations

import pytest

from evenkeel.observe.evaluators.negation import is_flipped, negation_stems
from evenkeel.observe.evaluators.overlap import index_source
from evenkeel.observe.evaluators.sentences import split_sentences
from evenkeel.observe.evaluators.stems import stem_all
from evenkeel.observe.evaluators.text import list_words


def flipped(answer: str, context: str, language: str = "en") -> bool:
    sentences = [list_words(context[start:end]) for start, end in split_sentences(context, language)]
    words = list_words(answer)
    stems = stem_all(words, language)
    there = stem_all([word for sentence in sentences for word in sentence], language)
    return is_flipped([stems[word] for word in words], index_source([sentences], there), language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "The warranty covers batteries and chargers.", "The warranty does not cover batteries and chargers."),
        ("en", "Refunds are available after 30 days.", "Refunds are not available after 30 days."),
        ("en", "You can share the key with a colleague.", "You can never share the key with a colleague."),
        ("de", "Die Garantie deckt den Akku ab.", "Die Garantie deckt den Akku nicht ab."),
        ("fr", "La garantie couvre les batteries.", "La garantie ne couvre pas les batteries."),
        ("es", "La garantía cubre las baterías.", "La garantía no cubre las baterías."),
        ("it", "La garanzia copre le batterie.", "La garanzia non copre le batterie."),
        ("pt", "A garantia cobre as baterias.", "A garantia não cobre as baterias."),
        ("nl", "De garantie geldt voor accu's.", "De garantie geldt niet voor accu's."),
    ],
)
def test_a_negation_in_one_of_two_is_seen_both_ways(language: str, one: str, other: str) -> None:
    assert flipped(one, f"Please read this. {other}", language)
    assert flipped(other, f"Please read this. {one}", language)
    assert not flipped(one, one, language)
    assert not flipped(other, other, language)


def test_a_negation_elsewhere_turns_nothing() -> None:
    context = "The warranty covers batteries, but it does not cover the strap. Nobody else may not open the case."
    assert not flipped("The warranty covers batteries.", context)
    assert not flipped("Our shop opens on Sunday.", "We do not ship on Sunday, not ever.")


def test_without_a_known_language_nothing_is_told() -> None:
    assert negation_stems(None) == frozenset()
    assert not flipped("it is so", "it is not so", "xx")
