"""Redaction: what stands for findings, where they overlap and where they reach out of a piece."""

from __future__ import annotations

from evenkeel.gateway.guard.model import Finding
from evenkeel.gateway.guard.redact import joined, redact

TEXT = "0123456789"


def test_findings_that_overlap_become_one_named_by_the_first() -> None:
    findings = [Finding("b", 4, 7, 0.9), Finding("a", 2, 5, 0.5)]
    assert joined(findings) == [Finding("a", 2, 7, 0.9)]
    assert redact(TEXT, findings) == "01[A]789"


def test_findings_side_by_side_stay_two() -> None:
    assert redact(TEXT, [Finding("a", 2, 4), Finding("b", 4, 6)]) == "01[A][B]6789"


def test_what_reaches_out_of_a_piece_is_redacted_inside_of_it() -> None:
    assert redact("234567", [Finding("a", 0, 4), Finding("b", 7, 12)], start=2) == "[A]456[B]"
    assert redact("234567", [Finding("a", 0, 2), Finding("b", 8, 12)], start=2) == "234567"


def test_nothing_found_is_the_text() -> None:
    assert redact(TEXT, []) == TEXT
