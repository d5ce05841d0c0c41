"""The outcome table: what is good, bad or excluded (DESIGN §2), row by row."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.kernel.event import Outcome
from evenkeel.observe.events.outcomes import Ending, Rule, judge_ending, load_outcomes

GOOD, BAD, EXCLUDED = "good", "bad", "excluded"


@pytest.mark.parametrize(
    ("ending", "outcome", "reason"),
    [
        # a caller's own mistake says nothing about the service
        (Ending("entry", status_code=400), EXCLUDED, "http_400"),
        (Ending("entry", status_code=404), EXCLUDED, "http_404"),
        (Ending("request", status_code=422, failed=True), EXCLUDED, "http_422"),
        # our own limit is the caller's doing; the provider's is ours
        (Ending("entry", status_code=429), EXCLUDED, "rate_limited"),
        (Ending("request", status_code=429), EXCLUDED, "rate_limited"),
        (Ending("attempt", status_code=429, failed=True), BAD, "rate_limited"),
        (Ending("retrieval", status_code=429), BAD, "rate_limited"),
        (Ending("tool", status_code=429), BAD, "rate_limited"),
        # so is a key of ours that the provider refuses
        (Ending("attempt", status_code=401), BAD, "refused_credentials"),
        (Ending("attempt", status_code=403), BAD, "refused_credentials"),
        (Ending("entry", status_code=401), EXCLUDED, "http_401"),
        (Ending("entry", status_code=403), EXCLUDED, "http_403"),
        # the caller went away
        (Ending("entry", status_code=499), EXCLUDED, "client_cancelled"),
        (Ending("attempt", failed=True, error="asyncio.CancelledError"), EXCLUDED, "client_cancelled"),
        (Ending("attempt", failed=True, error="GeneratorExit"), EXCLUDED, "client_cancelled"),
        (Ending("entry", failed=True, error="starlette.ClientDisconnect"), EXCLUDED, "client_cancelled"),
        # refused or stopped on purpose
        (Ending("request", failed=True, error="GuardrailTripped"), EXCLUDED, "guard_block"),
        (Ending("request", failed=True, error="guard_block"), EXCLUDED, "guard_block"),
        (Ending("request", failed=True, error="kill_switch"), EXCLUDED, "kill_switch"),
        (Ending("attempt", failed=True, error="ContentFilterFinishReasonError"), EXCLUDED, "content_filter"),
        (Ending("attempt", finish="content_filter"), EXCLUDED, "content_filter"),
        (Ending("attempt", finish="SAFETY"), EXCLUDED, "content_filter"),
        # failures
        (Ending("attempt", status_code=500), BAD, "http_500"),
        (Ending("entry", status_code=599), BAD, "http_599"),
        (Ending("entry", status_code=408), BAD, "timeout"),
        (Ending("attempt", failed=True, error="APITimeoutError"), BAD, "timeout"),
        (Ending("attempt", failed=True, error="RateLimitError"), BAD, "rate_limited"),
        (Ending("attempt", failed=True, error="APIConnectionError"), BAD, "connection"),
        (Ending("attempt", failed=True, error="openai.BadRequestError"), EXCLUDED, "bad_request"),
        (Ending("attempt", finish="error"), BAD, "finish_error"),
        (Ending("attempt", failed=True, error="ValueError"), BAD, "ValueError"),
        (Ending("attempt", failed=True), BAD, "error"),
        # cut at the length that was asked for is an answer
        (Ending("attempt", finish="length"), GOOD, "length"),
        (Ending("attempt", finish="max_tokens"), GOOD, "length"),
        (Ending("attempt", finish="stop"), GOOD, None),
        (Ending("entry", status_code=200), GOOD, None),
        (Ending("entry", status_code=302), GOOD, None),
        (Ending("attempt"), GOOD, None),
    ],
)
def test_every_ending_is_what_the_table_says(ending: Ending, outcome: str, reason: str | None) -> None:
    assert judge_ending(ending) == (outcome, reason)


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        # The source marks a failure although the answer was cut at its length: the failure is what counts.
        (Ending("attempt", failed=True, finish="length", error="ValueError"), (BAD, "ValueError")),
        (Ending("attempt", failed=True, finish="stop"), (BAD, "error")),
        (Ending("attempt", failed=True, finish="length"), (BAD, "error")),
    ],
)
def test_a_marked_failure_is_never_good(ending: Ending, expected: tuple[str, str]) -> None:
    assert judge_ending(ending) == expected


def test_every_row_of_the_table_decides_something() -> None:
    """A row that no ending reaches, because an earlier one always speaks first, is a mistake in the table."""
    for rule in load_outcomes():
        candidates = [
            Ending(
                rule.roles[0] if rule.roles else role,
                failed=not rule.finish,
                status_code=status,
                error=error,
                finish=finish,
            )
            for role in ("entry", "attempt")
            for status in (rule.status or (None,))
            for error in (rule.error or (None,))
            for finish in (rule.finish or (None,))
        ]
        outcome = {judge_ending(each)[0] for each in candidates if first_that_fits(each) is rule}
        assert outcome == {rule.outcome}, rule


def first_that_fits(ending: Ending) -> Rule | None:
    return next((rule for rule in load_outcomes() if rule.fits(ending)), None)


def test_every_row_says_why_and_names_a_reason_that_can_be_counted() -> None:
    for rule in load_outcomes():
        assert rule.why
        assert re.fullmatch(r"[a-z_]+(\{status\})?", rule.reason)
        assert sum(map(bool, (rule.status, rule.error, rule.finish))) == 1


endings = st.builds(
    Ending,
    role=st.sampled_from(("request", "entry", "attempt", "retrieval", "tool")),
    failed=st.booleans(),
    status_code=st.none() | st.integers(0, 999),
    error=st.none() | st.text(max_size=300),
    finish=st.none() | st.text(max_size=30),
)


@given(endings)
def test_the_table_is_total_and_its_reasons_are_short(ending: Ending) -> None:
    outcome, reason = judge_ending(ending)
    assert outcome in {Outcome.GOOD.value, Outcome.BAD.value, Outcome.EXCLUDED.value}
    assert reason is None or len(reason) <= 80
    assert outcome == "good" or reason
    if ending.failed:
        assert outcome != "good"


@given(endings, st.integers(500, 599))
def test_a_server_error_is_bad_whatever_else_is_said(ending: Ending, status: int) -> None:
    from dataclasses import replace

    assert judge_ending(replace(ending, status_code=status))[0] == "bad"
