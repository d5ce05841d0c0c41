"""OTLP spans become events: the hot path of the door.

Kept are spans of AI work, as the dialects name it, and server spans, which the fold counts as logical
requests where AI work happens beneath them. Other spans are none of our business: ignored and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.event import COLUMN_NAMES
from evenkeel.kernel.ids import derive_id
from evenkeel.observe.evaluators.evaluating import CLAIMED, FAILED, put_beside
from evenkeel.observe.events.attributes import dump_attributes
from evenkeel.observe.events.context import (
    COST_NANO_MAX,
    STATUS_MAX,
    TEXT_MAX,
    EventContext,
    Priced,
    Usage,
    clean_name,
)
from evenkeel.observe.events.outcomes import Ending, judge_ending
from evenkeel.observe.otlp import dialects as of
from evenkeel.observe.otlp.dialects import Dialect, NameTable, load_names
from evenkeel.observe.otlp.exchanges import Exchanges, SpanContent, SpanFacts, read_content, read_events
from evenkeel.observe.otlp.read import Attributes
from evenkeel.observe.otlp.recent import Looking
from evenkeel.observe.otlp.spans import NAME_MAX, event_facts_of, fault_of, latency_of, role_of, sampling_of, usage_of
from evenkeel.observe.otlp.vectors import SpanVectors

_STATUS_ERROR = 2
_UNKNOWN_SERVICE: Final = "unknown_service"
_RESOURCE_KEPT: Final = ("host.name", "k8s.pod.name", "k8s.namespace.name", "telemetry.sdk.language", "cloud.region")
#: A piece ends when its attributes, as JSON, or their number come to this: a piece stays a few milliseconds
#: and a few megabytes, whatever is sent.
_PIECE_TEXT_MAX: Final = 4 * 1024 * 1024
_PIECE_ATTRIBUTES_MAX: Final = 50_000
#: Attributes of one span that are looked at; more is an attack or a bug of the sender.
_SPAN_ATTRIBUTES_MAX: Final = 50_000
_NO_PRICE: Final = Priced(None, None, None)


@dataclass(slots=True)
class Flattened:
    """What became of a piece of a request."""

    batch: EventBatch
    spans: int = 0
    ignored: int = 0
    rejected: dict[str, int] = field(default_factory=dict[str, int])  # why -> how many


@dataclass(frozen=True, slots=True)
class _Source:
    """What all spans of one resource and scope have in common."""

    environment: str
    service: str
    version: str
    dialect: Dialect
    kept: dict[str, Any]
    with_content: bool
    keeps_content: bool
    findings: tuple[str, ...]
    allowed: bool


def flatten(
    request: Any, context: EventContext, looking: Looking | None = None, *, spans_max: int = 512
) -> Iterator[Flattened]:
    """The events of an ExportTraceServiceRequest, in pieces of about `spans_max` spans.

    A piece takes a few milliseconds, so that a server can attend to others between two of them; while answers are
    evaluated, pieces without events come in between.
    """
    reader = _Reader(context, looking)
    for source, spans in _scopes(request, reader):
        for span in spans:
            reader.read(span, source)
            if reader.result.spans >= spans_max or reader.is_heavy():
                yield from reader.evaluate()
                yield reader.take()
    if reader.result.spans:
        yield from reader.evaluate()
        yield reader.take()


def _scopes(request: Any, reader: _Reader) -> Iterator[tuple[_Source, Any]]:
    """(what they have in common, spans) of each scope of each resource."""
    for resource_spans in request.resource_spans:
        resource = {item.key: item.value.string_value for item in resource_spans.resource.attributes}
        for scope_spans in resource_spans.scope_spans:
            yield reader.source_of(resource, scope_spans.scope.name), scope_spans.spans


class _Reader:
    """Reads spans into rows, one tuple in column order each."""

    def __init__(self, context: EventContext, looking: Looking | None) -> None:
        self._context = context
        self._looking = looking
        self._exchanges = Exchanges()
        self._names: NameTable = load_names()
        self._vectors = SpanVectors()
        self._requests: dict[tuple[str, str, bytes], bytes] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._text_size = 0
        self._attributes = 0
        self.result = Flattened(EventBatch())

    def is_heavy(self) -> bool:
        """Whether the piece should end here, few spans as it may have."""
        return self._text_size > _PIECE_TEXT_MAX or self._attributes > _PIECE_ATTRIBUTES_MAX

    def evaluate(self) -> Iterator[Flattened]:
        """Put the numbers of answers on their spans; after each answer, a piece without events."""
        looking, self._exchanges, found = self._looking, Exchanges(), self._exchanges
        if looking is None:
            return
        now_us = self._context.now_us
        for service, request_id, contexts in found.retrieved():
            looking.recent.add((service, request_id), contexts, now_us)
        for service, request_id, speaker, exchange in found.joined():
            earlier = looking.recent.of((service, request_id), now_us)
            whole = replace(exchange, contexts=tuple(dict.fromkeys((*earlier, *exchange.contexts))))
            numbers = looking.evaluating.evaluate(service, request_id, whole)
            if FAILED in numbers:
                speaker.findings.append("evaluator_failed")
            row = list(self._rows[speaker.facts.row])
            rest, is_claimed = put_beside(numbers, speaker.rest)
            if is_claimed:
                speaker.findings.append(CLAIMED)
            row[-1] = self._rest_text(rest, speaker.findings)  # the numbers first: they are the last to be cut
            row[-2] = " ".join(speaker.findings) or None
            self._rows[speaker.facts.row] = tuple(row)
            yield Flattened(EventBatch())

    def take(self) -> Flattened:
        """What was read since the last call."""
        done = self.result
        if self._rows:
            columns = zip(*self._rows, strict=True)
            done.batch.columns = {name: list(column) for name, column in zip(COLUMN_NAMES, columns, strict=True)}
        self._rows = []
        self._text_size = self._attributes = 0
        self.result = Flattened(EventBatch())
        return done

    def source_of(self, resource: dict[str, str], scope: str) -> _Source:
        service = clean_name(resource.get("service.name", ""), NAME_MAX)
        findings = () if service and not service.startswith(_UNKNOWN_SERVICE) else ("no_service_name",)
        service = service or _UNKNOWN_SERVICE
        environment = resource.get("deployment.environment.name") or resource.get("deployment.environment")
        environment = clean_name(environment or "", NAME_MAX) or "production"
        keeps_content = service in self._context.content_services
        return _Source(
            environment=environment,
            service=service,
            version=clean_name(resource.get("service.version", ""), NAME_MAX),
            dialect=self._names.dialect_of(scope),
            kept={name: resource[name][:NAME_MAX] for name in _RESOURCE_KEPT if name in resource},
            with_content=keeps_content or self._wants(service),
            keeps_content=keeps_content,
            findings=findings,
            allowed=self._context.allows(environment, service),
        )

    def _wants(self, service: str) -> bool:
        return self._looking is not None and self._looking.evaluating.wants(service)

    def read(self, span: Any, source: _Source) -> None:
        """Append the row of one span, or count why there is none."""
        self.result.spans += 1
        count = len(span.attributes)
        self._attributes += count
        if count > _SPAN_ATTRIBUTES_MAX:
            self._reject(f"more than {_SPAN_ATTRIBUTES_MAX} attributes in one span")
            return
        attributes = Attributes(span.attributes, self._names, with_content=source.with_content)
        role, operation = role_of(span, attributes, self._names)
        if not role:
            self.result.ignored += 1
            return
        fault = (
            fault_of(span, self._context.now_us) if source.allowed else f"this key may not send for {source.service}"
        )
        if fault:
            self._reject(fault)
            return
        self._rows.append(self._row(span, source, attributes, (role, operation)))

    def _reject(self, why: str) -> None:
        self.result.rejected[why] = self.result.rejected.get(why, 0) + 1

    def _row(self, span: Any, source: _Source, attributes: Attributes, part: tuple[str, str]) -> tuple[Any, ...]:
        context, (role, operation) = self._context, part
        at = span.end_time_unix_nano // 1_000
        latency_s = latency_of(span, attributes)
        status_code = attributes.count(of.STATUS_CODE, STATUS_MAX)
        error, ttft_s = event_facts_of(span, attributes)
        ending = Ending(
            role=role,
            failed=span.status.code == _STATUS_ERROR,
            status_code=status_code,
            error=error,
            finish=attributes.text(of.FINISH),
        )
        outcome, reason = judge_ending(ending)
        weight, sampled_unknown = sampling_of(span, attributes)
        model = attributes.text(of.MODEL)
        provider = attributes.text(of.PROVIDER)
        usage = usage_of(attributes, source.dialect)
        priced = self._price(role, provider, model, at, usage, attributes).bounded(weight)
        caller = attributes.text(of.CALLER)
        session = attributes.text(of.SESSION)
        trace_key = (source.environment, source.service, span.trace_id)
        request_id = self._requests.get(trace_key)
        if request_id is None:
            request_id = derive_id(source.environment.encode(), source.service.encode(), span.trace_id)
            self._requests[trace_key] = request_id
        if priced.finding:
            attributes.findings.append(priced.finding)
        rest, finding = self._told(span, source, attributes, (request_id, role, operation))
        return (
            derive_id(span.trace_id, span.span_id),
            "inference",
            at,
            context.now_us,
            source.environment,
            source.service,
            source.version,
            model,
            provider,
            operation,
            request_id,
            False,  # solo: other spans of the trace may come
            int.from_bytes(span.span_id),
            int.from_bytes(span.parent_span_id) if span.parent_span_id else None,
            attributes.text(of.RESPONSE_ID),
            role,
            "gateway" if source.dialect.name == "evenkeel" else "otlp",
            source.dialect.name,
            source.dialect.rank,
            weight,
            sampled_unknown,
            outcome,
            reason,
            status_code,
            latency_s,
            ttft_s,
            usage.tokens_in,
            usage.tokens_cached,
            usage.tokens_cache_write,
            usage.tokens_out,
            attributes.count(of.TOKENS_REASONING),
            priced.cost_nano,
            priced.currency,
            priced.basis,
            priced.price,
            None if caller is None else context.pseudonyms.of(caller),
            None if session is None else context.pseudonyms.of(session),
            attributes.text(of.SUBJECT),
            None,  # value
            None,  # value_kind
            None,  # label
            finding,
            rest,
        )

    def _told(
        self, span: Any, source: _Source, attributes: Attributes, part: tuple[bytes, str, str]
    ) -> tuple[str | None, str | None]:
        """(what no column holds, findings); what was said is remembered until its trace is evaluated."""
        request_id, role, operation = part
        findings = [*source.findings, *attributes.findings]
        kept = self._rest(source, attributes)
        if attributes.vectors:
            numbers, looked_at = self._vectors.read(attributes.vectors, request_id, findings)
            kept = {**numbers, **kept}
            self._attributes += looked_at  # each takes about as long as an attribute
        rest = self._rest_text(kept, findings)
        content = attributes.content | read_events(span.events) if source.with_content else attributes.content
        if content:
            facts = SpanFacts(
                len(self._rows), span.span_id, span.parent_span_id, span.start_time_unix_nano, span.end_time_unix_nano,
                role, operation,
            )  # fmt: skip
            said = SpanContent(facts, read_content(role, content), kept, findings)
            self._exchanges.add(source.service, request_id, said)
        return rest, " ".join(findings) or None

    def _price(
        self, role: str, provider: str | None, model: str | None, at: int, usage: Usage, attributes: Attributes
    ) -> Priced:
        if role != "attempt" or (usage.tokens_in is None and usage.tokens_out is None):
            return _NO_PRICE
        priced = self._context.pricing.price(provider, model, at, usage)
        if priced.cost_nano is None:
            declared = attributes.number(of.COST)
            if declared is not None and declared >= 0:
                currency = attributes.text(of.CURRENCY) or "USD"
                nano = round(min(declared, COST_NANO_MAX) * 1_000_000_000)  # beyond it, `bounded` makes a finding
                return Priced(nano, currency[:3], "declared")
        return priced

    def _rest_text(self, rest: dict[str, Any], findings: list[str]) -> str | None:
        """What no column holds, as JSON of bounded length."""
        if not rest:
            return None
        text, is_cut = dump_attributes(rest)
        if is_cut and "attributes_cut" not in findings:
            findings.append("attributes_cut")
        self._text_size += len(text)
        return text

    def _rest(self, source: _Source, attributes: Attributes) -> dict[str, Any]:
        """What no column holds: other attributes, some of the resource, content where it is kept."""
        rest = attributes.rest
        if source.kept:
            rest = {**source.kept, **rest}
        if source.keeps_content and attributes.content:
            rest = {**rest, **{name: text[:TEXT_MAX] for name, text in attributes.content.items()}}
        return rest
