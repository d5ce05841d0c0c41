"""Words that differ by inflection have one stem; other words keep theirs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.observe.evaluators.stems import STEM_LETTERS_MIN, stem, stem_all

ALIKE = {
    "en": ["reset resets resetting", "city cities", "stop stopped stops", "price prices priced", "quick quickly"],
    "de": ["rechnung rechnungen", "kunde kunden", "schnell schneller schnelles", "lieferst liefert"],
    "fr": ["facture factures", "livraison livraisons", "grand grande grandes", "national nationales"],
    "es": ["factura facturas", "cliente clientes", "rojo roja rojos rojas", "ciudad ciudades"],
    "it": ["fattura fatture", "cliente clienti", "rosso rossa rossi"],
    "pt": ["fatura faturas", "cliente clientes", "informação informações"],
    "nl": ["factuur", "klant klanten", "lever levert leverde"],
}
APART = {"en": "price prize", "de": "kunde kunst", "fr": "livre livraison", "es": "casa mesa"}


@pytest.mark.parametrize(("language", "words"), [(language, each) for language in ALIKE for each in ALIKE[language]])
def test_forms_of_a_word_have_one_stem(language: str, words: str) -> None:
    assert len({stem(word, language) for word in words.split()}) == 1


@pytest.mark.parametrize("language", APART)
def test_different_words_stay_apart(language: str) -> None:
    words = APART[language].split()
    assert len({stem(word, language) for word in words}) == len(words)


@settings(deadline=None)
@given(st.text(), st.sampled_from([*ALIKE, "ru", None]))
def test_a_stem_begins_its_word_and_keeps_enough_of_it(word: str, language: str | None) -> None:
    short = stem(word, language)
    assert word.startswith(short)
    assert len(short) >= min(len(word), STEM_LETTERS_MIN)


def test_all_stems_are_those_of_each_word() -> None:
    words = ["resets", "a", "7", "resets", "città"]
    for language in ("en", "it", "ru", None):
        assert stem_all(words, language) == {word: stem(word, language) for word in words}
