"""Pages of what the guard holds: the queue, and one of it with its decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from evenkeel.gateway.guard.model import Finding
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.org.access.model import REVIEW
from evenkeel.org.approvals.model import DECISIONS, Approval, State
from evenkeel.ui.formats import plural
from evenkeel.web.forms import posting, text
from evenkeel.web.frame import Site
from evenkeel.web.reviews_api import read_state, review_document
from evenkeel.web.viewer import Viewer

_LISTED: Final = 200


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
        texts = [(each, mark(each, found)) for each, found in zip(review.texts, review.findings, strict=True)]
        return self._site.page(
            "review.html", viewer, section="/reviews", approval=review.approval, texts=texts, may_act=may_act
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


def mark(said: str, findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """A text cut into what was found in it and the rest.

    >>> mark("Hi ada@example.org", [Finding("email", 3, 18)])
    [{'text': 'Hi ', 'entity': ''}, {'text': 'ada@example.org', 'entity': 'email'}]
    """
    parts: list[dict[str, Any]] = []
    at = 0
    for each in findings:
        if each.start > at:
            parts.append({"text": said[at : each.start], "entity": ""})
        parts.append({"text": said[each.start : each.end], "entity": each.entity})
        at = each.end
    if at < len(said):
        parts.append({"text": said[at:], "entity": ""})
    return parts


def _how(waiting: list[Approval] | Any) -> str:
    if not waiting:
        return "Nothing waits for a decision."
    return f"{plural(len(waiting), 'reviews')} waiting. Callers wait for them: what nobody decides expires unsent."
