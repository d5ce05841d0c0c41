"""The rows of the table: complete, bounded, and selected as policies name them."""

from __future__ import annotations

import pytest

from evenkeel.gateway.guard.entities import (
    GROUPS,
    MATCH_CHARS_MAX,
    PROFILES,
    edges_of,
    known_entities,
    read_entities,
    select,
)
from evenkeel.gateway.guard.prefixes import longest_chars
from evenkeel.testing.guarded_texts import VALUES

ROW = {"name": "x", "group": "pii", "pattern": "ab"}


def test_no_match_is_longer_than_a_stream_holds_back() -> None:
    assert all((longest_chars(each.source) or 10_000) <= MATCH_CHARS_MAX for each in known_entities())


def test_every_row_is_of_a_known_group_and_profile_and_has_examples() -> None:
    assert {each.group for each in known_entities()} == set(GROUPS)
    assert all(each.profiles | each.needs_context <= set(PROFILES) for each in known_entities())
    assert {each.name for each in known_entities()} == VALUES.keys()


def test_what_needs_context_says_which() -> None:
    assert all(each.context is not None for each in known_entities() if each.needs_context)


@pytest.mark.parametrize("more", [{"pattern": "a+"}, {"pattern": "a{257}"}, {"colour": "red"}, {"pattern": "a{2,1}"}])
def test_a_row_that_is_wrong_is_refused(more: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"unknown|a\{2,1\}"):
        read_entities([ROW | more])


def test_names_and_groups_select_rows_of_their_profile_in_order() -> None:
    assert {each.name for each in select("chat", ["date_of_birth", "iban"])} == {"date_of_birth", "iban"}
    assert {each.group for each in select("chat", ["secrets"])} == {"secrets"}
    assert not [each for each in select("telemetry", ["pii"]) if each.name == "ip_address"]
    assert select("chat", []) == ()


def test_a_tail_can_be_left_out() -> None:
    assert all(each.tail is None for each in select("chat", ["jwt"], without_tail=["jwt"]))
    assert all(each.tail is not None for each in select("chat", ["jwt"]))


def test_edges_know_letters_of_all_scripts() -> None:
    edges = edges_of("-", refuses_words=True)
    assert [edges.allows(each) for each in ("", " ", "-", "a", "ä", "日", "_", "1")] == [True, True] + [False] * 6
