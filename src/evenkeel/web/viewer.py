"""Who is asking: a signed-in browser, a key, or the command line of this machine."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

from evenkeel.kernel.errors import ForbiddenError, UnauthorizedError
from evenkeel.org.access.keys import Keys
from evenkeel.org.access.model import MANAGE_KEYS, Role, Scope, Session
from evenkeel.org.access.signin import SignIn

COOKIE = "evenkeel_session"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who may look; `session` only for browsers."""

    name: str
    role: Role
    session: Session | None = None

    def require(self, roles: frozenset[Role]) -> None:
        """Raises ForbiddenError unless the viewer has one of `roles`."""
        if self.role not in roles:
            raise ForbiddenError(f"This needs the role {' or '.join(sorted(roles))}; yours is {self.role}.")

    @property
    def may_manage_keys(self) -> bool:
        """Whether keys may be made and revoked."""
        return self.role in MANAGE_KEYS


def identify(request: Request, sign_in: SignIn, keys: Keys, own_token: str) -> Viewer | None:
    """The viewer of a request, or None."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        if hmac.compare_digest(token.encode(), own_token.encode()):
            return Viewer("command line", Role.ADMIN)
        key = keys.find(token)
        if key is None or key.scope not in (Scope.READ, Scope.ADMIN):
            return None
        return Viewer(f"key {key.id}", Role.ADMIN if key.scope is Scope.ADMIN else Role.VIEWER)
    cookie = request.cookies.get(COOKIE)
    session = sign_in.session(cookie) if cookie else None
    return Viewer(session.user.name, session.user.role, session) if session else None


def check_origin(request: Request) -> None:
    """A form of ours is only taken from pages of ours. Raises ForbiddenError."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForbiddenError("This form was sent from another site.", hint="Open evenkeel itself and try again.")


def check_csrf(viewer: Viewer, given: str) -> None:
    """The form carries the token of its session. Raises UnauthorizedError."""
    session = viewer.session
    if session is None or not hmac.compare_digest(session.csrf.encode(), given.encode()):
        raise UnauthorizedError("The form is too old.", hint="Open the page again and repeat.")
