"""Event: one thing that happened. Flat and typed; unknown attributes are kept.

This is the shape in which an event crosses every border of the house: the doors write it, the journal
carries it, the fold stores it. `SCHEMA_ID` names this version; `UPGRADES` holds the columns that a
reader of an earlier version must add, so that a journal written by the previous release is readable.

SLIs count logical requests, cost counts attempts (DESIGN §2). `request_id` names the group of events
(one trace of one service) within which the fold decides which rows count; `solo` promises that a group
holds one event only, so that nothing has to be looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SCHEMA_ID: Final = 1


class Kind(StrEnum):
    """What happened."""

    INFERENCE = "inference"
    PREDICTION = "prediction"
    OUTCOME = "outcome"
    FEEDBACK = "feedback"
    REVIEW = "review"
    VALUE = "value"
    HEARTBEAT = "heartbeat"
    PROBE = "probe"
    COST = "cost"


class Role(StrEnum):
    """The part an event plays in its logical request."""

    REQUEST = "request"  # the application's own unit: an agent run, a chain, a gateway request
    ENTRY = "entry"  # a server span; it is the logical request where AI work happens beneath it
    ATTEMPT = "attempt"  # one call of a model: what is paid for
    RETRIEVAL = "retrieval"
    TOOL = "tool"
    NONE = "none"  # no request at all: heartbeats, outcomes, feedback


class Outcome(StrEnum):
    """What the outcome table says of an event."""

    GOOD = "good"
    BAD = "bad"
    EXCLUDED = "excluded"
    NONE = "none"


class SourceRank:
    """Who is believed when several report the same call: the lowest rank (DESIGN §2)."""

    GATEWAY: Final = 0
    CLIENT: Final = 10
    FRAMEWORK: Final = 20


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, Arrow type, and whether every event has it."""

    name: str
    type: str  # uuid | utf8 | f64 | i64 | u64 | i32 | bool | ts_us
    required: bool
    meaning: str


COLUMNS: Final[tuple[Column, ...]] = (
    Column("event_id", "uuid", True, "identity; the same event sent again has the same"),
    Column("kind", "utf8", True, "what happened, see Kind"),
    Column("at", "ts_us", True, "event time: the end of the operation, UTC"),
    Column("arrived_at", "ts_us", True, "when the door acknowledged it, UTC"),
    Column("environment", "utf8", True, "production, staging, …"),
    Column("service", "utf8", True, "the AI service"),
    Column("version", "utf8", True, "its version; empty when not said"),
    Column("model", "utf8", False, "the model that answered"),
    Column("provider", "utf8", False, "openai, anthropic, …"),
    Column("operation", "utf8", False, "chat, embeddings, retrieval, predict, POST /chat …"),
    Column("request_id", "uuid", True, "the group of events of one trace in one service"),
    Column("solo", "bool", True, "no other event can belong to this request_id"),
    Column("span_id", "u64", False, "identity within the trace"),
    Column("parent_id", "u64", False, "the span that caused it"),
    Column("response_id", "utf8", False, "the provider's name of the answer; equal means the same call"),
    Column("role", "utf8", True, "see Role"),
    Column("source", "utf8", True, "gateway | otlp | api | sdk | import | probe"),
    Column("dialect", "utf8", False, "the naming convention it was read with"),
    Column("source_rank", "i32", True, "precedence among reports of one call, see SourceRank"),
    Column("weight", "f64", True, "how many events this one stands for (1/sampling probability)"),
    Column("sampled_unknown", "bool", True, "sampling is unknown or biased: what is computed is partial"),
    Column("outcome", "utf8", True, "see Outcome"),
    Column("reason", "utf8", False, "why: http_500, timeout, content_filter, …"),
    Column("status_code", "i32", False, "HTTP status, where there was one"),
    Column("latency_s", "f64", False, "duration of the operation, seconds"),
    Column("ttft_s", "f64", False, "time to the first token, seconds"),
    Column("tokens_in", "i64", False, "input tokens, cached ones included"),
    Column("tokens_cached", "i64", False, "input tokens read from the provider's cache"),
    Column("tokens_cache_write", "i64", False, "input tokens written to the provider's cache"),
    Column("tokens_out", "i64", False, "output tokens, reasoning included"),
    Column("tokens_reasoning", "i64", False, "output tokens spent on reasoning"),
    Column("cost_nano", "i64", False, "cost in nano-units of `currency`; absent when unpriced"),
    Column("currency", "utf8", False, "ISO 4217"),
    Column("cost_basis", "utf8", False, "exact | upper_bound | declared | unpriced"),
    Column("price", "utf8", False, "the price record used, see observe.pricing"),
    Column("caller", "u64", False, "keyed HMAC of the user id; never the id"),
    Column("session", "u64", False, "keyed HMAC of the conversation id"),
    Column("subject", "utf8", False, "prediction id that outcomes and feedback refer to"),
    Column("value", "f64", False, "score, rating, label as a number; NULL when not finite"),
    Column("value_kind", "utf8", False, "what `value` is, or why it is absent: nan | inf | -inf"),
    Column("label", "utf8", False, "predicted or true class"),
    Column("finding", "utf8", False, "data-quality flags, separated by spaces"),
    Column("attributes", "utf8", False, "what no column holds, as JSON; content is dropped at the door"),
)

COLUMN_NAMES: Final[tuple[str, ...]] = tuple(column.name for column in COLUMNS)
REQUIRED: Final[frozenset[str]] = frozenset(column.name for column in COLUMNS if column.required)

#: Columns that a reader of schema N must add (as NULL) to read it as the current one.
UPGRADES: Final[dict[int, tuple[str, ...]]] = {SCHEMA_ID: ()}
