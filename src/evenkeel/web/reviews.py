"""Pages of what the guard holds: the queue, and one of it with its decision."""

from __future__ import annotations

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from evenkeel.gateway.reviews.service import Review
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.org.access.model import REVIEW
from evenkeel.org.approvals.model import DECISIONS, Approval, State
from evenkeel.ui.formats import plural
from evenkeel.ui.invisible import count_invisible
from evenkeel.web.forms import posting, text
from evenkeel.web.frame import Site
from evenkeel.web.marks import REACHED_MAX, list_places, mark_text
from evenkeel.web.reviews_api import read_state, review_document
from evenkeel.web.viewer import Viewer

_LISTED: Final = 200
#: Kinds of invisible characters that are named above a text; all are marked in it.
_KINDS_MAX: Final = 8


def review_routes(site: Site) -> list[Route]:
    """The queue, one review, its decision."""
    pages = ReviewPages(site)
    return [
        Route("/reviews", site.signed_in(pages.queue)),
        Route("/reviews.json", site.signed_in(pages.queue_json)),
        Route("/reviews/{id}", site.signed_in(pages.review)),
        Route("/reviews/{id}/decision", posting(site, pages.decide), methods=["POST"]),
    ]


class ReviewPages:
    """Each method answers one page or takes one form."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._given = site.given

    def queue(self, request: Request, viewer: Viewer) -> Response:
        """What waits, the oldest first."""
        state = request.query_params.get("state", State.WAITING.value)
        found = self._given.reviews.list(read_state(state), _LISTED)
        return self._site.page(
            "reviews.html",
            viewer,
            section="/reviews",
            reviews=found,
            state=state,
            states=[each.value for each in State],
            how=_how(found) if state == State.WAITING.value else "",
        )

    def queue_json(self, request: Request, _: Viewer) -> Response:
        """The same numbers."""
        state = request.query_params.get("state", State.WAITING.value)
        found = self._given.reviews.list(read_state(state), _LISTED)
        return JSONResponse({"reviews": [review_document(each) for each in found]})

    def review(self, request: Request, viewer: Viewer) -> Response:
        """One, with what it says for those who may decide."""
        may_act = viewer.role in REVIEW
        review = self._given.reviews.get(request.path_params["id"], with_content=may_act)
        texts = [
            {
                "said": said,
                "parts": mark_text(said, found),
                "entities": list_places(found),
                "found": len(found),
                "invisible": count_invisible(said),
            }
            for said, found in zip(review.texts, review.findings, strict=True)
        ]
        return self._site.page(
            "review.html",
            viewer,
            section="/reviews",
            approval=review.approval,
            texts=texts,
            not_shown=_not_shown(review),
            reached_max=REACHED_MAX,
            kinds_max=_KINDS_MAX,
            may_act=may_act,
        )

    def decide(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Approve, edit or reject; then the next one."""
        viewer.require(REVIEW)
        decision, review_id = text(form, "decision"), request.path_params["id"]
        if decision not in DECISIONS:
            raise InvalidInputError(f"{decision[:20]!r} is no decision.", hint="Approve, edit or reject.")
        edits: dict[int, str] = {}
        if decision == State.EDITED.value:
            before = self._given.reviews.get(review_id, with_content=True).texts
            given = {number: text(form, f"text-{number}").replace("\r\n", "\n") for number in range(len(before))}
            edits = {number: said for number, said in given.items() if said != before[number].replace("\r\n", "\n")}
        self._given.reviews.decide(review_id, State(decision), viewer.name, text(form, "reason"), edits or None)
        return RedirectResponse("/reviews", status_code=303)


def _not_shown(review: Review) -> list[str]:
    """What it was held for that is found in none of its texts: it stood elsewhere, or the guard knows better now."""
    found = {each.entity.partition(":")[0] for findings in review.findings for each in findings}
    held = {each.rpartition(".")[2] for each in review.approval.payload["reasons"]}
    return sorted(held - found) if review.texts else []


def _how(waiting: list[Approval] | Any) -> str:
    if not waiting:
        return "Nothing waits for a decision."
    return f"{plural(len(waiting), 'reviews')} waiting. Callers wait for them: what nobody decides expires unsent."
