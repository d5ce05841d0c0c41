"""`evenkeel model audit`: what the server tells, in lines."""

from __future__ import annotations

from typing import Any

ITEM = {"name": "fairness", "status": "unknown", "says": "Fairness: not configured.", "todo": "Write a policy."}
SIGNED = {"by": "jo", "at": "2026-10-02", "conclusion": "accepted", "comment": "Fine.", "intact": True}
AUDIT = {
    "month": "2026-09",
    "state": "due",
    "says": "Due before 2026-10-11.",
    "digest": "d" * 64,
    "signature": None,
    "document": {
        "environment": "production",
        "service": "triage",
        "checks": [{"title": "Fairness", "status": "unknown", "items": [ITEM]}],
        "open": ["fairness"],
    },
}
MODEL = {
    "environment": "production",
    "service": "triage",
    "kind": "ml",
    "next": {"month": "2026-09", "due_by": "2026-10-11T00:00:00.000Z", "says": "Due before 2026-10-11."},
    "months": [{"month": "2026-09", "state": "due", "says": "Due before 2026-10-11."}],
}


def test_audits_are_listed_with_what_is_next(evenkeel: Any, answering: Any) -> None:
    server = answering({"models": [MODEL]})
    shown = evenkeel("model", "audit", "list", "--service", "production/triage").stdout
    assert "next: 2026-09. Due before 2026-10-11." in shown and "2026-09  due" in shown
    assert server.paths == ["GET /audits?service=production%2Ftriage"]
    answering({"models": []})
    assert "No model is audited" in evenkeel("model", "audit", "list").stdout


def test_one_is_shown_with_what_to_acknowledge_and_its_digest(evenkeel: Any, answering: Any) -> None:
    answering(AUDIT)
    shown = evenkeel("model", "audit", "show", "production/triage", "2026-09").stdout
    for said in ("unknown  Fairness: not configured.", "To acknowledge: fairness", "d" * 64):
        assert said in shown, said
    answering({**AUDIT, "signature": {**SIGNED, "intact": False}})
    assert "not what was signed" in evenkeel("model", "audit", "show", "production/triage", "2026-09").stdout


def test_it_is_signed_as_it_was_looked_at(evenkeel: Any, answering: Any) -> None:
    server = answering({**AUDIT, "signature": SIGNED})
    words = ("--digest", "d" * 64, "--conclusion", "accepted", "--comment", "Fine.", "--acknowledge", "fairness")
    shown = evenkeel("model", "audit", "sign", "production/triage", "2026-09", *words).stdout
    assert shown == "production/triage 2026-09: accepted by jo at 2026-10-02: Fine.\n"
    ((_, path, body),) = server.asked
    assert path == "/audits/one/signature" and body["acknowledged"] == ["fairness"] and body["digest"] == "d" * 64
