"""The page of a service's golden queries: sets given and runs sent as files or pasted, accepted, tidied, removed.

The same checks and messages as over the API; it works without JavaScript (SPEC Q-1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from evenkeel.judge.golden.given import NewRun, NewSet
from evenkeel.judge.golden.model import PLACES_MAX
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError
from evenkeel.kernel.time import isoformat
from evenkeel.org.access.model import SET_REFERENCES
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.forms import posting, read_file, text
from evenkeel.web.frame import Site
from evenkeel.web.golden import golden_document, versions_document
from evenkeel.web.golden_rows import golden_values
from evenkeel.web.reading import find_service
from evenkeel.web.viewer import Viewer

#: How often a run may be expected, as the form offers it.
EVERY: Final[Mapping[str, str]] = {
    "3600": "every hour",
    "86400": "every day",
    "604800": "every week",
    "2592000": "every 30 days",
}
#: What is said after a form was taken.
_DONE: Final[Mapping[str, str]] = {
    "set": "The set is kept.",
    "run": "The run is kept.",
    "accept": "Later runs are compared with this one.",
    "tidy": "Old versions without runs are deleted.",
    "remove": "The set and its runs are removed.",
}
#: What of a form is shown again beside what is wrong with it.
_AGAIN: Final = ("act", "name", "k", "every_s", "lines", "id", "release", "reason")


def golden_routes(site: Site) -> list[Route]:
    """The page, and its forms."""
    pages = GoldenPages(site)
    return [
        Route("/golden", site.signed_in(pages.show)),
        Route("/golden", posting(site, pages.take), methods=["POST"]),
    ]


class GoldenPages:
    """Each method answers the page or takes a form."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._golden = site.given.golden
        self._acts: Mapping[str, Callable[[ServiceKey, FormData, Viewer], object]] = {
            "set": self._put,
            "run": self._send,
            "accept": self._accept,
            "tidy": self._tidy,
            "remove": self._remove,
        }

    def show(self, request: Request, viewer: Viewer) -> Response:
        """Each set with its runs and versions, and what may be done."""
        key = self._key(request.query_params.get("service", ""))
        return self._page(key, viewer, done=_DONE.get(request.query_params.get("done", ""), ""))

    def take(self, _: Request, form: FormData, viewer: Viewer) -> Response:
        """Do what a form says; or show it again with what is wrong."""
        viewer.require(SET_REFERENCES)
        key, act = self._key(text(form, "service")), text(form, "act")
        try:
            if act not in self._acts:
                raise InvalidInputError(f"{act[:20]!r} is nothing to do here.", hint="Use the forms of this page.")
            self._acts[act](key, form, viewer)
        except EvenkeelError as error:
            return self._page(key, viewer, problem=error, given=form)
        query = urlencode({"service": str(key), "done": act})
        return RedirectResponse(f"/golden?{query}", status_code=303)

    def _put(self, key: ServiceKey, form: FormData, viewer: Viewer) -> None:
        k, every_s = _whole(form, "k", 5), _whole(form, "every_s", 7 * 86_400)
        self._golden.put(NewSet(key, text(form, "name").strip(), _lines(form), k, every_s), viewer.name)

    def _send(self, key: ServiceKey, form: FormData, viewer: Viewer) -> None:
        own = text(form, "id").strip() or isoformat(self._site.given.clock.now_us())
        self._golden.send(
            NewRun(key, text(form, "name"), own, _lines(form), text(form, "release").strip()), viewer.name
        )

    def _accept(self, key: ServiceKey, form: FormData, viewer: Viewer) -> None:
        run, partial = text(form, "run"), bool(text(form, "partial"))
        self._golden.accept(key, text(form, "name"), run, viewer.name, partial=partial)

    def _tidy(self, key: ServiceKey, form: FormData, viewer: Viewer) -> None:
        self._golden.tidy(key, text(form, "name"), viewer.name)

    def _remove(self, key: ServiceKey, form: FormData, viewer: Viewer) -> None:
        self._golden.remove(key, text(form, "name"), viewer.name, text(form, "reason"))

    def _key(self, service: str) -> ServiceKey:
        given = self._site.given
        return find_service(given.engine, service, given.clock.now_us()).key

    def _page(
        self,
        key: ServiceKey,
        viewer: Viewer,
        *,
        done: str = "",
        problem: EvenkeelError | None = None,
        given: FormData | None = None,
    ) -> Response:
        sets = golden_values(golden_document(self._golden, key, self._site.given.clock.now_us()))
        return self._site.page(
            "golden.html",
            viewer,
            status=400 if problem else 200,
            section="/",
            key=key,
            golden=[self._with_versions(key, each) for each in sets],
            every=EVERY,
            places_max=PLACES_MAX,
            done=done,
            problem=problem,
            given={name: text(given, name) for name in _AGAIN} if given is not None else {},
            may_act=viewer.role in SET_REFERENCES,
        )

    def _with_versions(self, key: ServiceKey, shown: Mapping[str, Any]) -> dict[str, Any]:
        versions = versions_document(self._golden, key, shown["name"])
        return {**shown, "versions": versions, "unused": sum(1 for each in versions[1:] if not each["runs"])}


def _lines(form: FormData) -> str:
    """The JSON lines of the file, or those that were pasted. Raises InvalidInputError where it is neither or both."""
    file, pasted = read_file(form, "file"), text(form, "lines")
    if file is not None and pasted.strip():
        raise InvalidInputError("A file was chosen and lines were pasted.", hint="Give one of them.")
    if file is None and not pasted.strip():
        raise InvalidInputError("There is no line in it.", hint="Choose a file of JSON lines, or paste them.")
    return pasted if file is None else file


def _whole(form: FormData, name: str, usual: int) -> int:
    said = text(form, name).strip()
    try:
        return int(said) if said else usual
    except ValueError:
        raise InvalidInputError(f"{name} is {said[:20]!r}.", hint="Write a whole number.") from None
