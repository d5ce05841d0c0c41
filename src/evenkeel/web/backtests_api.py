"""Backtests over the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from evenkeel.judge.slo.history import DAYS_DEFAULT, DAYS_MAX
from evenkeel.web.asking import Asking, At
from evenkeel.web.backtests import backtest_document, replay

router = APIRouter()


class AskedBacktest(BaseModel):
    """What to replay. Without rules and catalogue: the rules that the SLO has."""

    slo: str = Field(description="environment/service/slo", examples=["production/support-bot/error_rate"])
    days: int = Field(default=DAYS_DEFAULT, ge=1, le=DAYS_MAX, description="Length of the history.")
    catalogue: str = Field(default="", description="A catalogue of rules by its name.", examples=["28d"])
    rules: list[str] = Field(
        default_factory=list, description="Edited rules: severity, long window, short window, factor.",
        examples=[["page 1h 5m 14.4"]],
    )  # fmt: skip


@router.post("/backtest", summary="Replay alert rules on an SLO's own history, with faults and blips put in")
def run_backtest(asked: AskedBacktest, site: At, _: Asking) -> Mapping[str, Any]:
    """What would have paged, what would have been missed, and how soon the rest was found. Changes nothing."""
    return backtest_document(
        replay(site, asked.slo, days=asked.days, catalogue=asked.catalogue, rules="\n".join(asked.rules))
    )
