from __future__ import annotations

import pytest

from evenkeel.act.notify.answers import (
    DETAIL_LENGTH_MAX,
    RETRY_AFTER_S_MAX,
    read_failure,
    read_object,
    retry_after_s,
    say,
    secret_parts,
)
from evenkeel.act.notify.model import Response


@pytest.mark.parametrize(
    ("status", "retry"),
    [
        (0, True),
        (301, False),
        (400, False),
        (404, False),
        (408, True),
        (425, True),
        (429, True),
        (500, True),
        (599, True),
    ],
)
def test_what_passes_is_tried_again(status: int, retry: bool) -> None:
    receipt = read_failure(Response(status, b"why"), ())
    assert receipt is not None
    assert (receipt.delivered, receipt.retry) == (False, retry)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_2xx_is_no_failure(status: int) -> None:
    assert read_failure(Response(status, b""), ()) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "9" * 30}, RETRY_AFTER_S_MAX),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        ({"retry-after": "Thu, 01 Jan 2026 00:01:30 GMT", "date": "Thu, 01 Jan 2026 00:00:00 GMT"}, 90.0),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:00 GMT", "date": "Thu, 01 Jan 2026 00:01:00 GMT"}, None),
        ({"retry-after": "0"}, None),  # asked for no patience, we keep our own: else two calls a second for a day
        ({"retry-after": "Thu, 01 Jan 2026 00:01:30 GMT"}, None),  # our clock is not theirs
        (
            {"retry-after": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "date": "Mon, 01 Jan 2026 00:00:00 GMT"},
            None,
        ),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_their_clock(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(Response(429, b"", headers)) == seconds


def test_only_who_asks_to_be_tried_again_says_when() -> None:
    receipt = read_failure(Response(400, b"", {"retry-after": "5"}), ())
    assert receipt is not None
    assert receipt.retry_after_s is None


def test_secrets_are_hidden_before_a_body_is_cut() -> None:
    secret = "0123456789abcdef" * 4
    body = b"x" * (DETAIL_LENGTH_MAX - 10) + secret.encode()
    assert secret[:8] not in say(body, (secret,))
    assert say(rb"at \/services\/T0\/B0", ("/services/T0/B0",)) == "at [secret]"
    assert say(b"\xff\x00 two\nlines ", ("",)) == "\ufffd two lines"


def test_of_an_address_all_behind_its_host_is_secret() -> None:
    url = "https://prod-1.logic.azure.com/workflows/0123456789abcdef/run?api-version=1&sig=ABCDEFGHIJKLMNOP"
    parts = secret_parts(url)
    assert {url, url.partition(".com")[2], "0123456789abcdef", "ABCDEFGHIJKLMNOP"} <= set(parts)
    assert "run" not in parts
    assert "user:word" in secret_parts("https://user:word@acme.org/")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_none(body: bytes) -> None:
    assert read_object(body) is None
    assert read_object(b'{"a": 1}') == {"a": 1}
