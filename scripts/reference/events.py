"""events.md, outcomes.md and dialects.md: the tables that events are read and judged by."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from evenkeel.kernel.event import COLUMNS, SCHEMA_ID, UPGRADES, Kind, Outcome, Role, SourceRank
from evenkeel.observe.events.outcomes import Rule, load_outcomes
from evenkeel.observe.otlp.dialects import (
    CONTENT,
    FIELDS,
    OWN_VECTORS,
    PERSONAL,
    RANK_BITS,
    RANK_MASK,
    VECTOR,
    NameTable,
    load_names,
)
from evenkeel.observe.otlp.vectors import NUMBERED
from reference.markdown import code, codes, page, table

_TYPES = {
    "uuid": "UUID",
    "utf8": "text",
    "f64": "64-bit float",
    "i64": "64-bit integer",
    "u64": "64-bit unsigned integer",
    "i32": "32-bit integer",
    "bool": "true or false",
    "ts_us": "microseconds since 1970, UTC",
}


def events_page() -> str:
    """Columns of an event."""
    rows = [
        (code(column.name), _TYPES[column.type], "always" if column.required else "", column.meaning)
        for column in COLUMNS
    ]
    ranks = [(name.lower(), value) for name, value in vars(SourceRank).items() if name.isupper()]
    return page(
        "Events",
        "The columns of an event as journal and store hold it; [Event](../concepts/event.md) says what they mean"
        " together. How spans become events is in [dialects](dialects.md), how plain JSON does in"
        " [Send events](../how-to/send-events.md).",
        f"Schema {SCHEMA_ID}. Journals written with schema {', '.join(map(str, UPGRADES))} can be read.",
        table(("column", "type", "present", "meaning"), rows),
        "## Words",
        table(
            ("column", "values"), [("`kind`", _words(Kind)), ("`role`", _words(Role)), ("`outcome`", _words(Outcome))]
        ),
        "## Who is believed",
        "When several report the same call, the lowest `source_rank` counts; the others are kept and shown.",
        table(("source", "rank"), ranks),
    )


def outcomes_page() -> str:
    """How an ending reads."""
    rows = [
        (number, _condition(rule), codes(rule.roles) or "any", rule.outcome, code(rule.reason), rule.why)
        for number, rule in enumerate(load_outcomes(), 1)
    ]
    return page(
        "Outcomes",
        "What an ending means for the people served. The first row that fits decides. `bad` counts against the error"
        " rate; `excluded` counts for nothing. [Event](../concepts/event.md) says what is counted.",
        table(("", "when", "role", "outcome", "reason", "why"), rows),
        "What its source marks as an error is never `good`: a row that says so is passed over. Where no row fits, an"
        " error is `bad`, with the error's name as reason, and the rest is `good`."
        " Events that are no requests (heartbeats, outcomes, feedback) have the outcome `none`, and so do imported rows"
        " that say nothing of success.",
    )


def _condition(rule: Rule) -> str:
    if rule.status is not None:
        first, last = rule.status
        return f"status {first}" if first == last else f"status {first} to {last}"
    if rule.error:
        return f"error contains {codes(rule.error)}"
    return f"finish reason {codes(rule.finish)}"


def dialects_page() -> str:
    """How spans are read."""
    names = load_names()
    scopes = [
        (
            code(begins) or "anything else",
            dialect.name,
            dialect.rank,
            "yes" if dialect.reports_cached else "**no**: the cost is an upper bound",
            "yes" if dialect.input_includes_cached else "no",
        )
        for begins, dialect in names.scopes
    ]
    fields = [(code(field), codes(attributes)) for field, attributes in _fields(names)]
    operations = [(code(name), code(role), code(operation)) for name, (role, operation) in names.operations.items()]
    return page(
        "Dialects",
        "One table reads every naming convention of AI spans, also mixed ones."
        " [Send OTLP](../how-to/send-otlp.md) says what makes a good trace.",
        "## Whose words they are",
        "By the beginning of the instrumentation scope's name; the first row that fits. Rank: who is believed when"
        " several report one call, the lowest first (0 gateway, 10 client library, 20 framework).",
        table(
            ("scope begins with", "dialect", "rank", "carries cached tokens", "input tokens include cached ones"),
            scopes,
        ),
        "## Attributes of each field",
        "The most trustworthy first.",
        table(("field", "attributes"), fields),
        "## Operations",
        "What an operation or span kind is to its request. What is not listed is no AI work.",
        table(("operation", "role", "stored as"), operations),
        "## Content",
        "Dropped at the door unless the service's `content` switch is on.",
        table(("attribute", ""), _places(names, CONTENT, names.content_prefixes)),
        "## Vectors",
        "Always dropped, after [a few numbers](../concepts/drift.md#embeddings-of-a-running-service) were made of them:"
        " of each vector that a sender names itself, up to eight in a span, and of one of each trace of those that an"
        f" instrumentation numbers, under the name {code(NUMBERED)}.",
        table(
            ("attribute", ""),
            [
                (code(f"{OWN_VECTORS}NAME"), "a list of numbers; the name is yours"),
                (code(f"{names.vector_begins}N{names.vector_ends}"), "numbered from 0, as OpenInference does"),
                *_places(names, VECTOR, ()),
            ],
        ),
        "## Personal",
        "Always dropped: tells who it was, and is not needed as a number.",
        table(("attribute", ""), _places(names, PERSONAL, names.personal_prefixes)),
    )


def _fields(names: NameTable) -> Iterator[tuple[str, list[str]]]:
    for number, field in enumerate(FIELDS):
        found = sorted(
            (place & RANK_MASK, attribute)
            for attribute, place in names.places.items()
            if place >= 0 and place >> RANK_BITS == number
        )
        yield field, [attribute for _, attribute in found]


def _places(names: NameTable, place: int, prefixes: tuple[str, ...]) -> list[tuple[str, str]]:
    exact = sorted(attribute for attribute, found in names.places.items() if found == place)
    return [*((code(name), "") for name in exact), *((code(f"{prefix}*"), "all that begin so") for prefix in prefixes)]


def _words(words: type[StrEnum]) -> str:
    return codes(word.value for word in words)
