"""Whether a service treats groups alike, over the API (SPEC F-1)."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from evenkeel.web.asking import Asking, At
from evenkeel.web.fairness import AskedVersions, fairness_document
from evenkeel.web.reading import find_service
from evenkeel.web.traffic import span_of

router = APIRouter()

_VERSION_MAX: Final = 256


class AskedFairness(BaseModel):
    """Whose fairness is told, of how long, and which versions are compared."""

    service: Annotated[str, Field(max_length=400, description="environment/service")]
    span: Annotated[Literal["1h", "6h", "24h", "7d", "30d"], Field(description="The time until now.")] = "7d"
    candidate: Annotated[
        str, Field(max_length=_VERSION_MAX, description="A version to compare; default: the newest.")
    ] = ""
    current: Annotated[
        str, Field(max_length=_VERSION_MAX, description="The one it is compared with; default: the one before.")
    ] = ""


@router.get("/fairness", summary="Whether a service treats groups alike, and whether a candidate version does")
def tell_fairness(site: At, _: Asking, asked: Annotated[AskedFairness, Query()]) -> dict[str, Any]:
    """Each configured metric by each protected attribute and by twos crossed: gaps with intervals and verdicts.

    Groups that are too small are named, and told by no number.
    """
    now_us = site.given.clock.now_us()
    service = find_service(site.given.engine, asked.service, now_us)
    span, config = span_of(asked.span, now_us), site.given.fairness(service.key)
    versions = AskedVersions(asked.candidate, asked.current)
    return fairness_document(site.given.telemetry, service.key, span, config, versions)
