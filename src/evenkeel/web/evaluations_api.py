"""Evaluations over the API: planned, created, rated one answer at a time, told (SPEC Q-1)."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from evenkeel.judge.evaluations.drawing import Wish
from evenkeel.judge.evaluations.model import USUAL, Dimension, Question, Scale
from evenkeel.judge.evaluations.planning import NewEvaluation
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.org.access.model import RATE, Role
from evenkeel.web.asking import Asking, At, Limit
from evenkeel.web.evaluations import (
    evaluation_document,
    list_documents,
    plan_document,
    shown_document,
)
from evenkeel.web.frame import Site
from evenkeel.web.reading import find_service
from evenkeel.web.traffic import span_of
from evenkeel.web.viewer import Viewer

router = APIRouter()


class AskedQuestion(BaseModel):
    """A question of your own; of the usual ones the name is enough."""

    name: str = Field(max_length=40, examples=["relevant"])
    text: str = Field(default="", max_length=500, description="Left out: the usual question of that name.")
    scale: Literal["yes_no", "1_5", "contexts"] = "yes_no"
    good_from: int = Field(default=4, ge=2, le=5, description="On 1_5: good from here up.")


class AskedEvaluation(BaseModel):
    """What you want to know of which answers, and how exactly."""

    service: str = Field(max_length=400, description="environment/service")
    title: str = Field(default="", max_length=500)
    questions: list[AskedQuestion] = Field(default=[AskedQuestion(name="relevant")], min_length=1, max_length=5)
    span: Literal["1h", "6h", "24h", "7d", "30d"] = Field(default="7d", description="The time until now.")
    half_width: float = Field(default=0.05, gt=0, lt=0.5, description="Half of the interval wanted, as a ratio.")
    answers: int | None = Field(default=None, ge=1, le=5000, description="So many answers, whatever the interval.")
    expected_bad: float = Field(default=0.2, ge=0, le=1, description="The share that you expect to be bad.")
    twice: float = Field(default=0.1, ge=0, le=1, description="Share of answers that two people rate.")
    by: list[Literal["version", "language", "day", "judge"]] = Field(default=[], description="Divide answers by these.")
    judge: str = Field(default="", max_length=60, description="Whose verdicts divide them.")
    upload: str = Field(default="", max_length=20_000_000, description="JSON lines, instead of stored answers.")
    seed: int = Field(default=1, ge=0, le=2**31, description="The same seed draws the same answers.")


class AskedNext(BaseModel):
    """Who rates."""

    rater: str = Field(default="", max_length=100, description="Of admins' keys: in whose name. Default: the asker.")


class AskedRating(AskedNext):
    """What is said of an answer: `values` by question, or why it is skipped."""

    item: str = Field(max_length=40)
    values: dict[str, str | int | bool] = Field(default={}, examples=[{"relevant": "yes", "contexts": "1,3"}])
    skip: str = Field(default="", max_length=500, description="Why it cannot be rated.")


@router.get("/evaluations", summary="Evaluations, the newest first")
def list_evaluations(site: At, _: Asking, limit: Limit = 50) -> dict[str, Any]:
    """Each with how far it is."""
    return {"evaluations": list_documents(site.given.evaluations.list(limit))}


@router.post("/evaluations/plan", summary="How many answers an evaluation takes; nothing is created")
def plan_evaluation(asked: AskedEvaluation, site: At, asker: Asking) -> dict[str, Any]:
    """For the interval asked for, or of the number asked for."""
    asker.require(RATE)
    return plan_document(site.given.evaluations.plan(new_evaluation(site, asked)))


@router.post("/evaluations", summary="Draw answers, and let people rate them")
def create_evaluation(asked: AskedEvaluation, site: At, asker: Asking) -> dict[str, Any]:
    """Answers whose texts are stored, or uploaded ones."""
    asker.require(RATE)
    made = site.given.evaluations.create(new_evaluation(site, asked), asker.name)
    return evaluation_document(site.given.evaluations.get(made.id))


@router.get("/evaluations/{evaluation_id}", summary="An evaluation and its result")
def show_evaluation(evaluation_id: str, site: At, _: Asking) -> dict[str, Any]:
    """The share of good answers by question and part, agreement, and the judge set right."""
    return evaluation_document(site.given.evaluations.get(evaluation_id))


@router.post("/evaluations/{evaluation_id}/next", summary="The next answer to rate; it is yours for 15 minutes")
def next_answer(evaluation_id: str, asked: AskedNext, site: At, asker: Asking) -> dict[str, Any]:
    """Its texts and the questions; `item` is null where nothing is left for you."""
    asker.require(RATE)
    evaluations = site.given.evaluations
    shown = evaluations.next(evaluation_id, _rater(asked, asker), asker.name)
    return {"item": None} if shown is None else shown_document(shown, evaluations.get(evaluation_id))


@router.post("/evaluations/{evaluation_id}/ratings", summary="Rate or skip an answer; again corrects it")
def rate_answer(evaluation_id: str, asked: AskedRating, site: At, asker: Asking) -> dict[str, Any]:
    """What was said before is kept beside a correction."""
    asker.require(RATE)
    rater, evaluations = _rater(asked, asker), site.given.evaluations
    if asked.skip:
        kept = evaluations.skip(evaluation_id, asked.item, rater, asked.skip)
    else:
        kept = evaluations.rate(evaluation_id, asked.item, rater, asked.values)
    left = evaluations.get(evaluation_id).progress.left
    return {"id": kept.id, "item": kept.item, "corrects": kept.corrects or None, "ratings_left": left}


@router.post("/evaluations/{evaluation_id}/close", summary="Close an evaluation; uploaded texts are erased")
def close_evaluation(evaluation_id: str, site: At, asker: Asking) -> dict[str, Any]:
    """Its result stands."""
    asker.require(RATE)
    site.given.evaluations.close(evaluation_id, asker.name)
    return evaluation_document(site.given.evaluations.get(evaluation_id))


def new_evaluation(site: Site, asked: AskedEvaluation) -> NewEvaluation:
    """What is asked for, as the use case takes it. Raises NotFoundError, InvalidInputError."""
    now_us = site.given.clock.now_us()
    service = find_service(site.given.engine, asked.service, now_us)
    by = [Dimension(each) for each in asked.by]
    if asked.judge and Dimension.JUDGE not in by:
        by.append(Dimension.JUDGE)
    return NewEvaluation(
        key=service.key,
        title=asked.title or f"{service.key.service}, last {asked.span}",
        questions=tuple(_question(each) for each in asked.questions),
        window=span_of(asked.span, now_us).window,
        wish=Wish(asked.half_width, asked.answers, asked.expected_bad, asked.twice, tuple(by)),
        judge=asked.judge,
        upload=asked.upload,
        seed=asked.seed,
    )


def _question(asked: AskedQuestion) -> Question:
    if asked.text:
        return Question(asked.name, asked.text, Scale(asked.scale), asked.good_from)
    found = next((each for each in USUAL if each.name == asked.name), None)
    if found is None:
        known = ", ".join(each.name for each in USUAL)
        raise InvalidInputError(
            f"{asked.name!r} is none of the usual questions.", hint=f"They are {known}; give your own with its text."
        )
    return found


def _rater(asked: AskedNext, asker: Viewer) -> str:
    """In whose name: only admins, whose keys tools for labelling use, may name others."""
    if not asked.rater:
        return asker.name
    asker.require(frozenset((Role.ADMIN,)))
    return asked.rater
