"""Reading what sloth reads: its specifications (`prometheus/v1`) and its files of alert windows.

A specification says what is bad of what, in PromQL with the window left open; here a Prometheus is asked for the
count of each minute. Windows of alerts become the catalogue that has the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.judge.interop.documents import Document, Findings, View
from evenkeel.judge.interop.draft import Draft, draft, of_minute, per_minute
from evenkeel.judge.slo.catalogue import NO_RULES, load_catalogues
from evenkeel.judge.slo.model import BurnRule, Severity
from evenkeel.kernel.time import parse_duration_s

VERSION: Final = "prometheus/v1"
WINDOWS_VERSION: Final = "sloth.slok.dev/v1"
WINDOWS_KIND: Final = "AlertWindows"
#: What sloth takes when nobody says otherwise.
PERIOD_DEFAULT: Final = "30d"
SOURCE_DEFAULT: Final = "prometheus"
_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class AlertWindows:
    """A period and its burn rules, as a file of alert windows has them."""

    period: str
    rules: tuple[BurnRule, ...]

    @property
    def catalogue(self) -> str:
        """The catalogue of ours that has the same rules; empty when none has."""
        for name, known in load_catalogues().items():
            if len(known.rules) == len(self.rules) and all(map(_is_same, known.rules, self.rules)):
                return name
        return ""


def _is_same(one: BurnRule, other: BurnRule) -> bool:
    windows = (one.severity, one.long_s, one.short_s) == (other.severity, other.long_s, other.short_s)
    return windows and math.isclose(one.factor, other.factor, rel_tol=1e-6)


def is_sloth(document: Document) -> bool:
    """Whether a document is one of sloth's."""
    root = document.root()
    version = str(root.at("version").value or root.at("apiVersion").value or "")
    return version.startswith(("prometheus/", "sloth.slok.dev/"))


def read_sloth(documents: Sequence[Document], findings: Findings) -> list[Draft]:
    """The SLOs of specifications, as we would configure them; what is wrong is in `findings`."""
    windows: dict[str, AlertWindows] = {}
    for document in documents:
        if document.root().at("kind").value == WINDOWS_KIND:
            found = _windows(document.root())
            if found is not None:
                windows[found.period] = found
    seen: dict[tuple[str, str], View] = {}
    drafts = [
        found
        for document in documents
        if document.root().at("kind").value != WINDOWS_KIND
        for found in _specification(document.root(), windows, seen)
    ]
    findings.problems.sort()
    findings.warnings.sort()
    return drafts


def _specification(root: View, windows: Mapping[str, AlertWindows], seen: dict[tuple[str, str], View]) -> list[Draft]:
    if root.at("apiVersion").is_given:
        root.at("apiVersion").refuse(
            "api_version",
            f"{root.at('apiVersion').value!r} of kind {root.at('kind').value!r} is not read; take the plain"
            f" specification (version: {VERSION})",
        )
        return []
    if not root.section(("version", "service", "slos"), ("labels",)):
        return []
    version = root.at("version").text()
    if version and version != VERSION:
        root.at("version").refuse("api_version", f"{version!r} is not read; {VERSION} is")
        return []
    service = root.at("service").text()
    labels = [key for key, _ in root.at("labels").entries()]
    if root.at("slos").is_list and not root.at("slos").items():
        root.at("slos").refuse("count", "there is no SLO; at least 1 is needed")
    drafts: list[Draft] = []
    for slo in root.at("slos").items():
        name = slo.at("name").value
        if isinstance(name, str) and (service, name) in seen:
            slo.at("name").refuse("duplicate", f"{service} has another SLO {name!r}")
        elif isinstance(name, str):
            seen[service, name] = slo
        drafts += _slo(slo, service, labels, windows)
    return drafts


def _slo(slo: View, service: str, labels: Sequence[str], windows: Mapping[str, AlertWindows]) -> list[Draft]:
    optional = ("description", "labels", "disable", "plugins")
    if not slo.section(("name", "objective", "sli", "alerting"), optional):
        return []
    name, objective = slo.at("name").text(), slo.at("objective").number()
    if objective is not None and not 0.0 < objective < 100.0:
        said = "has no error budget" if objective == 100.0 else "is no share in percent"
        slo.at("objective").refuse("range", f"the objective {objective:g} {said}; more than 0 and less than 100 is")
    notes: list[str] = []
    sli = _sli(slo.at("sli"), notes) if slo.at("sli").is_given else None
    alerts = _alerts(slo.at("alerting"), notes) if slo.at("alerting").is_given else ""
    given = [*labels, *(key for key, _ in slo.at("labels").entries())]
    if given:
        notes.append(f"labels {', '.join(given)}")
    if slo.at("plugins").is_given:
        notes.append("plugins of the SLO")
    if slo.at("disable").flag():
        return []
    if sli is None or not name or not service or objective is None or not 0.0 < objective < 100.0:
        return []
    period, catalogue = _period(windows, notes)
    raw: dict[str, Any] = {
        "sli": sli,
        "target": float(f"{objective / 100:.12g}"),
        "method": "Occurrences",
        "window": period,
        "alerts": alerts or catalogue,
        "title": slo.at("description").text(),
    }
    found = draft(slo, service, name, raw, notes)
    return [found] if found else []


