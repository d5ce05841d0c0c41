"""What of services has drifted, and what they are compared with, over the API (SPEC D-1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from evenkeel.judge.drift.past import Past, choose_days, choose_weeks
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.table import table_from_json
from evenkeel.kernel.time import isoformat, to_us
from evenkeel.org.access.model import SET_REFERENCES
from evenkeel.web.asking import Asking, At
from evenkeel.web.drift import drift_document, reference_document
from evenkeel.web.drift_carriers import carriers_document
from evenkeel.web.reading import find_service
from evenkeel.web.traffic import span_of

router = APIRouter()

_SERVICE = Field(max_length=400, description="environment/service")
_REASON = Field(min_length=1, max_length=500, description="Shown beside what is compared, and audited.")


class AskedDrift(BaseModel):
    """Whose features are compared, and of how long."""

    service: Annotated[str, _SERVICE]
    span: Annotated[Literal["1h", "6h", "24h", "7d", "30d"], Field(description="The time until now.")] = "24h"


class AskedCarriers(AskedDrift):
    """Whose drift is looked at, of which feature."""

    feature: Annotated[str, Field(max_length=200, description="A feature that differs so far that it matters.")]


class AskedReference(BaseModel):
    """What a service is compared with from now on."""

    service: Annotated[str, _SERVICE]
    reason: Annotated[str, _REASON]
    reference: Annotated[
        dict[str, Any] | None, Field(description="The profile of a table, by `evenkeel drift profile`.")
    ] = None
    from_: Annotated[date | None, Field(alias="from", description="Or days of its own past: the first (UTC) …")] = None
    to: Annotated[date | None, Field(description="… and the first day after the last one.")] = None
    weeks: Annotated[int | None, Field(description="Or the same weekday and hours of so many weeks before.")] = None

    def past(self, now_us: int) -> Past | None:
        """The time of its own past that is asked for; None where a profile is given.

        Raises InvalidInputError for none of the three, or several.
        """
        if sum(each is not None for each in (self.reference, self.from_ or self.to, self.weeks)) != 1:
            raise InvalidInputError(
                "A reference is one of three.",
                hint="Give a profile, or `from` and `to` (days of its own past), or `weeks`.",
            )
        if self.weeks is not None:
            return choose_weeks(self.weeks)
        if self.reference is not None:
            return None
        if self.from_ is None or self.to is None:
            raise InvalidInputError("Days of the past have two ends.", hint="Give both `from` and `to`.")
        return choose_days(_midnight_us(self.from_), _midnight_us(self.to), now_us)


@router.get("/drift", summary="What of a service differs from its reference, beyond chance and beyond what matters")
def tell_drift(site: At, _: Asking, asked: Annotated[AskedDrift, Query()]) -> dict[str, Any]:
    """One answer, each feature with its index and interval, each version, and features by hour or day."""
    now_us = site.given.clock.now_us()
    service = find_service(site.given.engine, asked.service, now_us)
    return drift_document(site.given.drift, service.key, span_of(asked.span, now_us).window)


@router.get(
    "/drift/carriers", summary="Which segment carries the drift of a feature: nothing that matters is left without"
)
def tell_carriers(site: At, _: Asking, asked: Annotated[AskedCarriers, Query()]) -> dict[str, Any]:
    """Counted from stored predictions when asked: the reference's days, or the days before the drift began, and now."""
    now_us = site.given.clock.now_us()
    service = find_service(site.given.engine, asked.service, now_us)
    return carriers_document(site.given.drift, service.key, span_of(asked.span, now_us).window, asked.feature)


@router.get("/drift/reference", summary="What a service is compared with")
def tell_reference(site: At, _: Asking, service: Annotated[str, Query(max_length=400)]) -> dict[str, Any]:
    """Who gave it, when, of what and why, and what of it does not fit; or that it is the service's own first week."""
    given = site.given
    key = find_service(given.engine, service, given.clock.now_us()).key
    held = given.drift_references.of(key)
    if held is None or held.past is not None or held.unreadable:
        return {**reference_document(held), "notes": {}}
    return {**reference_document(held), "notes": dict(given.drift_references.fit(key, held.table).notes)}


@router.put("/drift/reference", summary="Compare a service with this from now on; stored events are counted anew")
def set_reference(asked: AskedReference, site: At, asker: Asking) -> dict[str, Any]:
    """The reference, and what of it does not fit what the service sends, feature by feature."""
    asker.require(SET_REFERENCES)
    given = site.given
    now_us = given.clock.now_us()
    key, past = find_service(given.engine, asked.service, now_us).key, asked.past(now_us)
    if past is not None:
        chosen = given.drift_references.choose(key, past, actor=asker.name, reason=asked.reason)
        return {**reference_document(chosen), "notes": {}}
    table = table_from_json(asked.reference or {})
    held, fit = given.drift_references.give(key, table, actor=asker.name, reason=asked.reason)
    return {**reference_document(held), "notes": dict(fit.notes)}


class AskedRetirement(BaseModel):
    """Which feature is no longer compared, as long as no prediction carries it."""

    service: Annotated[str, _SERVICE]
    feature: Annotated[str, Field(max_length=200)]
    reason: Annotated[str, _REASON]


@router.put("/drift/retired", summary="Compare a feature no longer, as long as no prediction carries it")
def retire_feature(asked: AskedRetirement, site: At, asker: Asking) -> dict[str, Any]:
    """Who retired it, when and why. Its counts stay, and it is judged again once a prediction carries it."""
    asker.require(SET_REFERENCES)
    key = find_service(site.given.engine, asked.service, site.given.clock.now_us()).key
    made = site.given.drift_references.retired.retire(key, asked.feature, actor=asker.name, reason=asked.reason)
    return {"feature": made.feature, "retired_at": isoformat(made.retired_at_us), "says": made.describe()}


@router.delete("/drift/retired", summary="Compare a retired feature again, whether predictions carry it or not")
def take_back_feature(
    site: At,
    asker: Asking,
    service: Annotated[str, Query(max_length=400)] = "",
    feature: Annotated[str, Query(max_length=200)] = "",
    reason: Annotated[str, Query(max_length=500)] = "",
) -> dict[str, Any]:
    """Which it was."""
    asker.require(SET_REFERENCES)
    key = find_service(site.given.engine, service, site.given.clock.now_us()).key
    site.given.drift_references.retired.take_back(key, feature, actor=asker.name, reason=reason)
    return {"feature": feature, "says": "It is compared again."}


@router.delete("/drift/reference", summary="Compare a service with its own first week again")
def reset_reference(
    site: At,
    asker: Asking,
    service: Annotated[str, Query(max_length=400)] = "",
    reason: Annotated[str, Query(max_length=500)] = "",
) -> dict[str, Any]:
    """What it is compared with now."""
    asker.require(SET_REFERENCES)
    given = site.given
    key = find_service(given.engine, service, given.clock.now_us()).key
    given.drift_references.reset(key, actor=asker.name, reason=reason)
    return {**reference_document(None), "notes": {}}


def _midnight_us(day: date) -> int:
    return to_us(datetime.combine(day, time(), UTC))
