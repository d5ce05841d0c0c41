"""Findings as plain values."""

from __future__ import annotations

import json

from evenkeel.judge.drift.answer import answer
from evenkeel.judge.drift.documents import answer_document, finding_document
from evenkeel.judge.drift.family import judge_window
from evenkeel.judge.drift.model import Feature
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values


def test_what_has_no_bound_is_none_and_not_infinity() -> None:
    profile = build_profile([1.0, 2.0, 3.0])
    found = judge_window([Feature("age", profile, count_values([], profile.grid))], None)
    told = finding_document(found[0])
    assert (told["psi"]["high"], told["psi_plain"], told["reason"]) == (None, None, "empty_window")
    json.dumps([told, answer_document(answer(found)), answer_document(answer([]))], allow_nan=False)
