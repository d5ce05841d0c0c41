"""Golden queries of a service, and what its retriever found for them in one run (SPEC Q-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.telemetry.port import ServiceKey

#: Queries of one set: a run of them is read, scored and compared in a moment.
QUERIES_MAX: Final = 5_000
#: Documents of one query, relevant or retrieved. Beyond them no measure looks.
DOCUMENTS_MAX: Final = 1_000
#: First places that a measure may look at.
PLACES_MAX: Final = 100
#: Of a document. Sums of far larger ones are no numbers.
GRADE_MAX: Final = 1_000_000
ID_MAX: Final = 200
NAME_MAX: Final = 60
TEXT_MAX: Final = 4_000


@dataclass(frozen=True, slots=True)
class GoldenQuery:
    """A query and its relevant documents, each with a grade above 0; `text` is empty where it is not known or kept."""

    id: str
    relevant: Mapping[str, float]
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetHead:
    """A version of a named set, told without its queries. `k` says how many places count, `every_s` how often a run is
    expected, `size` how many queries there are.
    """

    key: ServiceKey
    name: str
    version: int
    k: int
    every_s: int
    size: int
    made_at_us: int
    author: str

    @property
    def every_us(self) -> int:
        """How often a run is expected."""
        return self.every_s * US_PER_SECOND


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """A version of a named set with its queries."""

    head: SetHead
    queries: Mapping[str, GoldenQuery]


@dataclass(frozen=True, slots=True)
class Answered:
    """What was retrieved for a query, best first; `failed` says why nothing was, where the call failed."""

    id: str
    retrieved: tuple[str, ...] = ()
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """The lines of a run, by query, and ids that came more than once: of those the first line counts."""

    by_query: Mapping[str, Answered]
    repeated: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """What a run found: of each query of the set that is in it, the gains of the first `k` places.

    A query whose call failed found nothing, as its user would have: it counts, and is named.
    """

    gains: Mapping[str, tuple[float, ...]]
    missing: Sequence[str] = ()  # queries of the set that are not in the run
    unknown: Sequence[str] = ()  # ids of the run that are not in the set
    repeated: Sequence[str] = ()  # ids of the run that came more than once
    empty: Sequence[str] = ()  # queries for which nothing was retrieved
    failed: Mapping[str, str] = field(default_factory=dict[str, str])  # queries whose call failed, and why
    repeated_documents: Sequence[str] = ()  # queries with a document retrieved twice: only its first place counts

    @property
    def is_partial(self) -> bool:
        """Whether queries of the set are missing."""
        return bool(self.missing)

    @property
    def is_nothing(self) -> bool:
        """Whether it says nothing of the retriever: each call failed, or no query of the set is in it."""
        return len(self.failed) == len(self.gains)


@dataclass(frozen=True, slots=True)
class GoldenRun:
    """A run of a version of a set, as it is kept: gains by query, and no document's name."""

    id: str
    key: ServiceKey
    name: str
    version: int
    at_us: int
    release: str  # of the service or its retriever, as whoever sent the run calls it
    author: str
    scored: Scored
    digest: str  # of what was sent: the same run sent again is the same
    accepted_at_us: int | None = None
    accepted_by: str = ""
