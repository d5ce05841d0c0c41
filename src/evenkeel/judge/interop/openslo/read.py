"""Reading OpenSLO v1: every object checked, every reference resolved, everything that is wrong said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from evenkeel.judge.interop.documents import Document, Findings, View, read_documents
from evenkeel.judge.interop.openslo.alerting import check_condition_spec, check_policy_spec, check_target_spec
from evenkeel.judge.interop.openslo.grammar import API_VERSION, Strictness, check_description, check_metadata
from evenkeel.judge.interop.openslo.indicators import check_sli_spec
from evenkeel.judge.interop.openslo.objectives import check_slo_spec

Check = Callable[[View, Strictness], None]


def _check_data_source(spec: View, mode: Strictness) -> None:
    del mode
    if spec.section(("type",), ("description", "connectionDetails")):
        check_description(spec.at("description"))
        spec.at("type").text()
        connection = spec.at("connectionDetails")
        if connection.is_mapping and not connection.entries():
            connection.refuse("count", "this is empty; say how the source is reached")
        elif connection.is_given and not connection.is_mapping:
            connection.entries()


def _check_service(spec: View, mode: Strictness) -> None:
    del mode
    if spec.section((), ("description",)):
        check_description(spec.at("description"))


_KINDS: Final[Mapping[str, Check]] = {
    "DataSource": _check_data_source,
    "Service": _check_service,
    "SLI": check_sli_spec,
    "SLO": check_slo_spec,
    "AlertPolicy": check_policy_spec,
    "AlertCondition": check_condition_spec,
    "AlertNotificationTarget": check_target_spec,
}


@dataclass(frozen=True, slots=True)
class Objects:
    """Everything that was read, by kind and name, with what is wrong and what is odd."""

    by_name: Mapping[tuple[str, str], View]
    findings: Findings = field(default_factory=Findings)

    def of_kind(self, kind: str) -> list[View]:
        """The objects of a kind, in the order they were read."""
        return [view for (its_kind, _), view in self.by_name.items() if its_kind == kind]

    def find(self, kind: str, name: str) -> View | None:
        """The object that a reference means."""
        return self.by_name.get((kind, name))


def read_openslo(files: Mapping[str, str], mode: Strictness) -> Objects:
    """The objects in texts, by file name, as `mode` takes them; `findings.problems` is empty when all is right."""
    findings = Findings()
    documents = [found for file, text in files.items() for found in read_documents(file, text, findings)]
    return read_objects(documents, mode, findings)


def read_objects(documents: Sequence[Document], mode: Strictness, findings: Findings) -> Objects:
    """The same of documents that were read already."""
    by_name: dict[tuple[str, str], View] = {}
    for document in documents:
        root = document.root()
        kind = _check_object(root, mode)
        name = root.at("metadata", "name").value
        if not kind or not isinstance(name, str):
            continue
        if (kind, name) in by_name:
            root.at("metadata", "name").refuse("duplicate", f"there is another {kind} of the name {name!r}")
        by_name.setdefault((kind, name), root)
    objects = Objects(by_name, findings)
    for view in by_name.values():
        _resolve(view, objects)
    findings.problems.sort()
    findings.warnings.sort()
    return objects


def _check_object(root: View, mode: Strictness) -> str:
    """The kind of an object; empty when nothing can be said of it."""
    if not root.section(("apiVersion", "kind", "metadata", "spec")):
        return ""
    version = root.at("apiVersion").text()
    if version and version != API_VERSION:
        root.at("apiVersion").refuse("api_version", f"{version!r} is not read; {API_VERSION} is")
        return ""
    kind = root.at("kind").text()
    if kind and kind not in _KINDS:
        root.at("kind").refuse("kind", f"there is no kind {kind!r}; there are {', '.join(_KINDS)}")
        return ""
    if not kind:
        return ""
    check_metadata(root.at("metadata"), mode)
    if root.at("spec").is_given:
        _KINDS[kind](root.at("spec"), mode)
    return kind


#: What a source is asked and how it is reached is in its own words, where no name means ours.
_FREE_FORM: Final = ("spec", "connectionDetails")


def _resolve(view: View, objects: Objects) -> None:
    """Refuse references to what is not there, wherever they stand below `view`."""
    kind_of = {
        "indicatorRef": "SLI",
        "alertPolicyRef": "AlertPolicy",
        "conditionRef": "AlertCondition",
        "targetRef": "AlertNotificationTarget",
        "metricSourceRef": "DataSource",
    }
    stack = [view.at("spec")]
    while stack:
        here = stack.pop()
        if here.is_list:
            stack += here.items()
        if not here.is_mapping:
            continue
        for key, below in here.entries():
            is_source = here.at("type").is_given or here.at("metricSourceRef").is_given
            if is_source and key in _FREE_FORM:
                continue
            kind = kind_of.get(key)
            if kind is None:
                stack.append(below)
            elif isinstance(below.value, str) and objects.find(kind, below.value) is None:
                below.refuse("reference", f"there is no {kind} {below.value!r} among what was read")
    service = view.at("spec", "service")
    is_slo = view.at("kind").value == "SLO"
    if (
        is_slo
        and isinstance(service.value, str)
        and objects.of_kind("Service")
        and not objects.find("Service", service.value)
    ):
        service.refuse("reference", f"there is no Service {service.value!r} among what was read")
