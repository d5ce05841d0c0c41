"""From the configuration to probes. Apart from the rest of the room: probers load no configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from evenkeel.observe.probes.model import (
    DependencyTarget,
    GoldenTarget,
    HttpTarget,
    Probe,
    Target,
    Timing,
    TlsTarget,
    probe_document,
)
from evenkeel.org.config.model import Config
from evenkeel.org.config.probes import GoldenProbeConfig, HttpProbeConfig, ProbeConfig

_QUESTION: Final = "{question}"


def configured_probes(config: Config) -> tuple[Probe, ...]:
    """All probes, in the order they are written."""
    return tuple(_probe(name, given) for name, given in config.probes.items())


def probe_table(config: Config) -> dict[str, Any]:
    """What probers read: no secret is in it, only the names of them."""
    return {"version": 1, "probes": [probe_document(probe) for probe in configured_probes(config)]}


def _probe(name: str, given: ProbeConfig) -> Probe:
    timing = Timing(float(given.every), given.timeout, given.jitter_s)
    return Probe(name, given.service, given.environment, _target(given), timing, given.vantage)


def _target(given: ProbeConfig) -> Target:
    if given.http is not None:
        return _http(given.http)
    if given.tls is not None:
        return TlsTarget(given.tls.host, given.tls.port, given.tls.days, given.tls.ca_file)
    if given.golden is not None:
        return _golden(given.golden)
    assert given.dependency is not None  # exactly one is, says the configuration's model
    request = None if given.dependency.http is None else _http(given.dependency.http)
    host, _, port = given.dependency.connect.rpartition(":")
    return DependencyTarget(given.dependency.what, host, int(port or 0), request)


def _http(given: HttpProbeConfig) -> HttpTarget:
    expect = given.expect
    return HttpTarget(
        url=given.url,
        method=given.method,
        headers=given.headers,
        body=given.body,
        statuses=expect.status,
        body_contains=expect.body_contains,
        body_matches=expect.body_matches,
        json_equals=expect.json_equals,
        latency_s_max=expect.max_latency,
        redirects_max=given.redirects,
        verify=given.verify,
        ca_file=given.ca_file,
    )


def _golden(given: GoldenProbeConfig) -> GoldenTarget:
    request = HttpTarget(
        url=given.url,
        method="POST",
        headers=given.headers,
        body=json.dumps(_asked(given.body, given.ask), ensure_ascii=False),
        latency_s_max=given.max_latency,
        redirects_max=given.redirects,
        verify=given.verify,
        ca_file=given.ca_file,
    )
    return GoldenTarget(request, given.answer_path, given.answer_contains, given.documents_path, given.documents)


def _asked(template: Any, question: str) -> Any:
    """A template with the question in every text that stands for it."""
    if isinstance(template, str):
        return template.replace(_QUESTION, question)
    if isinstance(template, Mapping):
        return {key: _asked(value, question) for key, value in template.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(template, (list, tuple)):
        return [_asked(value, question) for value in template]  # pyright: ignore[reportUnknownVariableType]
    return template
