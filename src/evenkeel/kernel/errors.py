"""The one tree of errors.

An error is built from facts (keyword arguments that survive storage and transport) and speaks as
"fact. Hint.": the thing, the value seen, the value allowed, the next step. HTTP statuses and exit
codes are tables at the edges (`web`, `cli`). Missing data, a breached objective or a refused request
are results, not exceptions.
"""

from __future__ import annotations

from typing import ClassVar


class EvenkeelError(Exception):
    """A failure that names itself.

    `code` is stable and dotted; `message` states the fact; `hint` states the next step.

    >>> error = InvalidInputError("Port 99999 is not a port.", hint="Choose 1 to 65535.", port=99999)
    >>> str(error)
    'Port 99999 is not a port. Choose 1 to 65535.'
    >>> error.code, error.facts
    ('input.invalid', {'port': 99999})
    """

    code: ClassVar[str] = "evenkeel"

    def __init__(self, message: str, *, hint: str = "", **facts: object) -> None:
        self.message = message
        self.hint = hint
        self.facts = facts
        super().__init__(f"{message} {hint}".strip())


class InvalidInputError(EvenkeelError):
    """What was sent or typed cannot be used; the sender can mend it."""

    code = "input.invalid"


class NotFoundError(EvenkeelError):
    """The thing named does not exist here."""

    code = "input.not_found"


class UnauthorizedError(EvenkeelError):
    """No key or session, or one that is not valid (any more)."""

    code = "access.unauthorized"


class ForbiddenError(EvenkeelError):
    """The caller is known and may not do this."""

    code = "access.forbidden"


class ConflictError(EvenkeelError):
    """The thing is in a state that does not allow this."""

    code = "state.conflict"


class NotInstalledError(EvenkeelError):
    """What was asked for needs an extra that is not installed here."""

    code = "install.lacks_extra"


class StaleError(EvenkeelError):
    """What is known is too old to decide by; nothing was decided."""

    code = "state.stale"


class OverloadedError(EvenkeelError):
    """Nothing was taken because there is no room for it now; the same request may be sent again.

    `retry_after_s` is the wait, in whole seconds, that we expect to be enough.
    """

    code = "capacity.overloaded"

    def __init__(self, message: str, *, retry_after_s: int, hint: str = "", **facts: object) -> None:
        super().__init__(message, hint=hint, retry_after_s=retry_after_s, **facts)
        self.retry_after_s = retry_after_s


class StorageFullError(OverloadedError):
    """The disk has no room; nothing was acknowledged."""

    code = "capacity.storage_full"


class CorruptDataError(EvenkeelError):
    """Stored bytes are not what was written. Nothing is guessed; what is intact is kept."""

    code = "data.corrupt"


class UnstorableError(EvenkeelError):
    """The telemetry store refuses the values of a batch; nothing of it was stored."""

    code = "data.unstorable"


class UnreadableError(EvenkeelError):
    """The telemetry store does not answer: its file is damaged, gone or out of memory. Nothing is known meanwhile."""

    code = "data.unreadable"


class HomeBusyError(ConflictError):
    """Another evenkeel process owns this home."""

    code = "state.home_busy"
