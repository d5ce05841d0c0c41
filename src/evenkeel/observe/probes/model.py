"""Probes: questions that evenkeel asks a service on a schedule, and what came of them (SPEC OBS-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final


class ProbeKind(StrEnum):
    """What a probe looks at. Only `http` says whether the service itself is available."""

    HTTP = "http"  # an answer that people would get
    TLS = "tls"  # days until the certificate expires
    GOLDEN = "golden"  # a known question gets its known answer or documents
    DEPENDENCY = "dependency"  # what the service stands on: a provider, a vector database, an object store


#: Which probes are evidence of availability: an expiring certificate or a wrong answer is no outage, and a
#: dependency that is away may have a fallback. `store.telemetry.schema` counts by the same table.
FOR_AVAILABILITY: Final[frozenset[str]] = frozenset((ProbeKind.HTTP.value,))

#: What a prober is called that says nothing else.
HERE: Final = "local"


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """A request, and what its answer must be."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])  # values may name secrets: env:NAME, file:PATH
    body: str = ""
    statuses: tuple[int, ...] = ()  # empty: 200 to 299
    body_contains: str = ""
    body_matches: str = ""  # a regular expression
    json_equals: Mapping[str, Any] = field(default_factory=dict[str, Any])  # path -> value
    latency_s_max: float | None = None
    redirects_max: int = 0  # 0: a redirect is an answer like any other
    verify: bool = True  # the certificate
    ca_file: str = ""  # trust these instead of the system's


@dataclass(frozen=True, slots=True)
class TlsTarget:
    """A certificate, and how many days it must go on being valid."""

    host: str
    port: int = 443
    days_min: float = 14.0
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class GoldenTarget:
    """A question whose answer is known."""

    request: HttpTarget  # its body holds the question
    answer_path: str = ""  # where the answer is in the JSON that comes back; empty: anywhere in the body
    answer_contains: tuple[str, ...] = ()
    documents_path: str = ""  # where the documents are, e.g. sources.*.id
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DependencyTarget:
    """Something a service stands on: a port that must take connections, or a health page."""

    what: str  # llm | vector_database | object_store | database | other
    host: str = ""
    port: int = 0
    request: HttpTarget | None = None  # instead of host and port


Target = HttpTarget | TlsTarget | GoldenTarget | DependencyTarget


@dataclass(frozen=True, slots=True)
class Timing:
    """When a probe runs: once in every `every_s` seconds, in a moment of its own."""

    every_s: float
    timeout_s: float
    jitter_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe of one service. Its name is unique."""

    name: str
    service: str
    environment: str
    target: Target
    timing: Timing
    vantages: tuple[str, ...] = (HERE,)

    @property
    def kind(self) -> ProbeKind:
        """What it looks at."""
        return _KIND_OF[type(self.target)]


_KIND_OF: Final[Mapping[type, ProbeKind]] = {
    HttpTarget: ProbeKind.HTTP,
    TlsTarget: ProbeKind.TLS,
    GoldenTarget: ProbeKind.GOLDEN,
    DependencyTarget: ProbeKind.DEPENDENCY,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one run.

    `outcome` is good, bad, or none when nothing can be said of the service because evenkeel itself failed:
    its network is down, a secret is missing, it was held up.
    """

    outcome: str
    reason: str = ""  # timeout, http_503, refused, dns, tls_expired, expectation_body …
    latency_s: float | None = None
    status_code: int | None = None
    value: float | None = None  # days left (tls), share of what was expected that was found (golden)
    value_kind: str = ""  # days | recall
    detail: str = ""  # one sentence for people; never content, never a secret


def probe_document(probe: Probe) -> dict[str, Any]:
    """A probe as JSON, as it is published for the probers."""
    return {
        "name": probe.name,
        "service": probe.service,
        "environment": probe.environment,
        "kind": probe.kind.value,
        "timing": asdict(probe.timing),
        "vantages": list(probe.vantages),
        "target": asdict(probe.target),
    }


def read_probe(document: Mapping[str, Any]) -> Probe:
    """The probe of a published document. Raises KeyError, TypeError or ValueError when it is not one."""
    return Probe(
        name=str(document["name"]),
        service=str(document["service"]),
        environment=str(document["environment"]),
        target=_read_target(ProbeKind(document["kind"]), document["target"]),
        timing=Timing(**document["timing"]),
        vantages=tuple(map(str, document["vantages"])),
    )


def read_table(document: Mapping[str, Any]) -> tuple[Probe, ...]:
    """All probes of a published table."""
    rows: Sequence[Mapping[str, Any]] = document["probes"]
    return tuple(map(read_probe, rows))


def _read_target(kind: ProbeKind, given: Mapping[str, Any]) -> Target:
    if kind is ProbeKind.HTTP:
        return _read_http(given)
    if kind is ProbeKind.TLS:
        return TlsTarget(**given)
    fields: dict[str, Any] = dict(given)
    if kind is ProbeKind.GOLDEN:
        fields |= {name: tuple(given[name]) for name in ("answer_contains", "documents")}
    fields["request"] = None if given["request"] is None else _read_http(given["request"])
    return GoldenTarget(**fields) if kind is ProbeKind.GOLDEN else DependencyTarget(**fields)


def _read_http(given: Mapping[str, Any]) -> HttpTarget:
    fields: dict[str, Any] = dict(given)
    fields["statuses"] = tuple(given["statuses"])
    return HttpTarget(**fields)
