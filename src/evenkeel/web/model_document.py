"""The document of a model, of which each door asks for the parts that it shows (SPEC OPS-2).

Drift walks over every feature and costs more than all the rest: a table of predictions is made without it.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from evenkeel.kernel.time import to_us
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.web.drift import drift_document
from evenkeel.web.fairness import fairness_document
from evenkeel.web.frame import SiteDependencies
from evenkeel.web.quality import quality_document, read_classes
from evenkeel.web.quality_course import course_document, retraining_document
from evenkeel.web.quality_scores import read_scoring
from evenkeel.web.traffic import Span
from evenkeel.web.version_changes import changes_document


class Part(StrEnum):
    """What a document of a model may hold beside whose it is."""

    QUALITY = "quality"
    COURSE = "course"
    DRIFT = "drift"
    FAIRNESS = "fairness"
    CHANGES = "changes"


ALL: Final = frozenset(Part)


def model_document(
    given: SiteDependencies,
    key: ServiceKey,
    span: Span,
    parts: AbstractSet[Part] = ALL,
    chosen: tuple[str, str] = ("", ""),
) -> dict[str, Any]:
    """The quality of a model with its course, its drift, its fairness, its versions, and whether to train it again.

    `chosen` are two versions that are to be compared, instead of the latest two.
    """
    telemetry, document = given.telemetry, dict[str, Any]()
    if parts & {Part.QUALITY, Part.COURSE, Part.CHANGES}:
        document |= quality_document(telemetry, key, span)
    if Part.COURSE in parts:
        scoring = read_scoring(telemetry, key, span.window, read_classes(document))
        here_before = None if document["labels"] is None else document["labels"]["here_before"]
        here_before_us = None if here_before is None else to_us(datetime.fromisoformat(here_before))
        document["course"] = course_document(telemetry, key, span.window, scoring, here_before_us)
        document["retraining"] = retraining_document(telemetry, key, span.window.end_us, scoring)
    if Part.CHANGES in parts:
        document["changes"] = changes_document(telemetry, key, span, document, chosen)
    if Part.DRIFT in parts:
        document["drift"] = drift_document(given.drift, key, span.window)
    if Part.FAIRNESS in parts:
        document["fairness"] = fairness_document(telemetry, key, span, given.fairness(key))
    return document


def advised_document(
    telemetry: Telemetry, key: ServiceKey, span: Span, chosen: tuple[str, str] = ("", "")
) -> dict[str, Any]:
    """How good predictions were, what the latest version is better or worse at, and whether to train it again.

    `retraining` is None where no class was predicted: advice is given by classes only.
    """
    document = quality_document(telemetry, key, span)
    retraining = None
    if document["predictions"]:
        scoring = read_scoring(telemetry, key, span.window, read_classes(document))
        retraining = retraining_document(telemetry, key, span.window.end_us, scoring)
    changes = changes_document(telemetry, key, span, document, chosen)
    return document | {"retraining": retraining, "changes": changes}
