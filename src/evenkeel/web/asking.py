"""Who asks the API, and of which site: what its routes depend on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request

from evenkeel.kernel.errors import UnauthorizedError
from evenkeel.web.frame import Site
from evenkeel.web.viewer import Viewer, check_csrf


def current_site(request: Request) -> Site:
    """The site that the API belongs to."""
    found: Site = request.app.state.site
    return found


def current_viewer(request: Request) -> Viewer:
    """Who asks. Raises UnauthorizedError; a browser that changes something shows its form token."""
    found = current_site(request).viewer(request)
    if found is None:
        raise UnauthorizedError(
            "The request carries no key that may read.", hint="Send a key of scope read or admin as Bearer."
        )
    if found.session is not None and request.method not in ("GET", "HEAD"):
        check_csrf(found, request.headers.get("x-csrf", ""))
    return found


At = Annotated[Site, Depends(current_site)]
Asking = Annotated[Viewer, Depends(current_viewer)]
Limit = Annotated[int, Query(ge=1, le=1000)]
