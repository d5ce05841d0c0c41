"""Asking a retriever golden queries over HTTP: `POST {"query": …}` answers `{"ids": […]}`. No failure is skipped."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, cast

from evenkeel.judge.golden.model import ID_MAX, PLACES_MAX
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.store.system import SystemClock

#: A list of names of documents is far smaller.
_ANSWER_BYTES_MAX: Final = 5_000_000
_PIECE_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a retriever answers, how long a call may take as a whole, and how many are made at once."""

    url: str
    timeout_s: float = 10.0
    at_once: int = 4
    token: str = ""  # sent as Bearer

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise InvalidInputError(
                f"{self.url[:60]!r} is no address.", hint="Write e.g. http://localhost:8000/search."
            )


def ask_all(endpoint: Endpoint, queries: Mapping[str, str]) -> str:
    """A run as JSON lines: what was retrieved for each query (id: text), or why its call failed."""

    def ask(text: str) -> dict[str, Any]:
        return _ask(endpoint, text)

    with ThreadPoolExecutor(endpoint.at_once) as pool:
        found = pool.map(ask, queries.values())
        return "\n".join(json.dumps({"id": name, **said}) for name, said in zip(queries, found, strict=True))


def _ask(endpoint: Endpoint, text: str) -> dict[str, Any]:
    headers = {"content-type": "application/json", "accept": "application/json"}
    body = json.dumps({"query": text}).encode()
    request = urllib.request.Request(endpoint.url, data=body, headers=headers, method="POST")  # noqa: S310 checked
    if endpoint.token:  # for this address, and not for whomever it sends the request on to
        request.add_unredirected_header("authorization", f"Bearer {endpoint.token}")
    try:
        return _read(_fetch(request, endpoint.timeout_s))
    except urllib.error.HTTPError as error:
        return {"failed": f"http {error.code}"}
    except TimeoutError:
        return {"failed": "timeout"}
    except urllib.error.URLError as error:
        return {"failed": "timeout" if isinstance(error.reason, TimeoutError) else "unreachable"}
    except (OSError, ValueError, http.client.HTTPException):
        return {"failed": "unreachable"}


def _fetch(request: urllib.request.Request, timeout_s: float) -> bytes:
    """The body. A server that sends a byte now and then is over time, too."""
    clock = SystemClock()
    ends_s = clock.monotonic_s() + timeout_s
    data = b""
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 checked
        while len(data) <= _ANSWER_BYTES_MAX:
            piece = answer.read1(_PIECE_BYTES)
            if not piece:
                break
            data += piece
            if clock.monotonic_s() > ends_s:
                raise TimeoutError
    return data


def _read(data: bytes) -> dict[str, Any]:
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError):
        return {"failed": "no JSON"}
    found: object = cast("dict[str, Any]", document).get("ids") if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, str) and each for each in cast("list[object]", found)):
        return {"failed": "no ids"}
    names = cast("list[str]", found)
    if any(len(each) > ID_MAX for each in names):
        return {"failed": f"an id of more than {ID_MAX} characters"}
    return {"retrieved": names[:PLACES_MAX]}  # no measure looks beyond them
