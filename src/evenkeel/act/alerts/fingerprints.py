"""A fingerprint: what makes two alerts the same."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel.judge.slo.model import Firing, RuleId
from evenkeel.kernel.ids import derive_id
from evenkeel.store.telemetry.port import ServiceKey


def fingerprint_labels(labels: Mapping[str, str]) -> str:
    """16 hex digits of a set of labels, whatever their order.

    >>> fingerprint_labels({"a": "1", "b": "2"}) == fingerprint_labels({"b": "2", "a": "1"})
    True
    >>> fingerprint_labels({"a": "12"}) == fingerprint_labels({"a1": "2"})
    False
    """
    parts = [part.encode("utf-8", "surrogatepass") for pair in sorted(labels.items()) for part in pair]
    return derive_id(*parts).hex()[:16]


def identify(firing: Firing) -> str:
    """The fingerprint of what a rule fires: its numbers may change, it stays the same.

    A rule that is a page now and was a ticket before is another alert, told in another notification.
    """
    return fingerprint_labels(identity_labels(firing.id) | {"severity": firing.severity.value})


def identity_labels(rule: RuleId) -> dict[str, str]:
    """The labels that say which rule of which objective of which service."""
    return {
        "environment": rule.key.environment,
        "service": rule.key.service,
        "objective": rule.objective,
        "rule": rule.rule,
    }


def label(firing: Firing) -> dict[str, str]:
    """All labels of an alert of our own, which matchers and routes see."""
    return identity_labels(firing.id) | {"family": firing.family.value, "severity": firing.severity.value}


def rule_of(labels: Mapping[str, str]) -> RuleId:
    """The rule that an alert of our own is about."""
    key = ServiceKey(labels["environment"], labels["service"])
    return RuleId(key, labels["objective"], labels["rule"])
