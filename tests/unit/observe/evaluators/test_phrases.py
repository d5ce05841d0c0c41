"""Refusals and what is not known are told apart from claims, in the languages of the table."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from evenkeel.kernel.language.detect import LANGUAGES
from evenkeel.observe.evaluators.phrases import (
    COURTESY_WORDS_MAX,
    NO_ANSWER,
    TOXICITY,
    count_phrases,
    has_no_knowledge,
    has_phrase,
    is_no_claim,
    load_phrases,
)  # fmt: skip
from evenkeel.observe.evaluators.text import list_words

REFUSED = """I'm sorry, but I can't help with that request.
    Es tut mir leid, dabei kann ich Ihnen nicht helfen.
    Désolé, je ne peux pas vous aider à faire cela.
    Lo siento, pero no puedo ayudarte con eso.
    Mi dispiace, ma non posso aiutarti con questo.
    Desculpe, não posso ajudar com isso.
    Sorry, daar kan ik je niet mee helpen.
    Przykro mi, ale nie mogę pomóc w tej sprawie.
    К сожалению, я не могу помочь с этим.
    申し訳ありませんが、その質問にはお答えできません。
    抱歉，我无法提供这方面的信息。""".splitlines()
NOT_KNOWN = """The documents do not mention a warranty for batteries.
    Das geht aus den Unterlagen leider nicht hervor, ich weiß es nicht.
    Je ne sais pas quand le magasin ouvre.
    No tengo información sobre ese pedido.
    Non lo so, non ho trovato nulla.
    Não encontrei essa informação no manual.
    Ik heb geen informatie over deze bestelling.
    Не знаю, в документах об этом ничего нет.""".splitlines()
CLAIMS = """Customers who do not know their number can call us.
    The guide helps users who cannot help themselves.
    Die Rechnung hilft dem Kunden nicht weiter.
    Le client ne sait pas toujours son numéro.
    The store opens at nine.""".splitlines()


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_is_seen(text: str) -> None:
    assert has_phrase(list_words(text), "refusal")
    assert is_no_claim(text, list_words(text))


@pytest.mark.parametrize("text", NOT_KNOWN)
def test_what_is_not_known_is_seen(text: str) -> None:
    assert has_no_knowledge(list_words(text))
    assert is_no_claim(text, list_words(text))


@pytest.mark.parametrize("text", CLAIMS)
def test_a_claim_is_neither(text: str) -> None:
    words = list_words(text)
    assert not has_phrase(words, "refusal")
    assert not has_no_knowledge(words)
    assert not is_no_claim(text.strip(), words)


def test_a_courtesy_with_much_beside_it_is_a_claim() -> None:
    short = "Thank you for your patience."
    long = short[:-1] + " and note that" + " the parcel left" * COURTESY_WORDS_MAX
    assert is_no_claim(short, list_words(short))
    assert not is_no_claim(long, list_words(long))


@pytest.mark.parametrize("file", [NO_ANSWER, TOXICITY])
def test_phrases_are_of_languages_that_are_told(file: str) -> None:
    document = tomllib.loads(files("evenkeel.observe.evaluators").joinpath(file).read_text("utf-8"))
    assert {language for table in document.values() for language in table} <= LANGUAGES
    assert document.keys() == load_phrases(file).keys()


def test_phrases_begin_with_the_word_that_they_are_found_by() -> None:
    for table in load_phrases().values():
        for word, phrases in table.items():
            assert all(list_words(phrase)[0] == word for phrase in phrases)


def test_phrases_that_follow_one_another_are_counted_each() -> None:
    assert count_phrases(list_words("damn damn, shut up. Shut up"), "rude", TOXICITY) == 4
    assert count_phrases(list_words("a dam and its ups"), "rude", TOXICITY) == 0
