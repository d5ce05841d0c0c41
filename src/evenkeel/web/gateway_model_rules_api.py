"""What the rules to cheaper models did, over the API (SPEC GW-6)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from evenkeel.web.asking import Asking, At
from evenkeel.web.gateway_model_rules import rules_document
from evenkeel.web.gateway_spans import FiguresFilter

router = APIRouter()


class AskedRules(BaseModel):
    """Whose rules are shown, and over how long."""

    span: Annotated[Literal["1h", "24h", "7d", "30d"], Field(description="The time until now.")] = "24h"
    environment: Annotated[str, Field(max_length=200)] = ""
    service: Annotated[str, Field(max_length=200)] = ""


@router.get("/gateway/rules", summary="Which requests rules sent to cheaper models, and what that saved")
def list_model_rules(site: At, _: Asking, asked: Annotated[AskedRules, Query()]) -> dict[str, Any]:
    """Per route and rule: share, tokens, cost, and what the model asked for had cost for the same tokens (estimate)."""
    return rules_document(site, FiguresFilter(asked.span, asked.environment, asked.service))
