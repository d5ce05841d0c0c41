"""What OpenSLO v1 lets stand in alert policies, their conditions and their targets."""

from __future__ import annotations

from typing import Final

from evenkeel.judge.interop.documents import View
from evenkeel.judge.interop.openslo.grammar import (
    Strictness,
    check_description,
    check_metadata,
    check_name,
    read_duration,
)

OPERATORS: Final = ("lte", "gte", "lt", "gt")


def check_policy_spec(spec: View, mode: Strictness) -> None:
    """The `spec` of an AlertPolicy."""
    flags = ("alertWhenNoData", "alertWhenResolved", "alertWhenBreaching")
    if not spec.section(("conditions", "notificationTargets"), ("description", *flags)):
        return
    check_description(spec.at("description"))
    for flag in flags:
        spec.at(flag).flag()
    conditions = spec.at("conditions").items()
    if spec.at("conditions").is_list and len(conditions) != 1:
        spec.at("conditions").refuse("count", f"there are {len(conditions)} conditions; exactly 1 is allowed")
    for condition in conditions:
        _check_reference(condition, "conditionRef", "AlertCondition", mode)
    targets = spec.at("notificationTargets").items()
    if spec.at("notificationTargets").value == []:
        spec.at("notificationTargets").refuse("count", "there is no target; at least 1 is needed")
    for target in targets:
        _check_reference(target, "targetRef", "AlertNotificationTarget", mode)


def check_policies(policies: View, mode: Strictness) -> None:
    """The alert policies of an SLO: references, or policies in place."""
    for policy in policies.items():
        _check_reference(policy, "alertPolicyRef", "AlertPolicy", mode)


def check_condition_spec(spec: View, mode: Strictness) -> None:
    """The `spec` of an AlertCondition."""
    del mode
    if not spec.section(("severity", "condition"), ("description",)):
        return
    check_description(spec.at("description"))
    spec.at("severity").text()
    condition = spec.at("condition")
    if not condition.is_given or not condition.section(("kind", "op", "threshold", "lookbackWindow"), ("alertAfter",)):
        return
    condition.at("kind").text(("burnrate",))
    op = condition.at("op").text(OPERATORS)
    if op in ("lte", "lt"):
        condition.at("op").warn("op", f"read as it is written: this alerts while the burn rate is low ({op})")
    condition.at("threshold").number()
    for key in ("lookbackWindow", "alertAfter"):
        read_duration(condition.at(key))


def check_target_spec(spec: View, mode: Strictness) -> None:
    """The `spec` of an AlertNotificationTarget."""
    del mode
    if spec.section(("target",), ("description",)):
        check_description(spec.at("description"))
        spec.at("target").text()


_IN_PLACE: Final = {
    "AlertPolicy": check_policy_spec,
    "AlertCondition": check_condition_spec,
    "AlertNotificationTarget": check_target_spec,
}


def _check_reference(item: View, key: str, kind: str, mode: Strictness) -> None:
    """Either a reference by name or the object itself."""
    if not item.is_mapping:
        item.section()
        return
    if item.at(key).is_given:
        item.section((key,))
        check_name(item.at(key), mode)
        return
    if not item.at("kind").is_given and not item.at("spec").is_given:
        item.refuse("one_of", f"give exactly one of {key} and an {kind} in place; this gives none of them")
        return
    if item.section(("kind", "metadata", "spec"), ("apiVersion",)):
        item.at("kind").text((kind,))
        check_metadata(item.at("metadata"), mode)
        if item.at("spec").is_given:
            _IN_PLACE[kind](item.at("spec"), mode)
