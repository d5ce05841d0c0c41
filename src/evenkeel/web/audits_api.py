"""Monthly audits of models over the API (SPEC C)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from evenkeel.judge.audits.model import COMMENT_MAX, Conclusion, Month, SignOff
from evenkeel.org.access.model import SIGN_AUDITS
from evenkeel.web.asking import Asking, At
from evenkeel.web.audits import audit_document, audits_document, read_key

router = APIRouter()

_SERVICE = Field(max_length=400, description="environment/service")
_MONTH = Field(max_length=7, description="Year and month.", examples=["2026-09"])


class AskedAudit(BaseModel):
    """Whose audit, of which month."""

    service: Annotated[str, _SERVICE]
    month: Annotated[str, _MONTH]


class AskedSignature(AskedAudit):
    """What somebody came to who looked at the document with this digest."""

    digest: Annotated[str, Field(max_length=64, description="SHA-256 of the document that was looked at.")]
    conclusion: Literal["accepted", "accepted with actions", "rejected"]
    comment: Annotated[str, Field(max_length=COMMENT_MAX, description="Kept with the document, and audited.")]
    acknowledged: Annotated[
        list[str], Field(max_length=100, description="The items that are open, by their names.")
    ] = []


@router.get("/audits", summary="Monthly audits of models: how each month stands, and what is due next")
def list_audits(
    site: At, _: Asking, service: Annotated[str, Query(max_length=400, description="environment/service; all")] = ""
) -> dict[str, Any]:
    """Every model that is audited, with this month and the twelve before it."""
    return audits_document(site.given.audits, service)


@router.get("/audits/one", summary="The audit of one month: its checklist, its digest, who signed it")
def show_audit(site: At, _: Asking, asked: Annotated[AskedAudit, Query()]) -> dict[str, Any]:
    """The document as it is now; of a month that was signed, as it was then."""
    return audit_document(site.given.audits.open(read_key(asked.service), Month.read(asked.month)))


@router.post("/audits/one/signature", summary="Sign the audit of a month")
def sign_audit(asked: AskedSignature, site: At, asker: Asking) -> dict[str, Any]:
    """Keeps the document as it was looked at. The first signature stands; one of another document is a conflict."""
    asker.require(SIGN_AUDITS)
    given = SignOff(asked.digest, Conclusion(asked.conclusion), asked.comment, tuple(asked.acknowledged))
    signed = site.given.audits.sign(read_key(asked.service), Month.read(asked.month), given, asker.name)
    return audit_document(signed)
