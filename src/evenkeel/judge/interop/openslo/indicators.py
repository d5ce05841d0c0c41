"""What OpenSLO v1 lets stand in an SLI: a threshold metric, or a ratio of counts."""

from __future__ import annotations

from evenkeel.judge.interop.documents import View
from evenkeel.judge.interop.openslo.grammar import Strictness, check_description, check_metadata, check_name


def check_sli_spec(spec: View, mode: Strictness) -> None:
    """The `spec` of an SLI, on its own or inline."""
    if not spec.section((), ("description", "thresholdMetric", "ratioMetric")):
        return
    check_description(spec.at("description"))
    spec.one_of("thresholdMetric", "ratioMetric")
    if spec.at("thresholdMetric").is_given:
        _check_metric(spec.at("thresholdMetric"), mode)
    if spec.at("ratioMetric").is_given:
        _check_ratio(spec.at("ratioMetric"), mode)


def check_indicator(indicator: View, mode: Strictness) -> None:
    """An inline indicator: metadata and spec of an SLI."""
    if indicator.section(("metadata", "spec"), ("apiVersion", "kind")):
        check_metadata(indicator.at("metadata"), mode)
        if indicator.at("spec").is_given:
            check_sli_spec(indicator.at("spec"), mode)


def _check_ratio(ratio: View, mode: Strictness) -> None:
    if not ratio.section((), ("counter", "good", "bad", "total", "raw", "rawType")):
        return
    ratio.at("counter").flag()
    ratio.at("rawType").text(("success", "failure"))
    whole = ratio.one_of("total", "raw")
    if whole == "total":
        ratio.one_of("good", "bad")
        if ratio.at("rawType").is_given:
            ratio.at("rawType").refuse("forbidden", "rawType says what `raw` is a share of; there is no raw here")
    elif whole == "raw":
        for part in ("good", "bad"):
            if ratio.at(part).is_given:
                ratio.at(part).refuse("forbidden", f"raw is a share already; {part} cannot stand beside it")
        if not ratio.at("rawType").is_given:
            ratio.at("rawType").refuse("required", "raw needs rawType: success or failure")
    for part in ("good", "bad", "total", "raw"):
        if ratio.at(part).is_given:
            _check_metric(ratio.at(part), mode)


def _check_metric(metric: View, mode: Strictness) -> None:
    if not metric.section(("metricSource",)) or not metric.at("metricSource").is_given:
        return
    source = metric.at("metricSource")
    if not source.section(("spec",), ("metricSourceRef", "type")):
        return
    check_name(source.at("metricSourceRef"), mode)
    source.at("type").text()
    if source.at("spec").is_given and not source.at("spec").entries() and source.at("spec").is_mapping:
        source.at("spec").refuse("count", "this is empty; say what is asked of the source, e.g. query")
