"""A request and its attempts as events of the spine: one request, N attempts, whoever else saw them (SPEC GW-8).

The rows go by the rules of `store/telemetry/grouping.py`. Their group is the trace in this service, as the OTLP door
names it. A request of the gateway names no parent: two that overlap in one trace are two. An attempt's parent is the
span of the caller, so that a span of the caller's own of the same call, be it the parent or a sibling, is known as a
duplicate. A shadow's parent is the request of the gateway, and nobody its caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

from evenkeel.gateway.metering.cost import has_other_price, is_unbounded, price_attempt, price_instead
from evenkeel.gateway.metering.model import Attempt, UsageSource
from evenkeel.kernel.event import Kind, Role, SourceRank
from evenkeel.kernel.facts import fact
from evenkeel.kernel.ids import derive_id
from evenkeel.observe.events import jsontext
from evenkeel.observe.events.context import Priced, Pricing, clean_name
from evenkeel.observe.events.outcomes import Ending, judge_ending

#: Dialects of our rows. Of an answer and of its replay, which have one response id, the grouping keeps the lesser name.
DIALECT: Final = "evenkeel"
DIALECT_CACHED: Final = "evenkeel-cache"

_INFERENCE: Final = Kind.INFERENCE.value
_REQUEST: Final = Role.REQUEST.value
_ATTEMPT: Final = Role.ATTEMPT.value

#: What we call an operation -> what the events of all doors call it (observe/otlp/dialects.toml).
_OPERATIONS: Final[Mapping[str, str]] = {
    "chat": "chat",
    "responses": "chat",
    "messages": "chat",
    "text_completion": "completion",
    "embeddings": "embeddings",
    "invocations": "predict",
    "infer": "predict",
}
#: Ends that somebody wanted. They decide, whatever status the caller was sent.
_ON_PURPOSE: Final = frozenset(("client_cancelled", "kill_switch", "guard_block", "guard_hold", "content_filter"))
#: Statuses of a model that there is none of: its name is anything a caller may think of.
_NO_MODEL: Final = frozenset((400, 404, 422))
_NAME_MAX: Final = 200
_NO_SUCH_MODEL: Final = "model_not_found"
#: Texts about requests that are remembered.
_TEXTS_MAX: Final = 1_024
_Values = tuple[str | int | None, ...]
#: What no column holds, in the order of its values: of who asked, of a request, of an attempt.
_WHO_FACTS: Final = (
    "evenkeel.key", "evenkeel.team", "evenkeel.api", "evenkeel.model_asked", "evenkeel.model_rule", "evenkeel.stream",
)  # fmt: skip
_REQUEST_FACTS: Final = ("evenkeel.attempts", *_WHO_FACTS, "evenkeel.cache")
_ATTEMPT_FACTS: Final = (
    "evenkeel.upstream", "evenkeel.usage_source", "evenkeel.retry", "evenkeel.error", "evenkeel.finish",
    "evenkeel.tier", "evenkeel.cache_write_1h", "evenkeel.shadow", "evenkeel.cached",
    "evenkeel.asked_again", *_WHO_FACTS,
)  # fmt: skip


class Trace(Protocol):
    """The caller's trace context (W3C)."""

    @property
    def trace_id(self) -> bytes:
        """16 bytes."""
        ...

    @property
    def span_id(self) -> bytes:
        """8 bytes: the span that caused the request."""
        ...


@fact
class Served:
    """Facts of one request as a whole; no content."""

    names: Names
    environment: str
    service: str
    operation: str
    model_asked: str
    key_id: str
    team: str
    user: int | None  # pseudonym
    session: int | None  # pseudonym
    began_us: int
    ended_us: int
    status: int | None  # that the caller was sent
    error: str = ""  # our word for what went wrong
    is_streaming: bool = False
    cache: str = ""  # hit | miss | …: what the cache did; empty: it was not asked
    findings: Mapping[str, int] | None = None  # of the guard, by "side action entity"; None: it looked at nothing
    is_shadow: bool = False  # a shadow that ended after its request was recorded: no request is added
    rule: str = ""  # by which another model was asked than `model_asked`
    fixed: frozenset[str] = frozenset()  # upstreams that name the model themselves, whatever a rule says


@fact
class Names:
    """What a request is called, by us and by those who report of it."""

    request_id: bytes  # 16, ours
    event_id: bytes  # 16, of its event
    group: bytes  # 16, the `request_id` of all its events
    trace: Trace | None  # the caller's

    @property
    def span_id(self) -> bytes:
        """The span of the request, 8 bytes: what upstreams are told as their parent."""
        return self.event_id[:8]


