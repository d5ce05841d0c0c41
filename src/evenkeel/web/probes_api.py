"""Probes in the API."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.asking import Asking, At
from evenkeel.web.probes import probe_state_document, read_states, table_document

router = APIRouter()


@router.get("/probes", summary="Every probe and vantage with what it found last, worst first")
def list_probes(site: At, _: Asking, environment: str | None = None, service: str | None = None) -> dict[str, Any]:
    """All of them, or those of a service."""
    key = ServiceKey(environment or "production", service) if service else None
    states = [state for state in read_states(site, key) if environment in (None, state.key.environment)]
    return {"probes": [probe_state_document(state) for state in states]}


@router.get("/probes/table", summary="The table of probes, for a prober elsewhere")
def get_probe_table(site: At, _: Asking) -> dict[str, Any]:
    """As `evenkeel probes watch --table` reads it."""
    return table_document(site.given.probes())
