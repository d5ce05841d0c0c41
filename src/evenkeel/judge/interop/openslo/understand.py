"""From OpenSLO objects that are in order to what they mean in our configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from evenkeel.judge.interop.documents import View
from evenkeel.judge.interop.draft import Draft, bracketed, draft, of_minute, per_minute, slug
from evenkeel.judge.interop.openslo import extension
from evenkeel.judge.interop.openslo.grammar import Duration, check_start, read_duration
from evenkeel.judge.interop.openslo.read import Objects

_COMPARE: Final = {"lte": "<=", "lt": "<", "gte": ">=", "gt": ">"}
_CALENDAR: Final = {"d": "day", "w": "week", "M": "month", "Q": "quarter", "Y": "year"}
_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all objectives of an SLO have in common."""

    view: View
    service: str
    name: str
    raw: Mapping[str, Any]
    notes: tuple[str, ...]


def understand(objects: Objects) -> list[Draft]:
    """The SLOs as we would configure them; what we cannot is a problem in `objects.findings`."""
    return [found for view in objects.of_kind("SLO") for found in _slo(view, objects)]


def _slo(view: View, objects: Objects) -> list[Draft]:
    spec, notes = view.at("spec"), list[str]()
    annotations = view.at("metadata", "annotations")
    window = _window(spec, notes)
    if window is None:
        return []
    name = _said(annotations, extension.SLO) or str(view.at("metadata", "name").value)
    raw: dict[str, Any] = {"method": spec.at("budgetingMethod").value or "Occurrences", "window": window}
    title = view.at("metadata", "displayName").value
    if title:
        raw["title"] = title
    _alerts(spec, annotations, raw, notes)
    if view.at("metadata", "labels").is_given:
        notes.append("labels of the SLO")
    service = _said(annotations, extension.SERVICE) or str(spec.at("service").value)
    shared = _Shared(view, service, name, raw, tuple(notes))
    objectives = spec.at("objectives").items()
    if any(objective.at(key).is_given for objective in objectives for key in ("indicator", "indicatorRef")):
        return _composite(shared, objectives, objects)
    found: list[Draft] = []
    for n, objective in enumerate(objectives, 1):
        own = name if len(objectives) == 1 else f"{name}-{slug(objective.at('displayName').value or str(n))}"
        found += _objective(shared, own, objective, _indicator(spec, objects))
    return found


def _composite(shared: _Shared, objectives: list[View], objects: Objects) -> list[Draft]:
    """Objectives with indicators of their own burn together; each becomes an SLO, and one more is made of them."""
    found: list[Draft] = []
    parts: dict[str, float] = {}
    for n, objective in enumerate(objectives, 1):
        indicator = _indicator(objective, objects)
        part = "" if indicator is None else _said(indicator.at("metadata", "annotations"), extension.PART)
        name = part or f"{shared.name}-{slug(objective.at('displayName').value or str(n))}"
        parts[slug(name)] = float(objective.at("compositeWeight").value or 1)
        if not part:  # parts that are ours are configured on their own
            found += _objective(shared, name, objective, indicator)
    target = _whole_target(shared.view.at("metadata", "annotations"), objectives)
    if target is None:
        return []
    raw = {key: value for key, value in shared.raw.items() if key != "method"}
    whole = raw | {"sli": {"composite": parts}, "target": target, "method": shared.raw["method"]}
    return [*found, *filter(None, [draft(shared.view, shared.service, shared.name, whole, shared.notes)])]


def _whole_target(annotations: View, objectives: list[View]) -> float | None:
    """The target of what burns together: as it is annotated, else the strictest of its parts."""
    said = _said(annotations, extension.TARGET)
    if not said:
        return max(_target(objective) for objective in objectives)
    try:
        return float(said)
    except ValueError:
        annotations.at(extension.TARGET).refuse("type", f"{said[:40]!r} is no share; write 0.999, for one")
        return None


def _objective(shared: _Shared, name: str, objective: View, indicator: View | None) -> list[Draft]:
    notes = list(shared.notes)
    sli = None if indicator is None else _sli(indicator.at("spec"), objective, notes)
    if sli is None:
        return []
    raw = {**shared.raw, "sli": sli, "target": _target(objective)}
    if raw["method"] != "Occurrences":
        width = read_duration(objective.at("timeSliceWindow"))
        raw["slice"] = width.seconds if width else 60
    if raw["method"] == "Timeslices" and objective.at("timeSliceTarget").value != raw["target"]:
        raw["slice_target"] = objective.at("timeSliceTarget").value
    found = draft(objective, shared.service, name, raw, notes)
    return [found] if found else []


def _target(objective: View) -> float:
    if objective.at("target").is_given:
        return float(objective.at("target").value)
    return float(f"{float(objective.at('targetPercent').value) / 100:.12g}")


def _indicator(holder: View, objects: Objects) -> View | None:
    reference = holder.at("indicatorRef").value
    return objects.find("SLI", reference) if isinstance(reference, str) else holder.at("indicator")


