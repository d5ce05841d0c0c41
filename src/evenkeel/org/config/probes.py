"""How probes are configured: which service is asked what, how often, and what the answer must be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address
from math import isfinite
from typing import Annotated, Any, Final, Self, cast

from pydantic import AfterValidator, Field, model_validator

from evenkeel.kernel.patterns import find_flaw
from evenkeel.org.config.fields import Seconds, Section, Time
from evenkeel.org.config.references import REFERENCE

PROBES_MAX: Final = 1_000
#: A probe that runs less often than this is no evidence of anything.
EVERY_S_MAX: Final = 86_400
_PATTERN_MAX: Final = 500
#: Of a body that is searched (`observe.probes.expectations`; a test compares them).
MATCHED_CHARACTERS_MAX: Final = 16 * 1024
#: Ten minutes of the prober, on a body that is written to hold it up: what services say of themselves seldom is.
_STEPS_MAX: Final = 1e11
_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
_ADDRESS: Final = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(?::([0-9]{1,5}))?(?:[/?#]\S*)?")
_WITH_PASSWORD: Final = re.compile(r"https?://[^/?#]*@")
_PORT_END: Final = 65_536
_SECRET_HEADERS: Final = frozenset(("authorization", "proxy-authorization", "cookie", "x-api-key", "api-key"))


def _url(value: str) -> str:
    if _WITH_PASSWORD.match(value):
        msg = "an address holds no password; send it in a header as env:NAME or file:PATH"
        raise ValueError(msg)
    found = _ADDRESS.fullmatch(value)
    if found is None or not 0 < int(found[2] or 1) < _PORT_END or _host_is_odd(found[1]):
        msg = f"{value!r} is no address; write e.g. https://shop.example/healthz"
        raise ValueError(msg)
    return value


def _host_is_odd(host: str) -> bool:
    """Whether no name or number of a machine is written like this."""
    try:
        if host.startswith("["):
            IPv6Address(host[1:-1])
        else:
            host.removesuffix(".").encode("idna")
    except ValueError:  # UnicodeError is one
        return True
    return host == "." or not host.isprintable()


def _pattern(value: str) -> str:
    flaw = find_flaw(value, characters=MATCHED_CHARACTERS_MAX, anywhere=True, steps_max=_STEPS_MAX)
    if flaw:
        msg = f"{value!r} {flaw}"
        raise ValueError(msg)
    return value


def _json(value: dict[str, Any]) -> dict[str, Any]:
    odd = _no_json(value)
    if odd is not None:
        msg = f"{str(odd[0])[:40]} is no JSON; quote what is meant as text"
        raise ValueError(msg)
    return value


def _no_json(value: Any) -> tuple[Any] | None:
    """What in a value JSON has no word for: days and moments, numbers without end."""
    if isinstance(value, (dict, list, tuple)):
        inner = cast("Iterable[Any]", value.values() if isinstance(value, dict) else value)
        return next((odd for item in inner if (odd := _no_json(item)) is not None), None)
    is_plain = value is None or isinstance(value, (str, int)) or (isinstance(value, float) and isfinite(value))
    return None if is_plain else (value,)


def _headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if "\n" in f"{name}{text}" or "\r" in f"{name}{text}" or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            msg = f"{name!r} is no header"
            raise ValueError(msg)
        if name.lower() in _SECRET_HEADERS and not REFERENCE.search(text):
            msg = f"{name} is a secret and does not stand here; write env:NAME or file:PATH, e.g. Bearer env:SHOP_KEY"
            raise ValueError(msg)
    return value


Url = Annotated[str, AfterValidator(_url)]
Headers = Annotated[dict[str, str], AfterValidator(_headers)]
Json = Annotated[dict[str, Any], AfterValidator(_json)]
Status = Annotated[int, Field(ge=100, le=599)]


class ExpectConfig(Section):
    """What the answer must be; what is left out is not looked at."""

    status: tuple[Status, ...] = Field(
        default=(), description="Statuses that are good; default: 200 to 299.", examples=[[200, 204]]
    )
    body_contains: str = Field(default="", description="Text the body must hold.", examples=["ready"])
    body_matches: Annotated[str, AfterValidator(_pattern)] = Field(
        default="",
        max_length=_PATTERN_MAX,
        description="A regular expression that the first 16 KB of the body must match somewhere.",
        examples=["version: [0-9]+"],
    )
    json_equals: Json = Field(
        default_factory=dict,
        description="Values in a JSON body by their path; * stands for every item.",
        examples=[{"status": "ok"}],
    )
    max_latency: Time | None = Field(
        default=None, gt=0, description="Slower than this is bad.", examples=["2 s", "500 ms"]
    )


class _RequestConfig(Section):
    """What all requests have."""

    url: Url = Field(description="What is asked.", examples=["https://shop.example/healthz"])
    headers: Headers = Field(
        default_factory=dict,
        description="Sent with it; a secret is named as env:NAME or file:PATH, which the prober reads.",
        examples=[{"authorization": "Bearer env:SHOP_KEY"}],
    )
    redirects: int = Field(default=0, ge=0, le=10, description="How many redirects are followed.", examples=[3])
    verify: bool = Field(default=True, description="false: take any certificate.", examples=[False])
    ca_file: str = Field(
        default="", description="Authorities to trust instead of the system's.", examples=["/etc/ssl/own-ca.pem"]
    )


class HttpProbeConfig(_RequestConfig):
    """An answer that people would get; counts for availability."""

    method: Annotated[str, Field(pattern="^(GET|HEAD|POST)$")] = Field(
        default="GET", description="GET, HEAD or POST.", examples=["POST"]
    )
    body: str = Field(default="", max_length=65_536, description="Sent with a POST.", examples=['{"ping": true}'])
    expect: ExpectConfig = Field(default_factory=ExpectConfig, description="What the answer must be.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.body and self.method != "POST":
            msg = f"a {self.method} sends no body; write method: POST"
            raise ValueError(msg)
        expect = self.expect
        if self.method == "HEAD" and (expect.body_contains or expect.body_matches or expect.json_equals):
            msg = "the answer to a HEAD has no body to look at; write method: GET"
            raise ValueError(msg)
        return self


class TlsProbeConfig(Section):
    """A certificate; bad before it expires."""

    host: str = Field(pattern=r"^[^\s/:]+$", description="Whose certificate.", examples=["shop.example"])
    port: int = Field(default=443, ge=1, le=65_535, description="Where it is shown.", examples=[8443])
    days: float = Field(default=14, ge=0, le=365, description="Bad with fewer days left than this.", examples=[21])
    ca_file: str = Field(
        default="", description="Authorities to trust instead of the system's.", examples=["/etc/ssl/own-ca.pem"]
    )

    @model_validator(mode="after")
    def _names_a_machine(self) -> Self:
        if _host_is_odd(self.host):
            msg = f"{self.host!r} names no machine; write e.g. shop.example"
            raise ValueError(msg)
        return self


class GoldenProbeConfig(_RequestConfig):
    """A known question, POSTed as JSON, and what its answer must hold."""

    ask: str = Field(min_length=1, max_length=8_192, description="The question.", examples=["How do I return shoes?"])
    body: Json = Field(
        default_factory=lambda: {"question": "{question}"},
        description="The JSON that is sent; {question} stands for the question.",
        examples=[{"messages": [{"role": "user", "content": "{question}"}]}],
    )
    answer_path: str = Field(
        default="",
        description="Where the answer is in the JSON that comes back; default: anywhere in the body.",
        examples=["choices.0.message.content"],
    )
    answer_contains: tuple[str, ...] = Field(
        default=(), description="What the answer must hold; case does not matter.", examples=[["14 days"]]
    )
    documents_path: str = Field(
        default="", description="Where the documents are; * stands for every item.", examples=["sources.*.id"]
    )
    documents: tuple[str, ...] = Field(
        default=(), description="Documents that must be among them.", examples=[["returns.md"]]
    )
    max_latency: Time | None = Field(default=None, gt=0, description="Slower than this is bad.", examples=["5 s"])

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if not self.answer_contains and not self.documents:
            msg = "name what must be found: answer_contains or documents"
            raise ValueError(msg)
        if self.documents and not self.documents_path:
            msg = "documents need documents_path, which says where they are"
            raise ValueError(msg)
        return self


class DependencyProbeConfig(Section):
    """What a service stands on: a port that takes connections, or a health page."""

    what: Annotated[str, Field(pattern="^(llm|vector_database|object_store|database|other)$")] = Field(
        default="other",
        description="llm, vector_database, object_store, database or other.",
        examples=["vector_database"],
    )
    connect: str = Field(
        default="", pattern=r"^$|^[^\s/:]+:[0-9]{1,5}$", description="host:port.", examples=["qdrant.internal:6333"]
    )
    http: HttpProbeConfig | None = Field(default=None, description="A request instead of a connection.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.connect) == (self.http is not None):
            msg = "write either connect or http"
            raise ValueError(msg)
        if self.connect and not 0 < int(self.connect.rpartition(":")[2]) < _PORT_END:
            msg = f"{self.connect!r} names no port"
            raise ValueError(msg)
        if self.connect and _host_is_odd(self.connect.rpartition(":")[0]):
            msg = f"{self.connect!r} names no machine; write e.g. qdrant.internal:6333"
            raise ValueError(msg)
        return self


class ProbeConfig(Section):
    """One probe of one service: exactly one of http, tls, golden and dependency."""

    service: str = Field(min_length=1, max_length=200, description="The service it is about.", examples=["shop"])
    environment: str = Field(
        default="production", min_length=1, max_length=200, description="Of that service.", examples=["staging"]
    )
    every: Seconds = Field(default=30, le=EVERY_S_MAX, description="How often it runs.", examples=["30s"])
    timeout: Time = Field(default=5.0, gt=0, description="After this long it has failed.", examples=["5 s"])
    jitter: Time | None = Field(
        default=None,
        description="How far a run may be from its regular moment; default: a tenth of `every`.",
        examples=["3 s"],
    )
    vantage: tuple[Annotated[str, Field(pattern=_NAME)], ...] = Field(
        default=("local",),
        min_length=1,
        description="Which probers run it; `local` is evenkeel itself.",
        examples=[["local", "frankfurt"]],
    )
    http: HttpProbeConfig | None = Field(default=None, description="A request and what its answer must be.")
    tls: TlsProbeConfig | None = Field(default=None, description="How long a certificate goes on being valid.")
    golden: GoldenProbeConfig | None = Field(default=None, description="A question whose answer is known.")
    dependency: DependencyProbeConfig | None = Field(default=None, description="Something the service stands on.")

    @property
    def is_of_availability(self) -> bool:
        """Whether it says that the service itself is there; certificates, answers and dependencies do not."""
        return self.http is not None

    @property
    def jitter_s(self) -> float:
        """The jitter, seconds: what was said, or a tenth of `every` as far as there is room for it."""
        if self.jitter is not None:
            return self.jitter
        return max(0.0, min(self.every / 10, self.every - self.timeout - 0.2))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        kinds = [name for name in ("http", "tls", "golden", "dependency") if getattr(self, name) is not None]
        if len(kinds) != 1:
            said = " and ".join(kinds) if kinds else "none"
            msg = f"a probe is exactly one of http, tls, golden and dependency; here is {said}"
            raise ValueError(msg)
        if self.timeout >= self.every:
            msg = f"timeout ({self.timeout:g} s) must be shorter than every ({self.every} s)"
            raise ValueError(msg)
        if self.timeout + (self.jitter or 0.0) > self.every:
            msg = f"timeout and jitter ({self.timeout + (self.jitter or 0.0):g} s) must fit into every ({self.every} s)"
            raise ValueError(msg)
        return self


ProbeName = Annotated[str, Field(pattern=_NAME)]
Probes = Annotated[dict[ProbeName, ProbeConfig], Field(max_length=PROBES_MAX)]
