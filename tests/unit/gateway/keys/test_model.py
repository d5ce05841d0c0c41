"""What a key allows."""

from __future__ import annotations

from evenkeel.gateway.keys.model import VirtualKey


def test_a_key_without_services_serves_all_and_one_with_none_serves_none() -> None:
    assert VirtualKey("k", "n").allows("bot")
    assert VirtualKey("k", "n", services=frozenset(("bot",))).allows("bot")
    assert not VirtualKey("k", "n", services=frozenset(("bot",))).allows("other")
    assert not VirtualKey("k", "n", services=frozenset()).allows("bot")
