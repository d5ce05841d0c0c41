"""Reviews over the API: what waits for a person, and its decision (SPEC GW-9)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from evenkeel.gateway.reviews.service import Review
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import isoformat
from evenkeel.org.access.model import REVIEW
from evenkeel.org.approvals.model import Approval, State
from evenkeel.web.asking import Asking, At, Limit

router = APIRouter()


class AskedDecision(BaseModel):
    """What a person decided, and why."""

    decision: Literal["approved", "edited", "rejected"]
    reason: Annotated[str, Field(max_length=500, description="The caller is told it; a rejection needs one.")] = ""
    texts: Annotated[
        dict[int, str], Field(description="Other texts by their numbers; of `edited` only.", examples=[{"0": "Hello."}])
    ] = {}


@router.get("/reviews", summary="What the guard holds for people to decide on")
def list_reviews(site: At, _: Asking, state: str = "waiting", limit: Limit = 100) -> dict[str, Any]:
    """What waits, the oldest first; `state=all` the newest first. Facts only."""
    return {"reviews": [review_document(each) for each in site.given.reviews.list(read_state(state), limit)]}


@router.get("/reviews/{review_id}", summary="One review, with what it says for those who may decide")
def show_review(review_id: str, site: At, asker: Asking) -> dict[str, Any]:
    """`texts` are there until it is decided or expires."""
    may_read = asker.role in REVIEW
    review = site.given.reviews.get(review_id, with_content=may_read)
    return review_document(review.approval) | {"texts": text_documents(review) if may_read else []}


@router.post("/reviews/{review_id}/decision", summary="Approve, edit or reject")
def decide_review(review_id: str, asked: AskedDecision, site: At, asker: Asking) -> dict[str, Any]:
    """The first decision stands: a second one is a conflict that names it."""
    asker.require(REVIEW)
    decided = site.given.reviews.decide(review_id, State(asked.decision), asker.name, asked.reason, asked.texts or None)
    return review_document(decided)


def read_state(state: str) -> State | None:
    """The state that a URL names; None: any. Raises InvalidInputError."""
    if state == "all":
        return None
    try:
        return State(state)
    except ValueError:
        known = ", ".join(each.value for each in State)
        raise InvalidInputError(f"There is no state {state[:20]!r}.", hint=f"Use one of {known}, all.") from None


def review_document(approval: Approval) -> dict[str, Any]:
    """A review as JSON."""
    decided = approval.decided_at_us
    return {
        "id": approval.id,
        "environment": approval.environment,
        "service": approval.service,
        "state": approval.state.value,
        "asked_at": isoformat(approval.asked_at_us),
        "expires_at": isoformat(approval.expires_at_us),
        "decided_at": None if decided is None else isoformat(decided),
        "decided_by": approval.decided_by,
        "reason": approval.reason,
        **approval.payload,
    }


def text_documents(review: Review) -> list[dict[str, Any]]:
    """Texts with what was found in them."""
    return [
        {
            "number": number,
            "text": text,
            "findings": [{"entity": each.entity, "start": each.start, "end": each.end} for each in findings],
        }
        for number, (text, findings) in enumerate(zip(review.texts, review.findings, strict=True))
    ]
