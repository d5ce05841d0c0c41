"""What a monthly audit of a model is made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import Window
from evenkeel.kernel.verdict import RISK_ORDER, Status

#: Kinds of services that are audited (SPEC C).
AUDITED: Final = frozenset(("ml", "llm", "rag"))
#: Statuses that whoever signs has to name: nobody knows whether they hide something.
OPEN: Final = frozenset((Status.UNKNOWN, Status.PARTIAL, Status.STALE))
COMMENT_MAX: Final = 2_000


class State(StrEnum):
    """Where the audit of a month stands."""

    NOT_DUE = "not due"
    DUE = "due"
    DONE = "done"
    OVERDUE = "overdue"


class Conclusion(StrEnum):
    """What somebody who audits a model comes to."""

    ACCEPTED = "accepted"
    WITH_ACTIONS = "accepted with actions"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month.

    >>> Month.read("2026-09").after
    Month(year=2026, number=10)
    >>> str(Month(2026, 12).after)
    '2027-01'
    """

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> Month:
        """The month that `2026-09` names. Raises InvalidInputError."""
        year, _, number = text.partition("-")
        is_written = len(text) == 7 and text.isascii() and year.isdigit() and number.isdigit()
        if not is_written or not 1 <= int(number) <= 12 or not 1970 <= int(year) <= 9998:
            raise InvalidInputError(f"{text[:20]!r} is no month.", hint="Write year and month, e.g. 2026-09.")
        return cls(int(year), int(number))

    @property
    def after(self) -> Month:
        """The next one."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def before(self) -> Month:
        """The one before."""
        return Month(self.year, self.number - 1) if self.number > 1 else Month(self.year - 1, 12)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the audit of a month stands: why it is not due, or until when it is."""

    month: Month
    window: Window
    state: State
    says: str
    until_us: int  # the end of the time in which it is to be signed
    may_be_signed: bool = False  # the month is over, the model ran in it, and nobody signed


@dataclass(frozen=True, slots=True)
class Item:
    """One judged figure of the month; what is open says why, and what would settle it."""

    name: str  # of the objective; model_card
    title: str
    status: Status
    says: str
    value: float | None = None
    low: float | None = None  # the 95 % interval
    high: float | None = None
    unit: str = ""
    n: float = 0
    counts: str = ""  # what n counts
    target: str = ""
    evidence: str = ""  # where it comes from
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist with what it rests on; there is at least one item."""

    name: str
    title: str
    items: tuple[Item, ...]

    @property
    def worst(self) -> Item:
        """What the line is about."""
        return min(self.items, key=lambda item: RISK_ORDER.index(item.status))

    @property
    def status(self) -> Status:
        """The worst of its items: one that is unknown is never hidden by others that are ok."""
        return self.worst.status


@dataclass(frozen=True, slots=True)
class SignOff:
    """What somebody says who signs: of the document with this digest, naming each item that is open."""

    digest: str
    conclusion: Conclusion
    comment: str
    acknowledged: tuple[str, ...] = ()


def check_sign_off(given: SignOff, open_items: tuple[str, ...]) -> None:
    """Raises InvalidInputError without a comment, or where not exactly the open items are acknowledged."""
    if not given.comment.strip() or len(given.comment) > COMMENT_MAX:
        hint = "It is kept with the document and audited: what was looked at, and what follows."
        raise InvalidInputError(f"To sign an audit takes a comment of 1 to {COMMENT_MAX} characters.", hint=hint)
    missing = [name for name in open_items if name not in given.acknowledged]
    if missing:
        hint = "Name each of them to acknowledge that nobody knows, or settle them first."
        raise InvalidInputError(f"Not acknowledged, and open: {', '.join(missing)}.", hint=hint)
    other = [name[:40] for name in given.acknowledged if name not in open_items]
    if other:
        hint = f"Open are: {', '.join(open_items)}." if open_items else "Nothing is open."
        raise InvalidInputError(f"Acknowledged, and not open: {', '.join(other)}.", hint=hint)
