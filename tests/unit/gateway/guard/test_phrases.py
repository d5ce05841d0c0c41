"""Words by concept: each is a pattern, is found by its gate, and every rule names words that there are."""

from __future__ import annotations

import re

import pytest

from evenkeel.gateway.guard.expressions import compiled, is_in
from evenkeel.gateway.guard.phrases import known_grammar, source_of
from evenkeel.testing.injection_texts import attempts, harmless_texts


def test_rules_name_concepts_that_there_are_and_weigh_shares() -> None:
    grammar = known_grammar(is_ascii=False)
    named = {name for rule in grammar.rules for name in (rule.anchor, *(each for some in rule.near for each in some))}
    named |= {rule.unless for rule in grammar.rules if rule.unless is not None}
    assert named <= set(grammar.names)
    assert all(0 < each.weight < 1 for each in (*grammar.rules, *grammar.signs))


def test_no_concept_is_without_a_rule() -> None:
    grammar = known_grammar(is_ascii=False)
    used = {name for rule in grammar.rules for some in ((rule.anchor,), *rule.near) for name in some}
    assert set(grammar.names) - used == {"negation", "mention"}


@pytest.mark.parametrize("is_ascii", [True, False])
def test_a_concept_that_is_there_is_let_through_by_its_gate(is_ascii: bool) -> None:
    grammar = known_grammar(is_ascii=is_ascii)
    for text in (*attempts(), *harmless_texts()):
        data = text.lower().encode()
        if text.isascii() is not is_ascii:
            continue
        here = set(grammar.automaton.rows_in(data))
        for row, name in enumerate(grammar.names):
            assert row in here or not is_in(grammar.concept(name), data), (name, text)


@pytest.mark.parametrize(
    ("entry", "text", "is_found"),
    [
        ("set aside", "set, aside", True),
        ("set aside", "set asides", False),
        ("règle*", "regles", True),
        ("über", "uber", True),
        ("jail ?broken", "jailbroken", True),
        ("never ~mind", "never mind", True),
        ("pl\\pL*", "później", False),
        ("p\\pL*", "później", True),
    ],
)
def test_an_entry_says_blanks_accents_and_endings(entry: str, text: str, is_found: bool) -> None:
    found = compiled(rf"^(?:{source_of(entry)})").match(text.encode())
    assert (found is not None) is is_found


def test_no_entry_finds_nothing_at_all() -> None:
    for source in known_grammar(is_ascii=False).sources.values():
        assert not is_in(compiled(source), b"")
        assert re.search(r"\|\||\(\?:\|", source) is None