def name_request(environment: str, service: str, request_id: bytes, trace: Trace | None) -> Names:
    """The names of a request: its group is its trace in its service, as the OTLP door names it.

    A request without a trace begins one by its own name: what upstreams report in it is of the same group.
    """
    group = derive_id(environment.encode(), service.encode(), request_id if trace is None else trace.trace_id)
    return Names(request_id, derive_id(request_id, b"request"), group, trace)


def record(served: Served, attempts: Sequence[Attempt], pricing: Pricing, now_us: int) -> list[dict[str, Any]]:
    """The events of a request and of its attempts, absent values left out. `now_us`: when the record is made."""
    common: dict[str, Any] = {
        "kind": _INFERENCE,
        "arrived_at": now_us,
        "environment": served.environment,
        "service": served.service,
        "operation": _OPERATIONS.get(served.operation, served.operation),
        "request_id": served.names.group,
        "solo": False,
        "source": "gateway",
        "source_rank": SourceRank.GATEWAY,
        "weight": 1.0,
    }
    asked = served.model_asked[:_NAME_MAX]
    who = (served.key_id, served.team, served.operation, asked, served.rule, served.is_streaming)
    made = [] if served.is_shadow else [_request_row(common, served, attempts, who)]
    for number, attempt in enumerate(attempts):
        priced = price_attempt(attempt, pricing)
        row = _attempt_row(common, served, attempt, number)
        row.update(_saved(priced) if attempt.is_cached else _used(priced, attempt))
        more = _asked_cost(served, attempt, pricing) if served.rule else {}
        row["attributes"] = _about_attempt(attempt, priced, () if attempt.is_shadow else who, more)
        made.append(row)
    return made


def _request_row(
    common: Mapping[str, Any], served: Served, attempts: Sequence[Attempt], who: _Values
) -> dict[str, Any]:
    own = [attempt for attempt in attempts if not attempt.is_shadow]
    last = own[-1] if own else None
    # An upstream's own refusal that reached the caller is not the caller's fault, as one of ours is.
    is_theirs = last is not None and bool(last.error) and last.status == served.status
    role = _ATTEMPT if is_theirs else _REQUEST
    status, error = _ours(served, last, served.status, served.error)
    outcome, reason = _judge(role, status, error, last.metered.finish if last else "")
    names = served.names
    return {
        **common,
        "event_id": names.event_id,
        "at": served.ended_us,
        "version": last.version if last else "",
        "model": _model(last) if last else None,
        "provider": (last.provider or None) if last else None,
        "span_id": int.from_bytes(names.span_id),
        "role": _REQUEST,
        "dialect": DIALECT,
        "outcome": outcome,
        "reason": reason,
        "status_code": served.status,
        "latency_s": _seconds(served.began_us, served.ended_us),
        "ttft_s": _first_token_s(served, served.began_us, last),
        "caller": served.user,
        "session": served.session,
        "attributes": _about_request(served, len(own), who),
    }


def _attempt_row(common: Mapping[str, Any], served: Served, attempt: Attempt, number: int) -> dict[str, Any]:
    metered, names = attempt.metered, served.names
    event_id = derive_id(names.request_id, b"shadow" if attempt.is_shadow else b"attempt", b"%d" % number)
    parent = names.span_id if names.trace is None or attempt.is_shadow else names.trace.span_id
    outcome, reason = _judge(_ATTEMPT, *_ours(served, attempt, attempt.status, attempt.error), metered.finish)
    return {
        **common,
        "event_id": event_id,
        "at": attempt.ended_us,
        "version": attempt.version,
        "model": _model(attempt),
        "provider": attempt.provider or None,
        "span_id": int.from_bytes(event_id[:8]),
        "parent_id": int.from_bytes(parent),
        "response_id": metered.response_id or None,
        "role": _ATTEMPT,
        "dialect": DIALECT_CACHED if attempt.is_cached else DIALECT,
        "outcome": outcome,
        "reason": reason,
        "status_code": attempt.status,
        "latency_s": _seconds(attempt.began_us, attempt.ended_us),
        "ttft_s": _first_token_s(served, attempt.began_us, attempt),
        "caller": None if attempt.is_shadow else served.user,
        "session": None if attempt.is_shadow else served.session,
    }


def _asked_cost(served: Served, attempt: Attempt, pricing: Pricing) -> dict[str, Any]:
    """What the same usage had cost at the price of the model that was asked for; nothing where that is not known."""
    if attempt.is_shadow or attempt.is_cached:
        return {}
    priced = price_attempt(attempt, pricing)
    asked = priced if attempt.upstream in served.fixed else price_instead(attempt, served.model_asked, pricing)
    is_known = priced.cost_nano is not None and asked.cost_nano is not None and priced.currency == asked.currency
    return {"evenkeel.asked_cost_nano": asked.cost_nano} if is_known else {}


