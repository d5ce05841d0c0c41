"""The gateway's cache over the API: what it saved, and what is removed of it (SPEC GW-5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from evenkeel.gateway.commands.model import PurgeCache
from evenkeel.org.access.model import RULE_GATEWAY
from evenkeel.web.asking import Asking, At
from evenkeel.web.frame import Site
from evenkeel.web.gateway_api import change_document
from evenkeel.web.gateway_cache_rows import cache_document
from evenkeel.web.gateway_spans import FiguresFilter

router = APIRouter()


class AskedCache(BaseModel):
    """Which services are shown, and over how long."""

    span: Annotated[Literal["1h", "24h", "7d", "30d"], Field(description="The time until now.")] = "24h"
    environment: Annotated[str, Field(max_length=200)] = ""
    service: Annotated[str, Field(max_length=200)] = ""


class AskedPurge(BaseModel):
    """Which kept answers are removed: those that all of this fits; what is empty is not asked."""

    environment: Annotated[str, Field(max_length=200)] = ""
    service: Annotated[str, Field(max_length=200)] = ""
    version: Annotated[str, Field(max_length=200)] = ""
    user: Annotated[
        str, Field(max_length=512, description="As services send it; neither stored nor logged.", examples=["ada"])
    ] = ""
    reason: Annotated[str, Field(min_length=1, max_length=500, description="Kept in the history and the audit trail.")]


@router.get("/gateway/cache", summary="What answers out of the cache saved, and how often one proved wrong")
def show_gateway_cache(site: At, _: Asking, asked: Annotated[AskedCache, Query()]) -> dict[str, Any]:
    """Per service; savings are estimates. Then what each worker that lives holds now, and did since it began."""
    return cache_document(site, FiguresFilter(asked.span, asked.environment, asked.service))


@router.post("/gateway/purge", summary="Remove answers that workers keep to be given again; done within a second")
def purge_gateway_cache(asked: AskedPurge, site: At, asker: Asking) -> dict[str, Any]:
    """Of a user also what a service keeps for all of its users: nobody knows who asked for it."""
    asker.require(RULE_GATEWAY)
    change = site.given.gateway.purge(purge_of(site, asked), actor=asker.name)
    return {"changed": True, "change": change_document(change, site)}


def purge_of(site: Site, asked: AskedPurge) -> PurgeCache:
    """The command; a user is known by its pseudonyms from here on."""
    user = asked.user.strip()
    users = tuple(site.given.pseudonyms_of(user)) if user else None
    return PurgeCache(asked.environment, asked.service, asked.version, users, asked.reason)
