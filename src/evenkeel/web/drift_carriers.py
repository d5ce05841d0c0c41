"""Which segment carries the drift of one feature, as the page, the API and the command line tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.judge.drift.carried import describe_compared
from evenkeel.judge.drift.documents import carrier_document
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.time import Window, isoformat
from evenkeel.store.telemetry.port import ServiceKey


def carriers_document(judge: DriftJudge, key: ServiceKey, window: Window, feature: str) -> dict[str, Any]:
    """The levels that carry it, with what was compared. Raises NotFoundError for a feature that is not judged."""
    found = judge.carried(key, window, feature)
    counted = found.counted
    return {
        "service": key.service,
        "environment": key.environment,
        "feature": feature,
        "says": found.describe(),
        "compared": describe_compared(found),
        "carriers": [carrier_document(each) for each in found.carriers],
        "segments": list(found.segments),
        "then": None if found.then is None else {**_times(found.then), "is_reference": found.is_reference},
        "now": _times(found.now),
        "n": None if counted is None else {"reference": counted.read[0], "window": counted.read[1]},
        "stored": None if counted is None else {"reference": counted.stored[0], "window": counted.stored[1]},
        "cut": found.is_cut,
    }


def look_up_carriers(judge: DriftJudge, key: ServiceKey, window: Window, query: Mapping[str, str]) -> dict[str, Any]:
    """What a page that asks for it adds to the numbers of the view *Drift*; nothing where it does not ask."""
    feature = query.get("feature", "")
    if not feature or query.get("carriers") != "1":
        return {}
    return {"carried": carriers_document(judge, key, window, feature)}


def _times(window: Window) -> dict[str, str]:
    return {"from": isoformat(window.start_us), "to": isoformat(window.end_us)}
