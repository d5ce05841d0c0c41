from __future__ import annotations

from evenkeel.web.health import Check, Health, Level


def test_health_is_as_bad_as_its_worst_part() -> None:
    ok, warning, breach = (Check(level.value, level, "") for level in (Level.OK, Level.WARNING, Level.BREACH))
    assert Health((ok, breach, warning)).level is Level.BREACH
    assert Health((warning, ok)).level is Level.WARNING
    assert Health((ok,)).level is Level.OK
