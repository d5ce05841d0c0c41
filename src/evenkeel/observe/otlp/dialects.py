"""The name table of `dialects.toml`, compiled for the hot path."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from evenkeel.kernel.embedding import EMBEDDING
from evenkeel.observe.events.attributes import JUDGES

#: What is read of a span, in the order in which `Attributes.values` holds it.
FIELDS: Final = (
    "operation", "span_kind", "role", "provider", "model", "tokens_in", "tokens_out", "tokens_cached",
    "tokens_cache_write", "tokens_reasoning", "response_id", "finish", "error", "status_code", "ttft_s", "caller",
    "session", "subject", "cost", "currency", "probability", "sample_rate",
)  # fmt: skip
(
    OPERATION, SPAN_KIND, ROLE, PROVIDER, MODEL, TOKENS_IN, TOKENS_OUT, TOKENS_CACHED,
    TOKENS_CACHE_WRITE, TOKENS_REASONING, RESPONSE_ID, FINISH, ERROR, STATUS_CODE, TTFT_S, CALLER,
    SESSION, SUBJECT, COST, CURRENCY, PROBABILITY, SAMPLE_RATE,
) = range(len(FIELDS))  # fmt: skip

#: A place is a field and, in its last bits, a rank within it: the lowest rank is the most trustworthy.
RANK_BITS: Final = 4
RANK_MASK: Final = (1 << RANK_BITS) - 1

#: Places of a key that is no field: what happens to its value.
REST: Final = -1
CONTENT: Final = -2
PERSONAL: Final = -3
JUDGED: Final = -4  # what only judges of ours say
#: It is a name that only embeddings make.
RESERVED: Final = -5
#: It is a vector, of which a few numbers are kept.
VECTOR: Final = -6

#: Vectors that a sender names itself.
OWN_VECTORS: Final = "evenkeel.embedding."

_RESERVED_PREFIX: Final = f"feature.{EMBEDDING}"

#: Keys whose place is remembered; beyond this they are classified anew, so that memory stays bounded.
_LEARNED_MAX: Final = 20_000
_LEARNED_LENGTH_MAX: Final = 256


@dataclass(frozen=True, slots=True)
class Dialect:
    """Whose words a scope speaks, and what can be relied on."""

    name: str
    rank: int = 10
    reports_cached: bool = True
    input_includes_cached: bool = True


@dataclass(frozen=True, slots=True)
class NameTable:
    """Attribute -> place; operations and scopes as the table names them."""

    places: dict[str, int]
    operations: dict[str, tuple[str, str]]
    scopes: tuple[tuple[str, Dialect], ...]
    content_prefixes: tuple[str, ...]
    personal_prefixes: tuple[str, ...]
    vector_begins: str  # of the names of vectors, as OpenInference numbers them
    vector_ends: str

    def learn(self, key: str) -> int:
        """Where a key that is no field belongs: one of the places above that are below 0; it is remembered."""
        place = REST
        if key.startswith(OWN_VECTORS) or (key.startswith(self.vector_begins) and key.endswith(self.vector_ends)):
            place = VECTOR
        elif key.startswith(self.content_prefixes):
            place = CONTENT
        elif key.startswith(self.personal_prefixes):
            place = PERSONAL
        elif key.startswith(JUDGES):
            place = JUDGED
        elif key.startswith(_RESERVED_PREFIX):
            place = RESERVED
        if len(self.places) < _LEARNED_MAX and len(key) <= _LEARNED_LENGTH_MAX:
            self.places[key] = place
        return place

    def dialect_of(self, scope: str) -> Dialect:
        """The dialect of an instrumentation scope.

        >>> load_names().dialect_of("openinference.instrumentation.openai").name
        'openinference'
        """
        return next(dialect for begins, dialect in self.scopes if scope.startswith(begins))


@cache
def load_names() -> NameTable:
    """The table, read once."""
    text = files("evenkeel.observe.otlp").joinpath("dialects.toml").read_text(encoding="utf-8")
    raw: dict[str, Any] = tomllib.loads(text)
    places = {
        attribute: FIELDS.index(name) << RANK_BITS | rank
        for name, attributes in raw["fields"].items()
        for rank, attribute in enumerate(attributes)
    }
    places.update(dict.fromkeys(raw["content"]["names"], CONTENT))
    places.update(dict.fromkeys(raw["personal"]["names"], PERSONAL))
    places.update(dict.fromkeys(raw["vectors"]["names"], VECTOR))
    return NameTable(
        places=places,
        operations={name: (role, operation) for name, (role, operation) in raw["operations"].items()},
        scopes=tuple((row["begins"], _dialect(row)) for row in raw["scope"]),
        content_prefixes=tuple(raw["content"]["prefixes"]),
        personal_prefixes=tuple(raw["personal"]["prefixes"]),
        vector_begins=raw["vectors"]["begins"],
        vector_ends=raw["vectors"]["ends"],
    )


def _dialect(row: dict[str, Any]) -> Dialect:
    return Dialect(
        name=row["dialect"],
        rank=row.get("rank", 10),
        reports_cached=row.get("reports_cached", True),
        input_includes_cached=row.get("input_includes_cached", True),
    )
