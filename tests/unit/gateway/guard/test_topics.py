"""Denied topics: whole words, in any case, of any script."""

from __future__ import annotations

import pytest

from evenkeel.gateway.guard.entities import Selection
from evenkeel.gateway.guard.scan import scan
from evenkeel.gateway.guard.topics import topic_entities

TOPICS = Selection(
    "chat", topic_entities(("weapons: rifle, hand grenade, c++, ärger, art, art history", "Insider Trading"))
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a RIFLE.", ["RIFLE"]),
        ("riflemen, arty, Ärgerlich, übärger", []),
        ("hand\n grenade and hand-grenade", ["hand\n grenade", "hand-grenade"]),
        ("Ärger!", ["Ärger"]),
        ("in C++, now", ["C++"]),
        ("art historyx", ["art"]),
        ("art history", ["art history"]),
        ("insider_trading", ["insider_trading"]),
    ],
)
def test_terms_are_found_as_whole_words(text: str, found: list[str]) -> None:
    assert [text[each.start : each.end] for each in scan(text, TOPICS)] == found


@pytest.mark.parametrize("topic", ["", " ", ": a", "x:", "x: a,,b", "x" * 81, "x: " + ",".join(map(str, range(201)))])
def test_a_topic_that_is_none_is_refused(topic: str) -> None:
    with pytest.raises(ValueError, match=r"topic|terms"):
        topic_entities((topic,))
