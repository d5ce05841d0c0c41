"""One call, and what is known of it afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.gateway.proxy.attempt import status_failure
from evenkeel.testing.upstreams import Trouble, openai_upstream


class Head:
    """The head of an answer."""

    def __init__(self, status: int, retry_after_s: float | None = None) -> None:
        self.status = status
        self.retry_after_s = retry_after_s


@pytest.mark.parametrize("status", [200, 201, 304, 400, 404, 409, 422])
def test_these_are_the_upstreams_answer(status: int) -> None:
    head: Any = Head(status)
    assert status_failure(head) is None


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, "credentials"), (402, "credentials"), (408, "status"), (429, "status"), (500, "status"), (529, "status")],
)
def test_these_are_its_failures(status: int, error: str) -> None:
    head: Any = Head(status, 3.0)
    failure = status_failure(head)
    assert failure is not None
    assert (failure.error, failure.status, failure.retry_after_s, failure.was_sent) == (error, status, 3.0, True)


def test_an_attempt_says_where_it_was_made_what_it_used_and_how_we_know(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url, model="gpt-4o"))
        gateway.ask()
        (attempt,) = gateway.ledger.rows("attempt")
        assert double.tally.requests[0].document["model"] == "gpt-4o"
        assert double.tally.tokens_out["gpt-4o"] == attempt["tokens_out"]
    assert (attempt["model"], attempt["provider"], attempt["cost_basis"]) == ("gpt-4o", "openai", "exact")
    assert '"evenkeel.upstream":"u"' in attempt["attributes"]


@pytest.mark.parametrize("usage", ["missing", "null", "zero", "with_choices"])
@pytest.mark.parametrize("is_stream", [False, True])
def test_usage_never_reads_0(gateway: Any, usage: Any, is_stream: bool) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        double.trouble = Trouble(usage=usage)
        assert gateway.ask(document={**gateway.chat, "stream": is_stream})[0] == 200
        (attempt,) = gateway.ledger.rows("attempt")
        given = sum(double.tally.tokens_out.values())
    assert attempt["tokens_out"] >= given > 0
    assert attempt["cost_nano"] > 0
    assert attempt["cost_basis"] == ("exact" if usage == "with_choices" else "upper_bound")
