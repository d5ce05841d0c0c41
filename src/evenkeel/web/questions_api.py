"""What a service is asked most, over the API (SPEC Q-1)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from evenkeel.web.answers_api import AskedAnswers
from evenkeel.web.asking import Asking, At
from evenkeel.web.questions import questions_document
from evenkeel.web.reading import find_service
from evenkeel.web.traffic import span_of

router = APIRouter()


@router.get("/questions", summary="What a service is asked most: groups of alike questions")
def tell_questions(site: At, _: Asking, asked: Annotated[AskedAnswers, Query()]) -> dict[str, Any]:
    """The largest groups, each with its share, and how often its answers refuse or do not know, with intervals."""
    now_us = site.given.clock.now_us()
    service = find_service(site.given.engine, asked.service, now_us)
    return questions_document(site.given.telemetry, service.key, span_of(asked.span, now_us))
