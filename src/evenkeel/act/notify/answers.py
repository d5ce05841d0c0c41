"""What HTTP answers mean: delivered, worth another attempt, or refused for good; and details without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast

from evenkeel.act.notify.cutting import cut, one_line
from evenkeel.act.notify.model import Receipt, Response

DETAIL_LENGTH_MAX: Final = 300
#: Longer than any receiver asks for; a mistake in a clock must not silence us for a day.
RETRY_AFTER_S_MAX: Final = 3_600.0
#: A shorter path is no secret, and hiding it would only garble what is told.
PATH_LENGTH_MIN: Final = 8
SECRET_LENGTH_MIN: Final = 12
_WORTH_RETRYING: Final = frozenset((408, 425, 429))
_HIDDEN: Final = "[secret]"

NOTHING_TO_SAY: Final = Receipt(delivered=True, retry=False, detail="There is nothing to say to this receiver.")


def read_failure(response: Response, secrets: Sequence[str]) -> Receipt | None:
    """Why it was not accepted; None where the status is 2xx.

    Retried are what did not reach it, 408, 425, 429 and 5xx; anything else would be refused again.
    """
    said = say(response.body, secrets)
    if response.status == 0:
        return Receipt(delivered=False, retry=True, detail=f"Not reached: {said or 'no reason given'}")
    if 200 <= response.status < 300:
        return None
    if 300 <= response.status < 400:
        detail = f"Answered {response.status}, a redirection; redirections are not followed. Correct its address."
        return Receipt(delivered=False, retry=False, detail=detail)
    retry = response.status >= 500 or response.status in _WORTH_RETRYING
    detail = f"Answered {response.status}: {said}" if said else f"Answered {response.status}."
    return Receipt(
        delivered=False, retry=retry, detail=detail, retry_after_s=retry_after_s(response) if retry else None
    )


def unexpected(response: Response, receiver: str, secrets: Sequence[str]) -> Receipt:
    """The receipt where something answered 2xx that cannot be `receiver`: a proxy, a page to sign in."""
    detail = f"Answered {response.status}, but not as {receiver} does: {say(response.body, secrets)}"
    return Receipt(delivered=False, retry=True, detail=detail)


def retry_after_s(response: Response) -> float | None:
    """Seconds to wait as the receiver asks, at least 1; None where it does not say.

    >>> retry_after_s(Response(429, b"", {"retry-after": "30"}))
    30.0
    """
    asked = response.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return _patience(float(asked))
    try:  # a date, measured by the receiver's own clock
        until = parsedate_to_datetime(asked)
        now = parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, OverflowError):  # no date, or one of the year 99999999999
        return None
    wait_s = (until.replace(tzinfo=until.tzinfo or UTC) - now.replace(tzinfo=now.tzinfo or UTC)).total_seconds()
    return _patience(wait_s)


def _patience(asked_s: float) -> float | None:
    """What is waited; to be asked for less than a second is no reason to give up waits that grow."""
    return min(asked_s, RETRY_AFTER_S_MAX) if asked_s >= 1.0 else None


def say(body: bytes, secrets: Sequence[str]) -> str:
    """An answer's body for people: one line, short, without our secrets."""
    text = body.decode("utf-8", "replace")
    for secret in sorted({secret for secret in secrets if secret}, key=len, reverse=True):
        for written in (secret, secret.replace("/", "\\/")):
            text = text.replace(written, _HIDDEN)
    return cut(one_line(text), DETAIL_LENGTH_MAX)


def read_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a body, None where there is none."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", document) if isinstance(document, dict) else None


def secret_parts(url: str) -> tuple[str, ...]:
    """What must not be told of an address that is itself a secret: all of it, who signs in, all behind its host, and
    the long parts of that.

    >>> secret_parts("https://hooks.slack.com/services/T0/B0/x123456789ab")
    ('https://hooks.slack.com/services/T0/B0/x123456789ab', '/services/T0/B0/x123456789ab', 'x123456789ab')
    """
    _, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    signs_in, at, _ = authority.rpartition("@")
    path = slash + path.rstrip("/")
    parts = [part for part in re.split(r"[/?&=]", path) if len(part) >= SECRET_LENGTH_MIN]
    return url, *([signs_in] if at else []), *([path] if len(path) >= PATH_LENGTH_MIN else []), *parts