def _sli(spec: View, objective: View, notes: list[str]) -> dict[str, Any] | str | None:
    threshold, ratio = spec.at("thresholdMetric"), spec.at("ratioMetric")
    if threshold.is_given:
        return _threshold(threshold.at("metricSource"), objective)
    if ratio.at("raw").is_given:
        source = ratio.at("raw", "metricSource")
        query, raw_is = _query(source), ratio.at("rawType").value
        return _source(source, {"raw": of_minute(query), "raw_is": raw_is}) if query else None
    part = "bad" if ratio.at("bad").is_given else "good"
    source = ratio.at(part, "metricSource")
    if source.at("type").value == extension.SOURCE_TYPE:
        return _own(source)
    counts = {part: _query(source), "total": _query(ratio.at("total", "metricSource"))}
    if not all(counts.values()):
        return None
    ours = {key: per_minute(query) for key, query in counts.items()}
    if ours != counts:
        notes.append("the window of its queries: sources are asked for the count of a minute, a rate times 60")
    return _source(source, ours)


def _own(source: View) -> dict[str, Any] | str | None:
    """An SLI of our own telemetry."""
    count = source.at("spec", extension.COUNT)
    if count.value == extension.SLOWER:
        return {"latency_under": source.at("spec", extension.THAN).value}
    names = source.at("spec", extension.PROBES)
    if count.value == extension.FAILED_PROBES and names.is_given:
        return {"probes": names.value}
    if isinstance(count.value, str) and count.value in extension.COUNTED:
        return extension.COUNTED[count.value]
    known = ", ".join((*extension.COUNTED, extension.SLOWER))
    count.refuse("not_in", f"{count.value!r} is nothing that evenkeel counts as bad; there are {known}")
    return None


def _threshold(source: View, objective: View) -> dict[str, Any] | None:
    """A value that is good by comparison: a share of 1 or 0 each minute."""
    op, value = objective.at("op").value, objective.at("value").value
    if op not in _COMPARE or value is None:
        objective.refuse("required", "a threshold metric is good by comparison; op and value are missing")
        return None
    query = _query(source)
    if not query:
        return None
    return _source(source, {"raw": f"{bracketed(of_minute(query))} {_COMPARE[op]} bool {value:g}"})


def _source(source: View, counts: Mapping[str, Any]) -> dict[str, Any]:
    name = source.at("metricSourceRef").value or slug(str(source.at("type").value or "prometheus"))
    return {"source": {"name": str(name), **counts}}


def _query(source: View) -> str:
    """What is asked of a Prometheus; empty, and a problem, where something else is asked."""
    query = source.at("spec", "query").value or source.at("spec", "promql").value
    if isinstance(query, str) and query.strip():
        return query
    kind = source.at("type").value or "this kind"
    source.at("spec").refuse("unsupported", f"a source of {kind} without `query` cannot be asked; Prometheus can")
    return ""


def _window(spec: View, notes: list[str]) -> str | None:
    windows = spec.at("timeWindow").items()
    if not windows:
        return "month"
    window = windows[0]
    duration = read_duration(window.at("duration"))
    if duration is None:
        return None
    if window.at("isRolling").value:
        if duration.seconds % _DAY_S or not duration.seconds:
            window.at("duration").refuse(
                "unsupported", f"a budget of {duration.count}{duration.unit} is not kept; write whole days, e.g. 30d"
            )
            return None
        return f"{duration.seconds // _DAY_S}d"
    return _calendar(window, duration, notes)


def _calendar(window: View, duration: Duration, notes: list[str]) -> str | None:
    if duration.count != 1 or duration.unit not in _CALENDAR:
        window.at("duration").refuse(
            "unsupported", f"a calendar window of {duration.count}{duration.unit} is not kept; 1d, 1w, 1M, 1Q, 1Y are"
        )
        return None
    period, start = _CALENDAR[duration.unit], check_start(window.at("calendar", "startTime"))
    if start is not None and not _is_first(start, period):
        notes.append(f"periods that begin at {start}: ours begin where the calendar has them")
    notes.append(f"the time zone {window.at('calendar', 'timeZone').value}: ours is org.timezone")
    return period


def _is_first(start: datetime, period: str) -> bool:
    """Whether a period of the calendar begins at `start`."""
    is_midnight = (start.hour, start.minute, start.second) == (0, 0, 0)
    firsts = {
        "day": True,
        "week": start.weekday() == 0,
        "month": start.day == 1,
        "quarter": start.day == 1 and start.month % 3 == 1,
        "year": (start.month, start.day) == (1, 1),
    }
    return is_midnight and firsts[period]


def _alerts(spec: View, annotations: View, raw: dict[str, Any], notes: list[str]) -> None:
    catalogue = _said(annotations, extension.ALERTS)
    if catalogue:
        raw["alerts"] = "" if catalogue == extension.AUTO else catalogue
    elif spec.at("alertPolicies").items():
        notes.append("alert policies: burn rules come from the catalogue that fits target and window")


def _said(annotations: View, key: str) -> str:
    value = annotations.at(key).value
    return value if isinstance(value, str) else ""
