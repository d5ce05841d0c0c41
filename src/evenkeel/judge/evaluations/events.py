"""A rating as an event of kind `review`, so that it counts where other reviews count. Pure."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.judge.evaluations.model import Evaluation, Item, Rating, Scale
from evenkeel.kernel.event import Kind, Role
from evenkeel.kernel.ids import derive_id


def review_event(event_id: bytes, at_us: int) -> dict[str, Any]:
    """What is the same of every event of kind `review` that the house makes itself: it is its own request."""
    return {
        "event_id": event_id,
        "request_id": event_id,
        "solo": True,
        "kind": Kind.REVIEW.value,
        "role": Role.NONE.value,
        "at": at_us,
        "arrived_at": at_us,
        "source": "api",
    }


def event_of(evaluation: Evaluation, item: Item, rating: Rating, question: str, nth: int) -> dict[str, Any]:
    """What a person said to one question; `nth` counts their earlier ratings of this answer.

    `subject` is the rated event, `operation` the question, `value` what was said. Who said it stays in the records.
    """
    parts = (evaluation.id, item.id, rating.rater, question, str(nth))
    event_id = derive_id(*(part.encode() for part in parts))
    value = rating.values[question]
    yes_no = evaluation.question(question).scale is Scale.YES_NO
    return review_event(event_id, rating.at_us) | {
        "environment": evaluation.environment,
        "service": evaluation.service,
        "version": item.version,
        "operation": question,
        "subject": item.event_id or item.id,
        "value": value,
        "value_kind": "rating",
        "label": ("yes" if value else "no") if yes_no else f"{value:g}",
        "attributes": json.dumps({"evaluation": evaluation.id, "corrects": rating.corrects}, sort_keys=True),
    }
