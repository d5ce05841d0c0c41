"""Pages of evaluations: the list, a new one with its plan, the answer before somebody, the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from evenkeel.judge.evaluations.model import USUAL, Dimension
from evenkeel.judge.evaluations.planning import Drawn
from evenkeel.judge.evaluations.service import Shown
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError
from evenkeel.org.access.model import RATE
from evenkeel.web.comparisons import comparison_document
from evenkeel.web.evaluations import (
    agreement_words,
    evaluation_document,
    figure_words,
    list_documents,
    plan_document,
    say_progress,
    shown_document,
)
from evenkeel.web.evaluations_api import AskedEvaluation, new_evaluation
from evenkeel.web.forms import posting, read_file, text
from evenkeel.web.frame import Site
from evenkeel.web.judges import judge_documents
from evenkeel.web.viewer import Viewer

_SPANS: Final = ("24h", "7d", "30d")
#: Names of the form's fields; a query string with other ones is an ordinary link to the form.
_OWN: Final = "own"


def evaluation_routes(site: Site) -> list[Route]:
    """All of them."""
    pages = EvaluationPages(site)
    one = "/evaluations/{id}"
    return [
        Route("/evaluations", site.signed_in(pages.list)),
        Route("/evaluations", posting(site, pages.create), methods=["POST"]),
        Route("/evaluations.json", site.signed_in(pages.list_json)),
        Route("/evaluations/new", site.signed_in(pages.new)),
        Route(f"{one}.json", site.signed_in(pages.show_json)),
        Route(one, site.signed_in(pages.show)),
        Route(f"{one}/rate", site.signed_in(pages.rate)),
        Route(f"{one}/rate", posting(site, pages.take), methods=["POST"]),
        Route(f"{one}/answers/{{item}}", site.signed_in(pages.correct)),
        Route(f"{one}/close", posting(site, pages.close), methods=["POST"]),
    ]


class EvaluationPages:
    """Each method answers one page or takes one form."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._given = site.given

    def list(self, _: Request, viewer: Viewer) -> Response:
        """The newest first."""
        found = list_documents(self._given.evaluations.list())
        return self._site.page(
            "evaluations.html",
            viewer,
            section="/evaluations",
            evaluations=[{**each, "says": say_progress(each)} for each in found],
            judges=judge_documents(self._given.judges, self._given.clock.now_us()),
            comparisons=[_compared(comparison_document(each)) for each in self._given.judges.comparisons.list()],
            may_act=viewer.role in RATE,
        )

    def list_json(self, _: Request, __: Viewer) -> Response:
        """The same."""
        return JSONResponse({"evaluations": list_documents(self._given.evaluations.list())})

    def new(self, request: Request, viewer: Viewer) -> Response:
        """The form, and with what is asked for in the address, its plan."""
        viewer.require(RATE)
        query = request.query_params
        plan, problem = None, None
        if "service" in query and "title" in query:
            try:
                asked = _asked(query, "")
                plan = _plan(self._given.evaluations.plan(new_evaluation(self._site, asked)), is_upload=False)
            except EvenkeelError as error:
                problem = error
        return self._form(viewer, query, plan=plan, problem=problem)

    def create(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Draw; or show the form again with what is wrong, or with the plan where only that was asked for."""
        del request
        viewer.require(RATE)
        try:
            new = new_evaluation(self._site, _asked(form, read_file(form, "file") or ""))
            if text(form, "act") == "plan":
                plan = _plan(self._given.evaluations.plan(new), is_upload=bool(new.upload))
                return self._form(viewer, form, plan=plan)
            made = self._given.evaluations.create(new, viewer.name)
        except EvenkeelError as error:
            return self._form(viewer, form, problem=error, status=400)
        return RedirectResponse(f"/evaluations/{made.id}", status_code=303)

    def _form(
        self,
        viewer: Viewer,
        given: QueryParams | FormData,
        *,
        plan: Mapping[str, Any] | None = None,
        problem: EvenkeelError | None = None,
        status: int = 200,
    ) -> Response:
        services = self._given.engine.services(self._given.clock.now_us())
        values = {name: value for name, value in given.items() if isinstance(value, str)}
        return self._site.page(
            "evaluation_new.html",
            viewer,
            status=status,
            section="/evaluations",
            services=sorted(str(service.key) for service in services),
            usual=USUAL,
            dimensions=[each.value for each in Dimension if each is not Dimension.JUDGE],
            spans=_SPANS,
            values=values,
            questions=given.getlist("question") or ([] if values else [USUAL[0].name]),
            by=given.getlist("by"),
            plan=plan,
            problem=problem,
        )

    def show(self, request: Request, viewer: Viewer) -> Response:
        """How far it is, and what people said."""
        found = evaluation_document(self._given.evaluations.get(request.path_params["id"]))
        return self._site.page(
            "evaluation.html",
            viewer,
            section="/evaluations",
            evaluation=found,
            says=say_progress(found),
            results=[_shown_result(each) for each in found["results"]],
            may_act=viewer.role in RATE,
        )

    def show_json(self, request: Request, _: Viewer) -> Response:
        """The same numbers."""
        return JSONResponse(evaluation_document(self._given.evaluations.get(request.path_params["id"])))

    def rate(self, request: Request, viewer: Viewer) -> Response:
        """The next answer for whoever asks."""
        viewer.require(RATE)
        own, evaluations = request.path_params["id"], self._given.evaluations
        shown = evaluations.next(own, viewer.name, viewer.name)
        return self._rating(viewer, own, shown, done=request.query_params.get("done", ""))

    def correct(self, request: Request, viewer: Viewer) -> Response:
        """One that was rated before."""
        viewer.require(RATE)
        own, item = request.path_params["id"], request.path_params["item"]
        return self._rating(viewer, own, self._given.evaluations.show(own, item, viewer.name, viewer.name))

    def _rating(
        self, viewer: Viewer, own: str, shown: Shown | None, *, done: str = "", problem: EvenkeelError | None = None
    ) -> Response:
        standing = self._given.evaluations.get(own)
        progress = standing.progress
        mine = sum(each.rater == viewer.name for each in standing.ratings)
        return self._site.page(
            "evaluation_rate.html",
            viewer,
            status=400 if problem else 200,
            section="/evaluations",
            evaluation=standing.evaluation,
            shown=None if shown is None else shown_document(shown, standing),
            progress=progress,
            mine=mine,
            done=done,
            problem=problem,
        )

    def take(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Keep a rating, and go on to the next answer."""
        viewer.require(RATE)
        own, item, evaluations = request.path_params["id"], text(form, "item"), self._given.evaluations
        given = {name.removeprefix("q-"): ",".join(map(str, form.getlist(name))) for name in form if name[:2] == "q-"}
        said = {name: value for name, value in given.items() if value}
        try:
            if text(form, "act") == "skip":
                evaluations.skip(own, item, viewer.name, text(form, "reason"))
            else:
                evaluations.rate(own, item, viewer.name, said)
        except InvalidInputError as error:
            shown = evaluations.show(own, item, viewer.name, viewer.name)
            return self._rating(viewer, own, shown, problem=error)
        return RedirectResponse(f"/evaluations/{own}/rate?done={item}", status_code=303)

    def close(self, request: Request, _: FormData, viewer: Viewer) -> Response:
        """Nothing more is rated."""
        viewer.require(RATE)
        made = self._given.evaluations.close(request.path_params["id"], viewer.name)
        return RedirectResponse(f"/evaluations/{made.id}", status_code=303)


def _asked(given: QueryParams | FormData, upload: str) -> AskedEvaluation:
    """What the form says, checked as the API checks it. Raises InvalidInputError."""

    def say(name: str, default: str = "") -> str:
        value = given.get(name)
        return value.strip() if isinstance(value, str) and value.strip() else default

    questions: list[dict[str, Any]] = [{"name": str(name)} for name in given.getlist("question")]
    if say(_OWN):
        questions.append({"name": _OWN, "text": say(_OWN), "scale": say("own_scale", "yes_no")})
    try:
        return AskedEvaluation.model_validate(
            {
                "service": say("service"),
                "title": say("title"),
                "questions": questions,
                "span": say("span", "7d"),
                "half_width": _ratio(say("points", "5"), "The interval"),
                "expected_bad": _ratio(say("expected", "20"), "The expected share"),
                "twice": _ratio(say("twice", "10"), "The share rated twice"),
                "by": [str(each) for each in given.getlist("by")],
                "judge": say("judge"),
                "upload": upload,
            }
        )
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(map(str, found["loc"]))
        hint = "Choose at least one question." if where == "questions" else "Mend it and try again."
        raise InvalidInputError(f"{where}: {found['msg']}.", hint=hint) from None


def _plan(drawn: Drawn, *, is_upload: bool) -> dict[str, Any]:
    """A browser forgets the file that was chosen: whoever goes on is told to choose it again."""
    return {**plan_document(drawn), "is_upload": is_upload}


def _ratio(points: str, what: str) -> float:
    try:
        return float(points) / 100.0
    except ValueError:
        raise InvalidInputError(f"{what} is {points[:20]!r}.", hint="Write a number of points, such as 5.") from None


def _shown_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of a question, in words."""
    total = sum(result["said"].values())
    judge = result["judge"]
    return {
        "name": result["name"],
        "text": result["text"],
        "says": result["says"],
        "good": figure_words(result["good"]),
        "mean": None if result["mean"] is None else figure_words(result["mean"], percent=result["scale"] == "contexts"),
        "mean_title": "Context precision, mean" if result["scale"] == "contexts" else "Mean, 1 to 5",
        "good_title": "Something relevant" if result["scale"] == "contexts" else "Good",
        "said": [(_said(value, result["scale"]), n, 100 * n / total) for value, n in result["said"].items()],
        "strata": [(each, figure_words(each["good"])) for each in result["strata"]],
        "agreement": figure_words(result["agreement"], percent=False),
        "agrees": agreement_words(result["agreement"]),
        "twice": result["rated_twice"],
        "disagreed": result["disagreed"],
        "judge": None
        if judge is None
        else {
            "says": judge["says"],
            "flagged": figure_words(judge["flagged"]),
            "corrected": figure_words(judge["corrected_bad"]),
            "failed": judge["failed"],
        },
    }


def _said(value: str, scale: str) -> str:
    """What was said, as people said it.

    >>> _said("1", "yes_no"), _said("4", "1_5"), _said("0.5", "contexts")
    ('yes', '4', '50 %')
    """
    if scale == "contexts":
        return f"{100 * float(value):.3g} %"
    return {"0": "no", "1": "yes"}.get(value, value) if scale == "yes_no" else value


def _compared(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of a comparison."""
    return {**document, "rate": figure_words(document["win_rate"])}
