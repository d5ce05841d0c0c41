"""What goes over the wire: events as JSON, and what a door answers. Standard library only."""

from __future__ import annotations

import http.client
import json
import logging
import math
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any, Final, SupportsFloat

log = logging.getLogger("evenkeel")

ANSWER_BYTES_MAX: Final = 8 * 1024 * 1024
DEPTH_MAX: Final = 16


class RefusedError(Exception):
    """evenkeel will never take this; sending it again is of no use."""


class AwayError(Exception):
    """evenkeel cannot take this now."""

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


def as_json(event: Mapping[str, Any]) -> str:
    """An event as the door reads it. Raises TypeError, ValueError or RecursionError when that cannot be."""
    text = json.dumps(_plain(event, 0), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()  # a lone surrogate is no text anywhere else


def _plain(value: Any, depth: int) -> Any:
    """A value as JSON has it: of numpy's scalars their item, of NaN and infinity their name."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth >= DEPTH_MAX:
        return str(value)[:200]
    if isinstance(value, Mapping):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item, depth + 1) for item in value]  # pyright: ignore[reportUnknownVariableType]
    for method in ("tolist", "isoformat"):  # numpy's and pandas' values; dates and times
        if callable(found := getattr(value, method, None)):
            return _plain(found(), depth + 1)
    return _plain(float(value), depth) if isinstance(value, SupportsFloat) else str(value)


def post(url: str, key: str, events: Sequence[str], timeout_s: float) -> dict[str, Any]:
    """Send events, each a JSON object, and answer what the door says. Raises RefusedError or AwayError."""
    body = f"[{','.join(events)}]".encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 checked by the client
    request.add_unredirected_header("authorization", f"Bearer {key}")  # whoever redirects does not get it sent on
    try:
        status, found, text = _exchange(request, timeout_s)
        if status == 200 or (status == 400 and b'"rejected"' in text):
            return _answer_of(text)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise AwayError(str(error) or type(error).__name__) from None
    shown = text[:2_000].decode(errors="replace")
    if status in (400, 413):
        raise RefusedError(shown)
    if status in (401, 403):
        log.warning("evenkeel does not accept the key: %s", shown)
    retry_after = found.get("retry-after", "")
    raise AwayError(f"HTTP {status}", float(retry_after) if retry_after.isdigit() else 0.0)


def _exchange(request: urllib.request.Request, timeout_s: float) -> tuple[int, Mapping[str, str], bytes]:
    """(status, headers of a refusal, body) of whatever is answered. Raises OSError and HTTPException."""
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 checked by the client
            return answer.status, {}, answer.read(ANSWER_BYTES_MAX)
    except urllib.error.HTTPError as error:
        with error:
            names = {name.lower(): value for name, value in error.headers.items()}
            return error.code, names, error.read(ANSWER_BYTES_MAX)


def _answer_of(body: bytes) -> dict[str, Any]:
    """What a door said. Raises ValueError for what no door says: somebody else listens there."""
    answer = json.loads(body)
    if not isinstance(answer, dict):
        msg = f"not evenkeel answers there, but {body[:40]!r}"
        raise ValueError(msg)  # noqa: TRY004 like JSON that cannot be read
    return answer  # pyright: ignore[reportUnknownVariableType] JSON
