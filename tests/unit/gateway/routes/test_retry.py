"""A retry is made only where it is safe, of use, and allowed."""

from __future__ import annotations

import pytest

from evenkeel.gateway.routes.retry import (
    BACKOFF_S_MAX,
    ERRORS,
    STATUSES,
    Failure,
    Repeat,
    blames_upstream,
    may_retry,
    wait_s,
)


def _may(failure: Failure, *, is_repeatable: bool = True, tried: int = 1) -> bool:
    return may_retry(failure, is_repeatable=is_repeatable, tried=tried, retries_max=1)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("was_sent", [False, True])
@pytest.mark.parametrize("is_repeatable", [False, True])
def test_what_may_have_been_performed_is_repeated_only_where_that_is_harmless(
    error: str, was_sent: bool, is_repeatable: bool
) -> None:
    expected = error != "connection" and (error in ("connect", "tls", "credentials") or is_repeatable or not was_sent)
    assert _may(Failure(error, None, was_sent, 0), is_repeatable=is_repeatable) is expected


@pytest.mark.parametrize("status", STATUSES)
def test_an_answer_that_refused_the_request_is_repeated_and_one_that_may_have_performed_it_only_where_harmless(
    status: int,
) -> None:
    failure = Failure("", status, was_sent=True, bytes_sent=0)
    assert _may(failure, is_repeatable=True)
    assert _may(failure, is_repeatable=False) is (status in (401, 402, 408, 425, 429, 529))


@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 409, 413, 422, 501, 505, 599])
def test_other_answers_are_the_answer(status: int) -> None:
    assert not _may(Failure("", status, was_sent=True, bytes_sent=0))
    assert blames_upstream(Failure("", status, was_sent=True, bytes_sent=0)) is (status >= 500)


@pytest.mark.parametrize("error", [*ERRORS, *STATUSES])
def test_once_the_caller_has_seen_a_byte_nothing_is_repeated(error: str | int) -> None:
    word, status = (error, None) if isinstance(error, str) else ("", error)
    assert not _may(Failure(word, status, was_sent=False, bytes_sent=1))


def test_no_more_attempts_are_made_than_the_route_allows() -> None:
    failure = Failure("connect", None, was_sent=False, bytes_sent=0)
    assert [may_retry(failure, is_repeatable=True, tried=tried, retries_max=2) for tried in (1, 2, 3)] == [
        True,
        True,
        False,
    ]
    assert not may_retry(failure, is_repeatable=True, tried=1, retries_max=0)


@pytest.mark.parametrize("error", ["", "kill_switch", "client_cancelled", "new"])
def test_an_unknown_failure_is_not_repeated_and_blames_nobody(error: str) -> None:
    failure = Failure(error, None, was_sent=False, bytes_sent=0)
    assert not _may(failure)
    assert not blames_upstream(failure)


def test_the_callers_own_mistakes_blame_no_upstream() -> None:
    assert [status for status in range(400, 500) if blames_upstream(Failure("", status, True, 0))] == [
        401,
        402,
        408,
        429,
    ]


def test_waits_double_are_jittered_from_nothing_up_and_have_a_limit() -> None:
    failure = Failure("reset", None, was_sent=True, bytes_sent=0)
    longest = [wait_s(failure, tried=tried, draw=1.0) for tried in (1, 2, 3, 4, 5, 6, 2000)]
    assert longest == [0.25, 0.5, 1.0, 2.0, BACKOFF_S_MAX, BACKOFF_S_MAX, BACKOFF_S_MAX]
    assert wait_s(failure, tried=5, draw=0.0) == 0.0


def test_retry_after_is_waited_in_full_at_the_same_upstream_and_not_at_another() -> None:
    failure = Failure("", 429, was_sent=True, bytes_sent=0, retry_after_s=7.0)
    assert 7.0 <= wait_s(failure, tried=1, draw=0.9) <= 7.25
    assert wait_s(failure, tried=1, draw=0.9, is_elsewhere=True) == 0.0


def test_each_row_says_when_it_is_repeated() -> None:
    assert {rule.repeat for rule in (*ERRORS.values(), *STATUSES.values())} == set(Repeat)
