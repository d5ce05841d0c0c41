"""Queries have an identity made of everything that decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.observe.sources.model import PulledQuery

QUERY = PulledQuery("prometheus", "all", bad="some")


@pytest.mark.parametrize("more", [{"source": "other"}, {"total": "x"}, {"bad": "x"}, {"raw_failure": True}], ids=str)
def test_whatever_changes_makes_another_query(more: dict[str, str]) -> None:
    assert replace(QUERY, **more).id != QUERY.id


def test_the_same_query_is_the_same_in_every_process() -> None:
    assert QUERY.id == PulledQuery("prometheus", "all", bad="some").id
    assert len(QUERY.id) == 24


def test_the_part_is_what_stands_beside_the_total() -> None:
    assert (QUERY.part, replace(QUERY, bad="", good="fine").part) == ("some", "fine")
    assert PulledQuery("prometheus", raw="share").part == "share"
