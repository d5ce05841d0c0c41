from __future__ import annotations

import re
from typing import Any

import pytest

from evenkeel.kernel.errors import ConflictError, CorruptDataError, EvenkeelError, OverloadedError, StorageFullError
from evenkeel.org.access.model import Scope


def test_every_answer_forbids_what_does_not_come_from_here(world: Any) -> None:
    for path in ("/sign-in", "/static/app.js", "/healthz", "/api/v1/services", "/nothing"):
        headers = world.anonymous().get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
    assert "max-age" in world.anonymous().get("/static/style.css").headers["cache-control"]
    assert world.anonymous().get("/sign-in").headers["cache-control"] == "no-store"


def test_pages_hold_no_inline_script_or_style(world: Any) -> None:
    world.chat(600, bad=60)
    world.judge()
    client = world.person()
    for path in ("/", "/services/production/bot", "/events", "/settings", "/health"):
        page = client.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert not re.search(r"\s(style|on\w+)=\"", page)
        assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_alive_and_ready_tell_apart_a_process_from_one_that_shows_the_present(world: Any) -> None:
    assert world.anonymous().get("/healthz").status == 200
    assert world.anonymous().get("/readyz").status == 200
    world.ready = False
    assert world.anonymous().get("/healthz").status == 200
    answer = world.anonymous().get("/readyz")
    assert (answer.status, answer.json) == (503, {"status": "fold or judge stands still"})


def test_metrics_are_for_those_who_may_read_and_survive_hostile_names(world: Any) -> None:
    world.chat(40, service='a"b\\c\nd')
    world.judge()
    assert world.anonymous().get("/metrics", authorization="Bearer wrong").status == 401
    lines = world.program(Scope.READ).get("/metrics").text.splitlines()
    assert 'evenkeel_service_status{environment="production",service="a\\"b\\\\c\\nd",status="unknown"} 1' in lines
    assert "evenkeel_folded_events_total 3" in lines


def test_an_address_that_does_not_exist_is_answered_in_the_language_of_the_asker(world: Any) -> None:
    page = world.anonymous().get("/nothing/here")
    assert page.status == 404 and "Nothing is at /nothing/here" in page.text
    document = world.anonymous().get("/nothing.json")
    assert document.json["code"] == "input.not_found"


@pytest.mark.parametrize(
    ("failure", "status", "retry_after"),
    [
        (OverloadedError("Too much at once.", hint="Wait.", retry_after_s=7), 503, "7"),
        (StorageFullError("No room.", hint="Wait.", retry_after_s=30), 503, "30"),
        (ConflictError("Not now.", hint="Wait."), 409, None),
        (CorruptDataError("Not what was written.", hint="Wait."), 500, None),
    ],
)
def test_what_may_be_tried_again_says_when_to_people_and_programs(
    world: Any, failure: EvenkeelError, status: int, retry_after: str | None
) -> None:
    world.failure = failure
    page, document = world.person().get("/health"), world.program(Scope.READ).get("/api/v1/health")
    assert (page.status, page.headers.get("retry-after")) == (status, retry_after)
    assert failure.message in page.text and "Wait." in page.text
    assert (document.status, document.headers.get("retry-after")) == (status, retry_after)
    assert document.json == {"code": failure.code, "message": failure.message, "hint": "Wait."}


def test_a_failure_inside_says_nothing_of_the_inside(world: Any, caplog: Any) -> None:
    client = world.person()
    world.standing = None
    answer = client.get("/gateway")
    assert answer.status == 500
    assert "Something failed inside evenkeel" in answer.text and "NoneType" not in answer.text
    assert any(record.exc_info for record in caplog.records)


def test_a_store_that_cannot_be_read_is_named_and_only_the_log_has_the_rest(world: Any, caplog: Any) -> None:
    client = world.person()
    world.lose_store()
    answer = client.get("/events")
    assert answer.status == 503
    assert "The telemetry store cannot be read (Connection Error)." in answer.text
    assert "already closed" not in answer.text
    assert any("already closed" in str(record.exc_info) for record in caplog.records)
