"""Comparisons of two versions by a model, over the API: begun, followed, told (SPEC Q-1)."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from evenkeel.judge.evaluations.stored import find_answers
from evenkeel.judge.model_judges.comparing import QUESTION, NewComparison, check_service
from evenkeel.judge.model_judges.model import ModelJudge
from evenkeel.judge.model_judges.pairs import pair_versions, read_pairs
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.org.access.model import RATE
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.asking import Asking, At, Limit
from evenkeel.web.comparisons import comparison_document
from evenkeel.web.frame import Site
from evenkeel.web.reading import find_service
from evenkeel.web.traffic import span_of

router = APIRouter()


class AskedComparison(BaseModel):
    """Whose answers are compared: pairs of a file, or answers of two versions to the same prompts.

    Those come from an evaluation, or from a service whose texts are stored.
    """

    pairs: str = Field(default="", max_length=20_000_000, description="JSON lines with prompt, first and second.")
    evaluation: str = Field(default="", max_length=40, description="Answers that were drawn or uploaded for it.")
    service: str = Field(default="", max_length=400, description="environment/service, whose texts are stored.")
    span: Literal["1h", "6h", "24h", "7d", "30d"] = Field(default="7d", description="Of a service: the time until now.")
    first: str = Field(default="first", min_length=1, max_length=300, description="The version compared with.")
    second: str = Field(default="second", min_length=1, max_length=300, description="The version that wins or not.")
    question: str = Field(default=QUESTION, min_length=1, max_length=1_000, description="What the model decides by.")
    title: str = Field(default="", max_length=500)


@router.post("/judges/{name}/compare", summary="Let a judge say which of two answers is better, in both orders")
def compare(name: str, asked: AskedComparison, site: At, asker: Asking) -> dict[str, Any]:
    """It answers at once; `GET /comparisons/{id}` says how far it is. Calls count towards the judge's limits."""
    asker.require(RATE)
    judges = site.given.judges
    judge = judges.judge(name)
    new = _new(site, judge, asked, asker.name)
    return comparison_document(judges.comparisons.get(judges.comparisons.start(judge, new, asker.name).id))


@router.get("/comparisons", summary="Comparisons of two versions by a model, the newest first")
def list_comparisons(site: At, _: Asking, limit: Limit = 50) -> dict[str, Any]:
    """Each with its result so far."""
    return {"comparisons": [comparison_document(each) for each in site.given.judges.comparisons.list(limit)]}


@router.get("/comparisons/{comparison_id}", summary="A comparison and its result so far")
def show_comparison(comparison_id: str, site: At, _: Asking) -> dict[str, Any]:
    """The rate of wins with its interval, ties, failures, and how far the place of an answer decides."""
    return comparison_document(site.given.judges.comparisons.get(comparison_id))


def _new(site: Site, judge: ModelJudge, asked: AskedComparison, actor: str) -> NewComparison:
    """What is compared. A judge sees answers of its own services only; that is asked before any text is read."""
    given = [name for name in ("pairs", "evaluation", "service") if getattr(asked, name)]
    if len(given) != 1:
        raise InvalidInputError(
            f"Pairs come from one place; {len(given)} are given.", hint="Give pairs, evaluation or service."
        )
    title = asked.title or f"{asked.second} against {asked.first}"
    if asked.pairs:
        return NewComparison(title, asked.first, asked.second, read_pairs(asked.pairs), asked.question)
    now_us = site.given.clock.now_us()
    if asked.evaluation:
        evaluation = site.given.evaluations.get(asked.evaluation).evaluation
        key = ServiceKey(evaluation.environment, evaluation.service)
        check_service(judge, key)
        candidates = site.given.evaluations.answers(asked.evaluation, actor)
    else:
        key = find_service(site.given.engine, asked.service, now_us).key
        check_service(judge, key)
        window = span_of(asked.span, now_us).window
        _, candidates = find_answers(site.given.telemetry, key, window, seed=1)
    pairs = pair_versions(candidates, asked.first, asked.second)
    return NewComparison(title, asked.first, asked.second, pairs, asked.question, key)