def _used(priced: Priced, attempt: Attempt) -> dict[str, Any]:
    """Usage, cost, and what is wrong with them."""
    metered = attempt.metered
    usage = metered.usage
    findings: list[str] = []
    if is_unbounded(metered):
        findings.append("usage_unknown")
    elif priced.finding:
        findings.append(priced.finding)
    if metered.source in (UsageSource.COUNTED, UsageSource.UPPER_BOUND):
        findings.append(f"usage_{metered.source.value}")
    if has_other_price(metered, priced):
        findings.append("tier_price")
    return {
        "tokens_in": usage.tokens_in,
        "tokens_cached": usage.tokens_cached,
        "tokens_cache_write": usage.tokens_cache_write,
        "tokens_out": usage.tokens_out,
        "tokens_reasoning": metered.tokens_reasoning,
        "cost_nano": priced.cost_nano,
        "currency": priced.currency,
        "cost_basis": priced.basis,
        "price": priced.price,
        "finding": " ".join(findings) or None,
    }


def _saved(priced: Priced) -> dict[str, Any]:
    """An answer out of our cache used nothing and costs exactly 0; what it saved is said beside it."""
    return {"cost_nano": 0, "currency": priced.currency or "USD", "cost_basis": "exact", "price": "cache"}


def _about_request(served: Served, attempts: int, who: _Values) -> str:
    """What no column of a request holds."""
    more: dict[str, Any] = {}
    if served.findings is not None:
        more["evenkeel.guard"] = dict(served.findings)
    if served.names.trace is not None:
        more["evenkeel.parent"] = served.names.trace.span_id.hex()
    return _text(_REQUEST_FACTS, (attempts, *who, served.cache), more)


def _about_attempt(attempt: Attempt, priced: Priced, who: _Values, more: dict[str, Any]) -> str:
    """What no column of an attempt holds."""
    metered = attempt.metered
    values = (
        attempt.upstream,
        metered.source.value,
        attempt.retry or None,
        attempt.error,
        metered.finish,
        metered.tier,
        metered.tokens_cache_write_1h or None,
        attempt.is_shadow and not attempt.asked_again,  # one is of another version, one of a hit
        attempt.is_cached,
        attempt.asked_again,
        *who,
    )
    if attempt.is_cached:
        usage = metered.usage
        saved = {"tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out, "cost_nano": priced.cost_nano}
        more["evenkeel.saved"] = {name: value for name, value in saved.items() if value is not None}
    return _text(_ATTEMPT_FACTS, values, more)


def _text(names: tuple[str, ...], values: _Values, more: Mapping[str, Any]) -> str:
    """Facts as a column of JSON keeps them: what is empty is left out, 0 is not."""
    return jsontext.dump({**_facts(names, values), **more}).decode() if more else _usual_text(names, values)


@lru_cache(maxsize=_TEXTS_MAX)
def _usual_text(names: tuple[str, ...], values: _Values) -> str:
    """The same for most requests of a caller."""
    return jsontext.dump(_facts(names, values)).decode()


def _facts(names: tuple[str, ...], values: _Values) -> dict[str, Any]:
    pairs = zip(names, values, strict=False)  # nobody is the caller of a shadow
    return {name: value for name, value in pairs if value is not None and value is not False and value != ""}


def _ours(served: Served, attempt: Attempt | None, status: int | None, error: str) -> tuple[int | None, str]:
    """What is judged: that there is no such model is no mistake of the caller's where our configuration named it."""
    is_named_here = attempt is not None and attempt.model_asked != served.model_asked
    return (None, _NO_SUCH_MODEL) if is_named_here and status == 404 else (status, error)


@lru_cache(maxsize=_TEXTS_MAX)
def _judge(role: str, status: int | None, error: str, finish: str) -> tuple[str, str | None]:
    """(outcome, reason)."""
    failed = bool(error) or (status or 0) >= 400
    if error in _ON_PURPOSE:
        status = None
    return judge_ending(Ending(role, failed, status, error or None, finish or None))


def _model(attempt: Attempt) -> str | None:
    """The model that answered, or that did not; none where the caller may have made it up."""
    return _clean(attempt.metered.model or ("" if attempt.status in _NO_MODEL else attempt.model_asked))


@lru_cache(maxsize=_TEXTS_MAX)
def _clean(name: str) -> str | None:
    return clean_name(name, _NAME_MAX) or None


def _seconds(began_us: int, ended_us: int) -> float:
    return max(0, ended_us - began_us) / 1e6


def _first_token_s(served: Served, began_us: int, attempt: Attempt | None) -> float | None:
    """Only a stream shows when its first token came."""
    if attempt is None or not served.is_streaming or attempt.first_byte_us is None or (attempt.status or 0) >= 400:
        return None
    return _seconds(began_us, attempt.first_byte_us)
