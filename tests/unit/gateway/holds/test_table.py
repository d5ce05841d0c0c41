"""Policies of holds are published and read."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.gateway.holds.model import HoldPolicy
from evenkeel.gateway.holds.table import holds_document, parse_holds


def test_what_is_published_is_what_is_read() -> None:
    policies = {"production/bot": HoldPolicy(30.0, 60.0)}
    assert parse_holds(holds_document(policies)) == policies


def test_a_table_of_an_older_control_holds_by_the_defaults() -> None:
    assert parse_holds({"version": 1}) == {}


@pytest.mark.parametrize("row", [{"wait_s": -1}, {"wait_s": 301}, {"expires_s": 0}, {"wait_s": "long"}, 7])
def test_a_policy_that_makes_no_sense_is_named(row: Any) -> None:
    with pytest.raises(ValueError, match=r"holds\.bot"):
        parse_holds({"holds": {"bot": row}})
