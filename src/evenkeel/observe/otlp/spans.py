"""What one span says of itself: its part in a request, how long it took, what it used, whom it stands for. Pure.

What cannot be is left out and named in the findings of its attributes.
"""

from __future__ import annotations

from typing import Any, Final

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR
from evenkeel.observe.events.context import DURATION_S_MAX, Usage
from evenkeel.observe.otlp import dialects as of
from evenkeel.observe.otlp.dialects import Dialect, NameTable
from evenkeel.observe.otlp.read import Attributes
from evenkeel.observe.otlp.sampling import weight_from, weight_of

#: Spans that end further in the future, or further back, than this are rejected.
FUTURE_MAX_US: Final = US_PER_HOUR
PAST_MAX_US: Final = 400 * US_PER_DAY

#: Characters of a name that are kept.
NAME_MAX: Final = 200

_SERVER, _CONSUMER = 2, 5  # SpanKind
_NO_ID: Final = (bytes(16), bytes(8))


def role_of(span: Any, attributes: Attributes, names: NameTable) -> tuple[str, str]:
    """(role, operation), or ("", "") for what is no AI work."""
    operations = names.operations
    declared = attributes.text(of.ROLE)
    named = attributes.text(of.OPERATION) or attributes.text(of.SPAN_KIND)
    role, operation = operations.get((named or "").lower(), ("", ""))
    if declared in ("request", "attempt", "retrieval", "tool"):
        return declared, named or operation or span.name[:NAME_MAX]
    if role:
        return role, operation
    if not named and attributes.values[of.PROVIDER] and attributes.values[of.MODEL]:
        return "attempt", "chat"  # older conventions name no operation
    if span.kind in (_SERVER, _CONSUMER):
        return "entry", span.name[:NAME_MAX]
    return "", ""


def fault_of(span: Any, now_us: int) -> str:
    """Why a span cannot be kept at all, or nothing."""
    if len(span.trace_id) != 16 or len(span.span_id) != 8:
        return "trace_id must have 16 bytes and span_id 8"
    if span.trace_id == _NO_ID[0] or span.span_id == _NO_ID[1]:
        return "trace_id and span_id must not be all zeros"
    end_us = span.end_time_unix_nano // 1_000
    if end_us > now_us + FUTURE_MAX_US:
        return "end time more than an hour in the future: check the sender's clock"
    if end_us < now_us - PAST_MAX_US:
        return "end time missing or more than 400 days ago"
    return ""


def latency_of(span: Any, attributes: Attributes) -> float | None:
    """Seconds it took, or None with a finding."""
    nanoseconds = span.end_time_unix_nano - span.start_time_unix_nano
    if span.start_time_unix_nano == 0 or not 0 <= nanoseconds <= DURATION_S_MAX * 1e9:
        attributes.findings.append("bad_latency")
        return None
    return nanoseconds / 1e9


def event_facts_of(span: Any, attributes: Attributes) -> tuple[str | None, float | None]:
    """(error, seconds to the first token), from attributes and from span events."""
    error = attributes.text(of.ERROR)
    ttft_s = attributes.number(of.TTFT_S)
    if span.events:
        for event in span.events:
            if event.name == "exception" and error is None:
                error = next((a.value.string_value for a in event.attributes if a.key == "exception.type"), "")
                error = error[:NAME_MAX] or None
            elif ttft_s is None and ("First Token" in event.name or event.name.endswith(".chunk")):
                ttft_s = (event.time_unix_nano - span.start_time_unix_nano) / 1e9
    if ttft_s is not None and not 0 <= ttft_s <= DURATION_S_MAX:
        attributes.findings.append("bad_ttft_s")
        ttft_s = None
    return error, ttft_s


def sampling_of(span: Any, attributes: Attributes) -> tuple[float, bool]:
    """(how many spans it stands for, whether that is unknown)."""
    probability = attributes.values[of.PROBABILITY]
    rate = attributes.values[of.SAMPLE_RATE]
    if probability is not None or rate is not None:
        return weight_from(probability, rate)
    return weight_of(span.trace_state) if span.trace_state else (1.0, False)


def usage_of(attributes: Attributes, dialect: Dialect) -> Usage:
    """The tokens it used; what the dialect leaves out is filled in as the dialect means it."""
    tokens_in = attributes.count(of.TOKENS_IN)
    cached = attributes.count(of.TOKENS_CACHED)
    written = attributes.count(of.TOKENS_CACHE_WRITE)
    if cached is None and dialect.reports_cached and tokens_in is not None:
        cached = 0  # the convention would have said so
    if tokens_in is not None and not dialect.input_includes_cached:
        tokens_in += (cached or 0) + (written or 0)
    return Usage(tokens_in, cached, written, attributes.count(of.TOKENS_OUT))
