"""Signing in: the first admin by a one-time link, everybody by name and password."""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import delete, func, insert, select

from evenkeel.kernel.errors import ConflictError, ForbiddenError, InvalidInputError, UnauthorizedError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE
from evenkeel.org.access.keys import hash_secret
from evenkeel.org.access.model import Role, Session, User
from evenkeel.org.access.passwords import hash_password, matches
from evenkeel.org.access.records import read_user, sessions, setup_tokens, users
from evenkeel.store.records.engine import Records
from evenkeel.store.trail import trail

SESSION_US: Final = 14 * US_PER_DAY
SETUP_TOKEN_US: Final = US_PER_DAY
NAME_LENGTH_MAX: Final = 100
#: After this many failures within the period, a name waits.
FAILURES_MAX: Final = 5
FAILURES_US: Final = 15 * US_PER_MINUTE
#: Names whose failures are remembered: whoever tries names without end must not fill the memory.
FAILED_NAMES_MAX: Final = 10_000


class SignIn:
    """The use cases around users and sessions."""

    def __init__(self, records: Records, clock: Clock, ids: Ids) -> None:
        self._records = records
        self._clock = clock
        self._ids = ids
        self._failures: dict[str, list[int]] = {}  # by name, the one that failed last at the end
        # Compared with when a name is unknown, so that the answer takes as long.
        self._nobody = hash_password(secrets.token_urlsafe(24))

    def needs_setup(self) -> bool:
        """Whether nobody can sign in yet."""
        with self._records.transaction() as connection:
            return connection.execute(select(func.count()).select_from(users)).scalar_one() == 0

    def new_setup_token(self) -> str | None:
        """A fresh one-time token for the first admin, or None when there is one. Older tokens end."""
        if not self.needs_setup():
            return None
        token = secrets.token_urlsafe(24)
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            connection.execute(delete(setup_tokens))
            connection.execute(insert(setup_tokens).values(hash=hash_secret(token), created_at_us=now_us))
            trail.record(connection, trail.Change("evenkeel", "setup.offer", "setup"), now_us)
        return token

    def complete_setup(self, token: str, name: str, password: str) -> str:
        """Make the first admin; answers a session token."""
        now_us = self._clock.now_us()
        name = _checked_name(name)
        stored = hash_password(password)
        with self._records.transaction() as connection:
            if connection.execute(select(func.count()).select_from(users)).scalar_one():
                raise ConflictError("There is an admin already.", hint="Sign in.")
            query = select(setup_tokens.c.created_at_us).where(setup_tokens.c.hash == hash_secret(token))
            created = connection.execute(query).scalar()
            if created is None or now_us - created > SETUP_TOKEN_US:
                raise ForbiddenError(
                    "This link is not valid (any more).", hint="Restart evenkeel: it prints a fresh one."
                )
            connection.execute(delete(setup_tokens))
            user_id = self._ids.new_id()
            values = {"id": user_id, "name": name, "role": Role.ADMIN.value, "created_at_us": now_us}
            connection.execute(insert(users).values(**values, password=stored))
            change = trail.Change(user_id, "setup.complete", user_id, after={"role": Role.ADMIN.value})
            trail.record(connection, change, now_us)
        return self._new_session(user_id)

    def sign_in(self, name: str, password: str) -> str:
        """A session token. Raises UnauthorizedError, without telling which of the two was wrong."""
        now_us = self._clock.now_us()
        name = name.strip()[:NAME_LENGTH_MAX]  # as it was stored
        recent = [at for at in self._failures.get(name, ()) if now_us - at < FAILURES_US]
        if len(recent) >= FAILURES_MAX:
            raise UnauthorizedError("Too many failed attempts for this name.", hint="Wait a quarter of an hour.")
        with self._records.transaction() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).mappings().first()
        if not matches(password, row["password"] if row else self._nobody) or row is None:
            self._failures.pop(name, None)
            self._failures[name] = [*recent, now_us]
            if len(self._failures) > FAILED_NAMES_MAX:
                del self._failures[next(iter(self._failures))]
            raise UnauthorizedError("Name or password is wrong.", hint="Try again.")
        self._failures.pop(name, None)
        return self._new_session(row["id"])

    def session(self, token: str) -> Session | None:
        """The session of a token, or None."""
        query = (
            select(users, sessions.c.csrf, sessions.c.expires_at_us)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.hash == hash_secret(token))
        )
        with self._records.transaction() as connection:
            row = connection.execute(query).mappings().first()
        if row is None or row["expires_at_us"] <= self._clock.now_us():
            return None
        return Session(read_user(row), row["csrf"], row["expires_at_us"])

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._records.transaction() as connection:
            connection.execute(delete(sessions).where(sessions.c.hash == hash_secret(token)))

    def users(self) -> list[User]:
        """Everybody who can sign in."""
        with self._records.transaction() as connection:
            return [read_user(row) for row in connection.execute(select(users).order_by(users.c.name)).mappings()]

    def _new_session(self, user_id: str) -> str:
        token = secrets.token_urlsafe(32)
        now_us = self._clock.now_us()
        with self._records.transaction() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at_us < now_us))
            values = {"user_id": user_id, "csrf": secrets.token_urlsafe(24), "expires_at_us": now_us + SESSION_US}
            connection.execute(insert(sessions).values(hash=hash_secret(token), **values))
            trail.record(connection, trail.Change(user_id, "session.begin", user_id), now_us)
        return token


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= NAME_LENGTH_MAX:
        raise InvalidInputError(f"A name has 1 to {NAME_LENGTH_MAX} characters, not {len(name)}.")
    return name
