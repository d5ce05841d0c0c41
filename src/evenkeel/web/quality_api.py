"""How good predictions were, over the API (SPEC Q-2)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from evenkeel.web.asking import Asking, At
from evenkeel.web.model_document import advised_document
from evenkeel.web.reading import find_service
from evenkeel.web.traffic import span_of

router = APIRouter()


class AskedQuality(BaseModel):
    """Whose predictions are told, and of how long."""

    service: Annotated[str, Field(max_length=400, description="environment/service")]
    span: Annotated[Literal["1h", "6h", "24h", "7d", "30d"], Field(description="The time until now.")] = "24h"
    version: Annotated[str, Field(max_length=200, description="compared with `beside`; the latest if empty")] = ""
    beside: Annotated[str, Field(max_length=200, description="the version before it if empty")] = ""


@router.get("/quality", summary="How good a service's predictions were, and whether their labels are here")
def tell_quality(site: At, _: Asking, asked: Annotated[AskedQuality, Query()]) -> dict[str, Any]:
    """Accuracy, averages, classes, confidence and confusion, of all and of each version; each with its interval.

    `changes` are differences of two versions, `retraining` says whether to train again, and why or why not.
    """
    now_us = site.given.clock.now_us()
    service = find_service(site.given.engine, asked.service, now_us)
    span, chosen = span_of(asked.span, now_us), (asked.version, asked.beside)
    return advised_document(site.given.telemetry, service.key, span, chosen)
