"""Troubles come in order, as often as they say, and where they are meant."""

from __future__ import annotations

from evenkeel.testing.upstreams.trouble import NO_TROUBLE, Trouble, Troubles


def test_a_trouble_comes_as_often_as_it_says() -> None:
    troubles = Troubles()
    first, second = Trouble(status=429, times=2), Trouble(status=500)
    troubles.set(first, second)
    assert [troubles.take("/x") for _ in range(4)] == [first, first, second, second]
    troubles.set()
    assert troubles.take("/x") is NO_TROUBLE


def test_a_trouble_of_another_path_waits() -> None:
    troubles = Troubles()
    troubles.set(Trouble(status=500, path="/models", times=1))
    assert troubles.take("/v1/chat/completions") is NO_TROUBLE
    assert troubles.take("/v1/models").status == 500
    assert troubles.waiting == []


def test_headers_are_those_given_and_the_wait() -> None:
    trouble = Trouble(headers={"x-a": "1"}, retry_after_s=0.5)
    assert trouble.all_headers == {"x-a": "1", "retry-after": "0.5"}
