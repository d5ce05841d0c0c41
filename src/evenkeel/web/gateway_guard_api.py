"""What the guard looked at and found, over the API (SPEC GW-7)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from evenkeel.web.asking import Asking, At
from evenkeel.web.gateway_guard import FindingsFilter, findings_document

router = APIRouter()


class AskedFindings(BaseModel):
    """Which findings are shown, and over how long."""

    span: Annotated[Literal["1h", "24h", "7d", "30d"], Field(description="The time until now.")] = "24h"
    environment: Annotated[str, Field(max_length=200)] = ""
    service: Annotated[str, Field(max_length=200)] = ""
    side: Annotated[Literal["", "input", "output"], Field(description="Of the requests or of the answers.")] = ""
    action: Annotated[Literal["", "log", "redact", "hold", "block"], Field(description="What was done.")] = ""


@router.get("/gateway/findings", summary="What the guard looked at, found, and could not look at")
def list_guard_findings(site: At, _: Asking, asked: Annotated[AskedFindings, Query()]) -> dict[str, Any]:
    """Per service; per entity, side and action, most first. Shares are of the requests that were looked at."""
    return findings_document(
        site, FindingsFilter(asked.span, asked.environment, asked.service, asked.side, asked.action)
    )
