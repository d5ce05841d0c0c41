"""Probes survive being published."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.observe.probes.model import (
    FOR_AVAILABILITY,
    DependencyTarget,
    GoldenTarget,
    HttpTarget,
    Probe,
    ProbeKind,
    Target,
    Timing,
    TlsTarget,
    probe_document,
    read_probe,
    read_table,
)
from evenkeel.store.telemetry.schema import AVAILABILITY_PROBES

HTTP = HttpTarget("https://shop.example", headers={"x-key": "env:KEY"}, statuses=(200, 204), json_equals={"a.b": [1]})
TARGETS: list[tuple[Target, ProbeKind]] = [
    (HTTP, ProbeKind.HTTP),
    (TlsTarget("shop.example", 8443, 21, "/ca.pem"), ProbeKind.TLS),
    (GoldenTarget(HTTP, "answer", ("a", "b"), "sources.*.id", ("c",)), ProbeKind.GOLDEN),
    (DependencyTarget("llm", "localhost", 80), ProbeKind.DEPENDENCY),
    (DependencyTarget("llm", request=HTTP), ProbeKind.DEPENDENCY),
]


@pytest.mark.parametrize(("target", "kind"), TARGETS, ids=str)
def test_a_probe_is_read_as_it_was_published(target: Target, kind: ProbeKind) -> None:
    probe = Probe("front", "shop", "production", target, Timing(30, 5, 3), ("local", "far"))
    assert probe.kind is kind
    published = json.loads(json.dumps({"version": 1, "probes": [probe_document(probe)]}))
    assert read_table(published) == (probe,)


@pytest.mark.parametrize("damage", [{"kind": "ping"}, {"timing": {"every": 3}}, {"target": {"nothing": 1}}], ids=str)
def test_what_is_no_probe_is_refused_by_what_a_published_table_expects(damage: dict[str, Any]) -> None:
    document = probe_document(Probe("front", "shop", "production", HTTP, Timing(30, 5)))
    with pytest.raises((KeyError, TypeError, ValueError)):
        read_probe(document | damage)


def test_the_store_counts_the_kinds_that_are_evidence_of_availability() -> None:
    assert set(AVAILABILITY_PROBES) == FOR_AVAILABILITY
