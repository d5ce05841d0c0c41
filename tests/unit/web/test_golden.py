"""What is said of golden queries: the newest run, or why nothing is known."""

from __future__ import annotations

from typing import Any, cast

from evenkeel.judge.golden.model import SetHead
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.golden import set_document


def test_without_a_run_nothing_is_known_and_one_is_overdue() -> None:
    held = SetHead(ServiceKey("production", "bot"), "faq", 3, 5, 3_600, 1, 0, "jo")

    class Sets:
        def runs(self, *_: Any) -> list[Any]:
            return []

    found = set_document(cast("Any", Sets()), held, 1)
    assert (found["is_overdue"], found["runs"], found["queries"]) == (True, [], 1)
    assert "version 3: no run was sent yet" in found["says"]