def _period(windows: Mapping[str, AlertWindows], notes: list[str]) -> tuple[str, str]:
    """(period, catalogue) that all SLOs of the import have, as sloth takes both from its command line."""
    if len(windows) != 1:
        return PERIOD_DEFAULT, ""
    (only,) = windows.values()
    if not only.catalogue:
        rules = ", ".join(f"{rule.severity.value} {rule.name} x{rule.factor:.4g}" for rule in only.rules)
        notes.append(f"alert windows of its own ({rules}): the catalogue that fits target and window is used")
    return only.period, only.catalogue


def _sli(sli: View, notes: list[str]) -> dict[str, Any] | None:
    if not sli.section((), ("raw", "events", "plugin")):
        return None
    kind = sli.one_of("raw", "events", "plugin")
    if kind == "plugin":
        sli.at("plugin").refuse("unsupported", "plugins are programs of sloth's; write the query out as raw or events")
    elif kind == "raw" and sli.at("raw").section(("error_ratio_query",)):
        query = _query(sli.at("raw", "error_ratio_query"))
        if query:
            return {"source": {"name": SOURCE_DEFAULT, "raw": of_minute(query), "raw_is": "failure"}}
    elif kind == "events" and sli.at("events").section(("error_query", "total_query")):
        bad, total = _query(sli.at("events", "error_query")), _query(sli.at("events", "total_query"))
        if bad and total:
            notes.append("the window of its queries: sources are asked for the count of a minute, a rate times 60")
            return {"source": {"name": SOURCE_DEFAULT, "bad": per_minute(bad), "total": per_minute(total)}}
    return None


def _query(view: View) -> str:
    """PromQL whose window is left open; empty, and a problem, for another."""
    text = view.text()
    if text and of_minute(text) == text.strip():
        view.refuse("query", "the query names no window; write [{{.window}}] where it belongs")
        return ""
    return text


def _alerts(alerting: View, notes: list[str]) -> str:
    """`none` when both alerts are switched off, else empty."""
    if not alerting.section((), ("name", "labels", "annotations", "page_alert", "ticket_alert")):
        return ""
    off: list[str] = []
    for key in ("page_alert", "ticket_alert"):
        alert = alerting.at(key)
        if alert.is_given and alert.section((), ("disable", "labels", "annotations")) and alert.at("disable").flag():
            off.append(key)
        if alert.at("labels").is_given or alert.at("annotations").is_given:
            notes.append(f"labels and annotations of {key}")
    is_on = len(off) < 2
    if is_on and not alerting.at("name").text():
        alerting.at("name").refuse("required", "an alert needs a name; or disable page_alert and ticket_alert")
    if alerting.at("labels").is_given or alerting.at("annotations").is_given:
        notes.append("labels and annotations of its alerts")
    if len(off) == 1:
        notes.append(f"that {off[0]} is off: a catalogue has pages and tickets")
    return "" if is_on else NO_RULES


def _windows(root: View) -> AlertWindows | None:
    """A file of alert windows; None, and problems, when it is not in order."""
    if not root.section(("apiVersion", "kind", "spec"), ("metadata",)):
        return None
    if root.at("apiVersion").text((WINDOWS_VERSION,)) == "" or not root.at("spec").is_given:
        return None
    spec = root.at("spec")
    if not spec.section(("sloPeriod", "page", "ticket")):
        return None
    period_s = _length(spec.at("sloPeriod"))
    rules: list[BurnRule] = []
    for severity in Severity:
        both = spec.at(severity.value)
        if not both.is_given or not both.section(("quick", "slow")):
            continue
        for speed in ("quick", "slow"):
            rule = _window(both.at(speed), severity, period_s)
            rules += [rule] if rule else []
    if period_s is None or len(rules) != 4:
        return None
    if period_s % _DAY_S:
        spec.at("sloPeriod").refuse("unsupported", "a budget is kept for whole days, e.g. 7d")
        return None
    return AlertWindows(f"{period_s // _DAY_S}d", tuple(rules))


def _window(view: View, severity: Severity, period_s: int | None) -> BurnRule | None:
    if not view.is_given or not view.section(("errorBudgetPercent", "shortWindow", "longWindow")):
        return None
    share = view.at("errorBudgetPercent").number()
    short, long = _length(view.at("shortWindow")), _length(view.at("longWindow"))
    if share is not None and not 0.0 < share <= 100.0:
        view.at("errorBudgetPercent").refuse("range", f"{share:g} % of the budget; more than 0 to 100 is allowed")
        return None
    if short is None or long is None or share is None or period_s is None:
        return None
    if not short < long <= period_s:
        view.refuse("range", "the short window must be shorter than the long one, and that no longer than the period")
        return None
    return BurnRule(severity, long, short, share / 100 * period_s / long)


def _length(view: View) -> int | None:
    text = view.text()
    try:
        return parse_duration_s(text) if text else None
    except ValueError as error:
        view.refuse("duration", str(error))
        return None
