"""The server that owns a home, if one runs: commands ask it instead of opening the stores."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from evenkeel.app.home import Home
from evenkeel.app.running import is_running
from evenkeel.kernel.errors import (
    ConflictError,
    EvenkeelError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    NotInstalledError,
    UnauthorizedError,
)

_KINDS: Final[Mapping[int, type[EvenkeelError]]] = {
    400: InvalidInputError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    405: InvalidInputError,
    409: ConflictError,
    422: InvalidInputError,
    501: NotInstalledError,
}
TIMEOUT_S = 120.0  # a backup takes its time
#: A server that says not even that it lives within this time will not answer anything else.
ALIVE_S = 10.0


_REDIRECTIONS: Final = (301, 302, 303, 307, 308)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: the headers, and with them the token, would go to whomever it names."""

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> None:
        """None: the redirection is the answer."""

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


_OPENER: Final = urllib.request.build_opener(_Stay)


@dataclass(frozen=True, slots=True)
class Server:
    """A running control process."""

    url: str
    token: str
    pid: int

    @classmethod
    def find(cls, home: Home) -> Self | None:
        """The server of a home, or None when nobody owns it."""
        try:
            found: Mapping[str, Any] = json.loads(home.server.read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        if not is_running(found):
            return None
        return cls(str(found["url"]), str(found["token"]), int(found["pid"]))

    @classmethod
    def running(cls, home: Home) -> Self:
        """The server of a home. Raises EvenkeelError when nobody owns it."""
        found = cls.find(home)
        if found is None:
            raise EvenkeelError(f"No evenkeel runs on {home.root}.", hint="`evenkeel up` starts it.")
        return found

    @classmethod
    def at(cls, url: str, key: str, home: Home) -> Self:
        """The server at an address; without one that of a home. Raises EvenkeelError when nobody owns it."""
        return cls(url.rstrip("/"), key, 0) if url else cls.running(home)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the API answers. Raises the error it tells of, and EvenkeelError when it does not answer at all."""
        text = self._send(method, f"/api/v1{path}", None if body is None else json.dumps(body).encode())
        try:
            return json.loads(text) if text else None
        except ValueError:
            raise EvenkeelError(f"What answers at {self.url} is no evenkeel.", hint="Is its address right?") from None

    def fetch(self, path: str) -> bytes:
        """A file that the site has at `path`. Raises the error that is answered instead, as `ask` does."""
        return self._send("GET", path, None)

    def _send(self, method: str, path: str, body: bytes | None) -> bytes:
        if not self.url.startswith(("http://", "https://")):
            raise EvenkeelError(f"{self.url!r} is no address of a server.", hint="Write e.g. https://evenkeel:4180.")
        self._fetch(f"{self.url}/healthz", ALIVE_S)
        request = urllib.request.Request(  # noqa: S310 our own server
            f"{self.url}{path}",
            method=method,
            data=body,
            headers={"authorization": f"Bearer {self.token}", "content-type": "application/json"},
        )
        return self._fetch(request, TIMEOUT_S)

    def _fetch(self, request: urllib.request.Request | str, timeout_s: float) -> bytes:
        try:
            with _OPENER.open(request, timeout=timeout_s) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise _error_of(error) from None
        except (OSError, ValueError, http.client.HTTPException) as error:  # ValueError: no such address
            raise EvenkeelError(
                f"The server at {self.url} (process {self.pid}) does not answer: {getattr(error, 'reason', error)}.",
                hint="Is it starting, or stopped? Its log says more.",
            ) from None


def _error_of(error: urllib.error.HTTPError) -> EvenkeelError:
    if error.code in _REDIRECTIONS:
        where = error.headers.get("location") or "nowhere"
        hint = "Is that evenkeel's address? Then write it: where a token is sent, nobody else decides."
        return EvenkeelError(f"The server sends on to {where[:200]}, which is not followed.", hint=hint)
    try:
        told: Mapping[str, str] = json.loads(error.read())
        message, hint = told["message"], told.get("hint", "")
    except (ValueError, KeyError, TypeError):
        return EvenkeelError(f"The server answered {error.code}.")
    return _KINDS.get(error.code, EvenkeelError)(message, hint=hint)
