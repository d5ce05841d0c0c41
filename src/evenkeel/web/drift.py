"""What of a service has drifted, as its page, the API and the command line tell it (SPEC D-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.judge.drift.answer import DriftAnswer
from evenkeel.judge.drift.baseline import DAYS
from evenkeel.judge.drift.beginnings import Beginning
from evenkeel.judge.drift.documents import STATUS, answer_document, finding_document, finite
from evenkeel.judge.drift.family import reference_of
from evenkeel.judge.drift.heat_map import HeatRow
from evenkeel.judge.drift.judged import BY_HOUR_MAX_US, JudgedFeature, ServiceDrift
from evenkeel.judge.drift.limits import Matters
from evenkeel.judge.drift.model import Detected, Feature, Finding, Reason, Signal
from evenkeel.judge.drift.past import Past, PastDays
from evenkeel.judge.drift.picture import draw_bins
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.sentences import describe_finding
from evenkeel.judge.drift.service import DriftJudge, align_window
from evenkeel.judge.drift.sketches import describe_number
from evenkeel.kernel.time import US_PER_DAY, Window, isoformat
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.ui.formats import plural

#: Versions that are told apart, the latest ones: each is judged on its own.
VERSIONS_MAX: Final = 4
_RANK: Final = {"breach": 3, "warning": 2, "unknown": 1, "ok": 0}


def drift_document(judge: DriftJudge, key: ServiceKey, window: Window) -> dict[str, Any]:
    """The same numbers for everybody: one answer, each feature, each version, and features by time."""
    asked, _ = align_window(window)
    made = judge.looks.once("document", key, asked, lambda: _make_document(judge, key, window))
    return {**made, "to": isoformat(asked.end_us)}


def _make_document(judge: DriftJudge, key: ServiceKey, window: Window) -> dict[str, Any]:
    drift = judge.judge(key, window)
    rows = {row.feature: row for row in judge.map(key, window)}
    since = judge.since(drift)
    features = sorted(
        (_feature(each, since.get(each.finding.feature)) for each in drift.features),
        key=lambda each: (-_RANK[each["status"]], each["detected"] != "yes", -each["psi"]["value"], each["feature"]),
    )
    is_by_hour = drift.window.end_us - drift.window.start_us <= BY_HOUR_MAX_US
    return {
        "service": key.service,
        "environment": key.environment,
        "from": isoformat(drift.window.start_us),
        "to": isoformat(drift.window.end_us),
        "says": say_drift(drift, since),
        "data": answer_document(drift.data),
        "prediction": answer_document(drift.prediction),
        "reference": reference_document(drift.given),
        "features": features,
        "waiting": dict(drift.waiting),
        "retired": dict(drift.retired),
        "versions": _versions(judge, key, window) if drift.features else [],
        "limits": {name: _limit(getattr(drift.limits, name)) for name in ("data", "prediction")},
        "heat": {
            "step": "hour" if is_by_hour else "day",
            "rows": [_heat(rows[each["feature"]]) for each in features if each["feature"] in rows],
        },
    }


def _limit(matters: Matters) -> dict[str, float]:
    return {"target": matters.target, "alert": matters.alert}


def reference_document(given: GivenReference | None) -> dict[str, Any]:
    """What a service is compared with."""
    if given is None:
        return {"origin": "traffic", "days": DAYS}
    made = {"made_at": isoformat(given.made_at_us), "author": given.author, "reason": given.reason}
    if given.unreadable:
        return {"origin": "unreadable", "says": given.unreadable, **made}
    if given.past is not None:
        return {"origin": "past", "says": given.past.describe(), **_times(given.past), **made}
    return {
        "origin": "given",
        "version": given.table.version,
        "rows": given.table.rows,
        "features": len(given.table.named),
        "source": given.table.source,
        **made,
    }


def _times(past: Past) -> dict[str, Any]:
    if isinstance(past, PastDays):
        return {"from": isoformat(past.start_us), "to": isoformat(past.end_us), "weeks": None}
    return {"from": None, "to": None, "weeks": past.weeks}


def say_drift(drift: ServiceDrift, since: Mapping[str, Beginning]) -> list[str]:
    """Three answers: how it is, since when, and what to do."""
    if drift.given is not None and drift.given.unreadable:
        lost = f"Nothing can be said of drift: the reference that {drift.given.author} gave cannot be read."
        return [lost, "", "Give it again, or go back to its own traffic: `evenkeel drift reference --help`."]
    if not drift.features:
        waiting = f" {plural(len(drift.waiting), 'features')} wait for a first whole day." if drift.waiting else ""
        return [f"Nothing can be said of drift yet.{waiting}", "", ""]
    findings = [each.finding for each in drift.features]
    drifted = [each for each in findings if each.detected is Detected.YES]
    worst = _worst(drift)
    how = f"{_how_many(findings, drifted)} {_sentence(worst) if worst else ''}".strip()
    return [how, _since(worst, since), _todo(drift, worst)]


def _worst(drift: ServiceDrift) -> Finding | None:
    """The feature that matters most among those that differ, of what is asked and what is said."""
    told: list[DriftAnswer] = [each for each in (drift.data, drift.prediction) if each.detected]
    if not told:
        return None
    name = max(told, key=lambda each: (_RANK[each.status.value], each.value or 0.0)).feature
    return next(each.finding for each in drift.features if each.finding.feature == name)


def _how_many(findings: Sequence[Finding], drifted: Sequence[Finding]) -> str:
    if not findings:
        return "Nothing of it can be compared."
    unknown = sum(each.detected is Detected.UNKNOWN for each in findings)
    matter = sum(STATUS[each.material] in ("breach", "warning") for each in findings)
    of = f"Of {plural(len(findings), 'features')}"
    if len(drifted) == 0:
        quiet = "none differs from the reference beyond chance"
        if unknown == 0:
            return f"{of} {quiet}, and a difference that matters would most likely have been seen."
        if unknown == len(findings):
            return f"{of} it is not known yet whether they drifted."
        return f"{of} {quiet}; of {unknown} it is not known."
    verb = "differs" if len(drifted) == 1 else "differ"
    rest = f"; of {unknown} it is not known" if unknown else ""
    return f"{of} {len(drifted)} {verb} beyond chance, {matter} so much that it matters{rest}."


def _sentence(finding: Finding) -> str:
    said = describe_finding(finding)
    return said[0].upper() + said[1:]


def _since(worst: Finding | None, since: Mapping[str, Beginning]) -> str:
    if worst is None:
        return ""
    found = since.get(worst.feature)
    if found is None:
        return f"Since when {worst.feature} differs cannot be told from chance."
    return f"{worst.feature} has differed {found.describe()}."


def _todo(drift: ServiceDrift, worst: Finding | None) -> str:
    status = STATUS[worst.material] if worst else "ok"
    if worst is not None and Signal.VANISHED in worst.signals:
        return (
            f"Look at what sent {worst.feature}. If it is meant to be gone: "
            f"evenkeel drift retire {drift.key} {worst.feature} --reason …"
        )
    if worst is not None and status in ("breach", "warning"):
        return (
            f"Look at what sends {worst.feature}. If it is right as it is now, look at how good the predictions are, "
            "train on it, and give the new training data as the reference."
        )
    waiting = [each for each in drift.features if drift.given is None and _waits(each)]
    missing = [DAYS - len(each.baseline.days) for each in waiting]
    if missing:
        return f"It takes {plural(max(missing), 'days')} more of traffic until there is a whole week to compare with."
    needs = [each.finding.needs for each in drift.features if each.finding.needs is not None]
    if not needs:
        return ""
    return f"It takes about {plural(max(needs), 'rows')} in one window to see a difference that matters."


def _waits(each: JudgedFeature) -> bool:
    return each.finding.comparison.reason is Reason.FEW_SEASONS and not each.baseline.is_whole


def _feature(judged: JudgedFeature, since: Beginning | None) -> dict[str, Any]:
    effect, days = judged.finding.effect, judged.baseline.days
    return {
        **finding_document(judged.finding),
        "status": STATUS[judged.finding.material],
        "told": judged.finding.told or None,
        "told_of": describe_number(judged.finding.told) or None,
        "median": {"before": _median(effect.median_before), "after": _median(effect.median_after)},
        "absent": {"before": effect.absent_before, "after": effect.absent_after},
        "levels": [{"level": each.level, "before": each.before, "after": each.after} for each in effect.changes],
        "window_from": isoformat(judged.window.start_us),
        "reference": {
            "origin": "given" if judged.is_given else "traffic",
            "days": [isoformat(day)[:10] for day in days],
            "provisional": judged.is_provisional,
            "from": None if judged.is_given or not days else isoformat(days[0]),
            "to": None if judged.is_given or not days else isoformat(days[-1] + US_PER_DAY),
        },
        "since": None if since is None else _since_document(since),
        "distribution": _distribution(judged.feature),
        "lengths": None if judged.lengths is None else _distribution(judged.lengths),
    }


def _distribution(feature: Feature) -> list[dict[str, Any]]:
    bins = draw_bins(feature.reference.grid, reference_of(feature), feature.window)
    return [{"bin": each.name, "before": each.before, "after": each.after} for each in bins]


def _since_document(found: Beginning) -> dict[str, Any]:
    """The hour or day in which it most likely began, and the first and the last of the 95 % interval."""
    return {
        "at": isoformat(found.at_us),
        "low": isoformat(found.earliest_us),
        "high": isoformat(found.latest_us),
        "may_be_older": found.may_be_older,
        "step": found.step,
        "q": found.since.p,
        "says": found.describe(),
    }


def _median(found: float | None) -> float | None:
    """Where most values are infinite, so is the middle one, which JSON has no word for."""
    return None if found is None else finite(found)


def _versions(judge: DriftJudge, key: ServiceKey, window: Window) -> list[dict[str, Any]]:
    """Each version on its own, the latest first; the latest beside the one before it, too."""
    names = judge.versions(key, window)
    if len(names) < 2:
        return []
    told: list[dict[str, Any]] = []
    for place, name in enumerate(names[:VERSIONS_MAX]):
        drift = judge.judge(key, window, version=name)
        made = {"version": name, **_told(drift)}
        if place == 0:
            made["beside"] = {"version": names[1], **_told(judge.beside(key, window, name, names[1]))}
        told.append(made)
    return told


def _told(drift: ServiceDrift) -> dict[str, Any]:
    worst = _worst(drift)
    return {
        "data": answer_document(drift.data),
        "prediction": answer_document(drift.prediction),
        "says": describe_finding(worst) if worst else _how_many([each.finding for each in drift.features], ()),
    }


def _heat(row: HeatRow) -> dict[str, Any]:
    cells = [{"at": isoformat(each.at), "n": each.n, "state": each.state.value, "psi": each.psi} for each in row.cells]
    return {"feature": row.feature, "cells": cells}
