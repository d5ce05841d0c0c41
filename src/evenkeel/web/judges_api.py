"""Models that judge answers, over the API: how they stand, and runs on demand (SPEC Q-1)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from evenkeel.org.access.model import RATE
from evenkeel.web.asking import Asking, At
from evenkeel.web.judges import judge_documents, run_document

router = APIRouter()


class AskedRun(BaseModel):
    """How many answers the model is asked about at most; the judge's own limits hold besides."""

    calls: int = Field(default=20, ge=1, le=500)


@router.get("/judges", summary="Models that judge answers, and what they said in the last 7 days")
def list_judges(site: At, _: Asking) -> dict[str, Any]:
    """The share that each flags, with its interval; what failed and why; calls and tokens used."""
    return {"judges": judge_documents(site.given.judges, site.given.clock.now_us())}


@router.post("/judges/{name}/run", summary="Let a judge look at answers now")
def run_judge(name: str, asked: AskedRun, site: At, asker: Asking) -> dict[str, Any]:
    """Answers of the last 24 hours that it has not seen. It answers at once; `GET` says how far it is."""
    asker.require(RATE)
    return run_document(site.given.judges.start(name, asked.calls, actor=asker.name)) or {}


@router.get("/judges/{name}/run", summary="How the last run that somebody asked for stands")
def follow_run(name: str, site: At, _: Asking) -> dict[str, Any]:
    """`state` is waiting, running or done; what it did so far is beside it. Null where nobody asked for one."""
    judge = site.given.judges.judge(name)
    return {"run": run_document(site.given.judges.run_of(judge.name))}
