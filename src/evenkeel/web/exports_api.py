"""What other tools read of us: rules for Prometheus, a dashboard for Grafana, OpenSLO."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter

from evenkeel.judge.interop.grafana import grafana_dashboard
from evenkeel.judge.interop.openslo.write import write_openslo
from evenkeel.judge.interop.prometheus_rules import prometheus_rules
from evenkeel.judge.slo.model import SampledSli, Slo
from evenkeel.kernel.errors import NotFoundError
from evenkeel.web.asking import Asking, At
from evenkeel.web.frame import Site

router = APIRouter()


@router.get("/exports/prometheus", summary="Recording and alert rules for Prometheus, in the naming of sloth")
def export_prometheus(
    site: At, _: Asking, environment: str | None = None, service: str | None = None
) -> dict[str, Any]:
    """`text` is the rule file; `left_out` names SLOs that no rule can stand for, with the reason."""
    rules = prometheus_rules(_slos(site, environment, service), version=version("evenkeel"))
    left_out = [{"slo": f"{slo.key}/{slo.name}", "reason": reason} for slo, reason in rules.left_out]
    return {"text": rules.text, "left_out": left_out}


@router.get("/exports/openslo", summary="SLOs as OpenSLO v1, with what it cannot carry")
def export_openslo(site: At, _: Asking, environment: str | None = None, service: str | None = None) -> dict[str, Any]:
    """`text` is YAML; of what is `lost`, `kept_in` names the annotation that carries it, if one does."""
    export = write_openslo(_slos(site, environment, service))
    lost = [{"slo": each.slo, "what": each.what, "kept_in": each.kept_in} for each in export.lost]
    return {"text": export.text, "lost": lost}


@router.get("/exports/grafana", summary="A Grafana dashboard over /metrics")
def export_grafana(_site: At, _: Asking) -> dict[str, Any]:
    """The dashboard, ready to import."""
    return {"dashboard": grafana_dashboard()}


def _slos(site: Site, environment: str | None, service: str | None) -> list[Slo]:
    """The SLOs of an environment or a service in the order of their names. Raises NotFoundError where there is none."""
    found = [
        status.slo
        for status in site.given.slos.statuses(site.given.clock.now_us())
        if not isinstance(status.slo.sli, SampledSli)  # nothing but evenkeel can count these
        and environment in (None, status.slo.key.environment)
        and service in (None, status.slo.key.service)
    ]
    if not found:
        asked = "/".join(part for part in (environment, service) if part)
        raise NotFoundError(
            f"There is no SLO{f' of {asked}' if asked else ''}.", hint="`evenkeel slo list` shows all there are."
        )
    return sorted(found, key=lambda slo: (slo.key, slo.name))
