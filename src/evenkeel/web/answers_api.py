"""What answers were like, over the API (SPEC Q-1, OBS-7)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from evenkeel.web.answers import answers_document
from evenkeel.web.answers_people import people_document
from evenkeel.web.asking import Asking, At
from evenkeel.web.golden import golden_document
from evenkeel.web.reading import find_service
from evenkeel.web.traffic import span_of

router = APIRouter()


class AskedAnswers(BaseModel):
    """Whose answers are told, and of how long."""

    service: Annotated[str, Field(max_length=400, description="environment/service")]
    span: Annotated[Literal["1h", "6h", "24h", "7d", "30d"], Field(description="The time until now.")] = "24h"


@router.get("/answers", summary="What a service's answers were like, and of how many that is known")
def tell_answers(site: At, _: Asking, asked: Annotated[AskedAnswers, Query()]) -> dict[str, Any]:
    """Shares, lengths, languages now and before, ratings, of all and of each version; each with its interval."""
    now_us = site.given.clock.now_us()
    service = find_service(site.given.engine, asked.service, now_us)
    people = people_document(site.given.engine, service.key, now_us)
    golden = golden_document(site.given.golden, service.key, now_us)
    found = answers_document(site.given.telemetry, service.key, span_of(asked.span, now_us))
    return found | {"by_people": people, "golden": golden}
