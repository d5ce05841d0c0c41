"""What people say of a service's answers, as its objectives judge it: beside what evaluators count (SPEC Q-1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from evenkeel.judge.evaluations.model import GROUNDING
from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.kernel.verdict import read_status
from evenkeel.store.telemetry.port import ServiceKey


def people_document(engine: ObjectiveEngine, key: ServiceKey, now_us: int) -> list[dict[str, Any]]:
    """The verdict on each question that people are asked, with its sentence, and where more answers are drawn."""
    status = engine.service(key, now_us)
    return [
        {
            "objective": each.objective.name,
            "title": each.objective.title,
            "status": read_status(each.headline, now_us).value,
            "says": each.sentence,
            "draw": draw_link(key, each.objective.definition.source),
        }
        for each in (status.verdicts if status else ())
        if each.objective.definition.reads is Reads.PEOPLE
    ]


def draw_link(key: ServiceKey, question: str, judge: str = "") -> str:
    """The form of a new evaluation that asks a question, divided by a judge's verdicts: of what contexts bear out,
    by the check's.

    >>> draw_link(ServiceKey("production", "bot"), "relevant")
    '/evaluations/new?service=production%2Fbot&question=relevant&title=bot%3A+relevant'
    """
    values = {"service": str(key), "question": question, "title": f"{key.service}: {question}"}
    judge = GROUNDING if question == "grounded" else judge
    return f"/evaluations/new?{urlencode(values | ({'judge': judge} if judge else {}))}"
