"""The views of a service's tab *Quality*: each has a page and, beside it, the same numbers as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.kernel.errors import NotFoundError
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.answers import answers_document
from evenkeel.web.answers_people import people_document
from evenkeel.web.answers_words import answers_values
from evenkeel.web.drift import drift_document
from evenkeel.web.drift_carriers import look_up_carriers
from evenkeel.web.drift_page import drift_values
from evenkeel.web.fairness import fairness_document
from evenkeel.web.fairness_rows import fairness_values
from evenkeel.web.frame import SiteDependencies
from evenkeel.web.golden import golden_document
from evenkeel.web.model_document import advised_document
from evenkeel.web.quality import quality_values
from evenkeel.web.questions import questions_document
from evenkeel.web.traffic import Span


@dataclass(frozen=True, slots=True)
class QualityView:
    """One of the views: what it is called in a URL and on the page, its numbers, and how they are shown."""

    name: str
    title: str
    template: str  # finds what `show` gives as `quality`
    tell: Callable[[SiteDependencies, ServiceKey, Span], Mapping[str, Any]]
    show: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    #: Instead of `show`, where more of the URL chooses what is shown.
    show_chosen: Callable[[Mapping[str, Any], Mapping[str, str]], Mapping[str, Any]] | None = None
    #: More numbers, where the URL asks for them.
    look_up: Callable[[SiteDependencies, ServiceKey, Span, Mapping[str, str]], Mapping[str, Any]] | None = None

    def read(self, given: SiteDependencies, key: ServiceKey, span: Span, query: Mapping[str, str]) -> Mapping[str, Any]:
        """The numbers that a URL asks for."""
        told = self.tell(given, key, span)
        return told if self.look_up is None else {**told, **self.look_up(given, key, span, query)}


def _tell_predictions(given: SiteDependencies, key: ServiceKey, span: Span) -> Mapping[str, Any]:
    return advised_document(given.telemetry, key, span)


def _show_predictions(document: Mapping[str, Any]) -> Mapping[str, Any]:
    said = {name: None if document[name] is None else document[name]["says"] for name in ("changes", "retraining")}
    return quality_values(document) | said


def _tell_drift(given: SiteDependencies, key: ServiceKey, span: Span) -> Mapping[str, Any]:
    return drift_document(given.drift, key, span.window)


def _show_drift(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return drift_values(document, {})


def _look_up_drift(given: SiteDependencies, key: ServiceKey, span: Span, query: Mapping[str, str]) -> Mapping[str, Any]:
    return look_up_carriers(given.drift, key, span.window, query)


def _tell_answers(given: SiteDependencies, key: ServiceKey, span: Span) -> Mapping[str, Any]:
    people = people_document(given.engine, key, given.clock.now_us())
    found = answers_document(given.telemetry, key, span) | {"by_people": people}
    found["golden"] = golden_document(given.golden, key, given.clock.now_us())
    return found | ({"questions": questions_document(given.telemetry, key, span)} if found["has_questions"] else {})


def _tell_fairness(given: SiteDependencies, key: ServiceKey, span: Span) -> Mapping[str, Any]:
    return fairness_document(given.telemetry, key, span, given.fairness(key))


#: In the order of the page; the first is shown where none is named.
QUALITY_VIEWS: Final = (
    QualityView("predictions", "Predictions", "service_quality.html", _tell_predictions, _show_predictions),
    QualityView("drift", "Drift", "service_drift.html", _tell_drift, _show_drift, drift_values, _look_up_drift),
    QualityView("answers", "Answers", "service_answers.html", _tell_answers, answers_values),
    QualityView("fairness", "Fairness", "service_fairness.html", _tell_fairness, fairness_values),
)


def find_view(name: str | None) -> QualityView:
    """The view of that name, or the first. Raises NotFoundError for one that there is none of."""
    if not name:
        return QUALITY_VIEWS[0]
    found = next((view for view in QUALITY_VIEWS if view.name == name), None)
    if found is None:
        known = ", ".join(view.name for view in QUALITY_VIEWS)
        raise NotFoundError(f"The tab Quality has no view {name[:20]!r}.", hint=f"It has {known}.")
    return found
