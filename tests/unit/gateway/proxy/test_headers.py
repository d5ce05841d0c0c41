"""Headers: what goes on, what stays."""

from __future__ import annotations

import pytest

from evenkeel.gateway.proxy.headers import credentials, to_caller, to_upstream
from evenkeel.gateway.routes.model import Dialect


@pytest.mark.parametrize(
    "name",
    [
        b"authorization", b"x-api-key", b"x-evenkeel-key", b"cookie", b"host", b"connection", b"transfer-encoding",
        b"te", b"upgrade", b"content-length", b"x-forwarded-for", b"x-evenkeel-user", b"expect",
    ],
)  # fmt: skip
def test_neither_the_callers_secret_nor_what_is_for_one_hop_goes_on(name: bytes) -> None:
    assert to_upstream([(name, b"secret")], {name: b"secret"}) == []


def test_what_connection_names_is_for_one_hop_too() -> None:
    given = [(b"connection", b"close, X-Hop"), (b"x-hop", b"1"), (b"openai-beta", b"assistants")]
    assert to_upstream(given, dict(given)) == [(b"openai-beta", b"assistants")]
    answered = [(b"connection", b"X-Hop"), (b"x-hop", b"1"), (b"x-request-id", b"r")]
    assert to_caller(answered, dict(answered)) == [(b"x-request-id", b"r")]


def test_other_headers_go_on_as_they_are_even_twice() -> None:
    given = [(b"anthropic-beta", b"a"), (b"anthropic-beta", b"b"), (b"user-agent", b"caf\xe9")]
    assert to_upstream(given, dict(given)) == given


def test_cookies_and_framing_of_the_upstream_stay_here() -> None:
    given = [(b"set-cookie", b"a=1"), (b"content-length", b"5"), (b"content-type", b"application/json")]
    assert to_caller(given, dict(given)) == [(b"content-type", b"application/json")]


def test_each_dialect_has_its_way_to_send_a_secret() -> None:
    assert credentials(Dialect.ANTHROPIC, "s") == (b"x-api-key", b"s")
    assert credentials(Dialect.OPENAI, "s") == (b"authorization", b"Bearer s")
