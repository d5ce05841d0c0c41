"""The gate over the API: what a pipeline asks before it changes production."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from evenkeel.judge.slo.gate import ChangeKind, Decision, decide_gate
from evenkeel.judge.slo.overrides import LASTS_MAX_S
from evenkeel.kernel.errors import NotFoundError, StaleError
from evenkeel.org.access.model import OVERRIDE_GATE
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.asking import Asking, At
from evenkeel.web.frame import Site
from evenkeel.web.slo_documents import gate_document, override_document

router = APIRouter()


class AskedOverride(BaseModel):
    """For how long, and why, the gate is to let changes pass."""

    reason: Annotated[str, Field(description="Shown with every answer of the gate, and audited.")]
    lasts_s: Annotated[int, Field(gt=0, le=LASTS_MAX_S, description="Seconds until it ends by itself; at most 7 days.")]


def ask_gate(site: Site, key: ServiceKey, kind: ChangeKind) -> Decision:
    """The gate's answer as of now. Raises NotFoundError for a service never heard of, StaleError for an old board."""
    given = site.given
    if not given.is_ready():
        raise StaleError(
            "evenkeel does not take in or judge events at the moment: what it knows is old.",
            hint="Right after its start ask again in a few seconds; else `evenkeel doctor` says why.",
        )
    override = given.overrides.active(key)
    if override is None and not given.slos.is_known(key):
        raise NotFoundError(
            f"{key} was never heard from.",
            hint="Is the name right? For a first release: `evenkeel gate override SERVICE --reason …`.",
        )
    statuses = given.slos.statuses(given.clock.now_us(), key)
    return decide_gate(key, kind, statuses, allow_unknown=given.gate_allows_unknown(), override=override)


@router.get("/gate/{environment}/{service:path}", summary="May this change go ahead, by the error budget?")
def get_gate(
    environment: str, service: str, site: At, _: Asking, kind: ChangeKind = ChangeKind.ROLLOUT
) -> dict[str, Any]:
    """allow or deny, with the reason; both are answered with 200."""
    return gate_document(ask_gate(site, ServiceKey(environment, service), kind))


@router.get("/gate-overrides", summary="Overrides of the gate, newest first")
def list_gate_overrides(site: At, _: Asking) -> dict[str, Any]:
    """Those that are over, too."""
    return {"overrides": [override_document(each) for each in site.given.overrides.list()]}


@router.post("/gate/{environment}/{service:path}", status_code=201, summary="Override the gate for a while")
def create_gate_override(
    environment: str, service: str, asked: AskedOverride, site: At, asker: Asking
) -> dict[str, Any]:
    """The override."""
    asker.require(OVERRIDE_GATE)
    key = ServiceKey(environment, service)
    made = site.given.overrides.grant(key, reason=asked.reason, lasts_s=asked.lasts_s, actor=asker.name)
    return override_document(made)


@router.delete("/gate-overrides/{override_id}", status_code=204, summary="End an override now")
def revoke_gate_override(override_id: str, site: At, asker: Asking, reason: str = "") -> None:
    """The gate goes by the budget again."""
    asker.require(OVERRIDE_GATE)
    site.given.overrides.revoke(override_id, actor=asker.name, reason=reason)
