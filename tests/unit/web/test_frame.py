from __future__ import annotations

from evenkeel.kernel.errors import ForbiddenError
from evenkeel.web.frame import error_document, wants_json


class Asked:
    def __init__(self, path: str, **headers: str) -> None:
        self.url = type("Url", (), {"path": path})
        self.headers = headers


def test_programs_are_told_from_people_by_address_and_credentials() -> None:
    assert wants_json(Asked("/events.json"))  # type: ignore[arg-type]
    assert wants_json(Asked("/api/v1/services"))  # type: ignore[arg-type]
    assert wants_json(Asked("/metrics", authorization="Bearer x"))  # type: ignore[arg-type]
    assert not wants_json(Asked("/events"))  # type: ignore[arg-type]


def test_an_error_keeps_its_code_its_fact_and_its_hint_but_not_its_facts() -> None:
    document = error_document(ForbiddenError("No.", hint="Ask somebody.", secret="x"))
    assert document == {"code": "access.forbidden", "message": "No.", "hint": "Ask somebody."}
