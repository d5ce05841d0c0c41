"""The organisation's calendar over the API."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.org.access.model import KEEP_CALENDAR
from evenkeel.org.calendar.moments import read_moment
from evenkeel.org.calendar.service import NewEntry
from evenkeel.web.asking import Asking, At
from evenkeel.web.slo_documents import entry_document

router = APIRouter()


class AskedEntry(BaseModel):
    """Maintenance to be entered. Give an end or a length; what starts in the past is marked retroactive."""

    starts: Annotated[str, Field(description="ISO 8601; without an offset on the organisation's clock. Empty: now.")]
    ends: Annotated[str, Field(description="ISO 8601, or empty when `lasts_s` is given.")] = ""
    lasts_s: Annotated[int | None, Field(gt=0, description="Length in seconds.")] = None
    reason: Annotated[str, Field(description="Shown beside every figure that leaves the time out, and audited.")]
    environment: Annotated[str, Field(max_length=200, description="Empty: every environment.")] = ""
    service: Annotated[str, Field(max_length=200, description="Empty: every service.")] = ""


class AskedCancelling(BaseModel):
    """Why an entry is called off."""

    reason: Annotated[str, Field(min_length=1, max_length=500, description="Kept in the audit trail.")]


@router.get("/calendar", summary="Maintenance: what no error budget is charged for")
def list_calendar(site: At, _: Asking) -> dict[str, Any]:
    """The latest start first, cancelled ones too."""
    return {"entries": [entry_document(entry) for entry in site.given.calendar.entries()]}


@router.post("/calendar", status_code=201, summary="Enter maintenance of a service, an environment, or everything")
def add_calendar_entry(asked: AskedEntry, site: At, asker: Asking) -> dict[str, Any]:
    """The entry."""
    asker.require(KEEP_CALENDAR)
    given = site.given
    zone = given.timezone()
    starts_us = read_moment(asked.starts, zone) if asked.starts else given.clock.now_us()
    ends_us = starts_us + asked.lasts_s * US_PER_SECOND if asked.lasts_s else read_moment(asked.ends, zone)
    entry = NewEntry(starts_us, ends_us, asked.reason, asked.environment, asked.service)
    return entry_document(given.calendar.add(entry, actor=asker.name))


@router.post("/calendar/{entry_id}/cancel", summary="Call maintenance off, or end it now")
def cancel_calendar_entry(entry_id: str, asked: AskedCancelling, site: At, asker: Asking) -> dict[str, Any]:
    """The entry as it is now."""
    asker.require(KEEP_CALENDAR)
    return entry_document(site.given.calendar.cancel(entry_id, actor=asker.name, reason=asked.reason))
