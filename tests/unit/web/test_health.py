from __future__ import annotations

from evenkeel.web.health import Check, Health, Level


def test_health_is_as_bad_as_its_worst_part() -> None:
    ok, warning, breach = (Check(level.value, level, "") for level in (Level.OK, Level.WARNING, Level.BREACH))
    assert Health((ok, breach, warning)).level is Level.BREACH
    assert Health((warning, ok)).level is Level.WARNING
    assert Health((ok,)).level is Level.OK


def test_the_headline_names_what_is_not_well() -> None:
    ok, *bad = Check("fold", Level.OK, ""), *(Check(f"channel {n}", Level.WARNING, "") for n in range(4))
    assert Health((ok,)).sentence == "Everything that is checked is well."
    assert Health((ok, bad[0])).sentence == "Not well: channel 0."
    assert Health((ok, *bad)).sentence == "Not well: channel 0, channel 1, channel 2 and 1 more."


def test_what_cannot_be_told_is_not_well_and_is_named_as_that() -> None:
    ok, unknown, bad = Check("fold", Level.OK, ""), Check("reviews", Level.UNKNOWN, ""), Check("s", Level.WARNING, "")
    assert Health((ok, unknown)).level is Level.UNKNOWN
    assert Health((ok, unknown)).sentence == "Not known: reviews."
    assert Health((unknown, bad)).level is Level.WARNING
    assert Health((unknown, bad)).sentence == "Not well: s. Not known: reviews."
