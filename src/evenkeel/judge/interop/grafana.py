"""A Grafana dashboard over `/metrics`: budgets, burn rates, attainment, verdicts and traffic."""

from __future__ import annotations

from typing import Any, Final

_OF: Final = 'environment=~"$environment", service=~"$service"'
_SLO: Final = f'{_OF}, slo=~"$slo"'
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_NAME: Final = "{{environment}}/{{service}} {{slo}}"
#: Status colours of the site: good, caution, bad, unknown.
_GREEN, _YELLOW, _RED, _GREY = "green", "yellow", "red", "gray"
_WIDTH: Final = 24


def grafana_dashboard() -> dict[str, Any]:
    """The dashboard, for import into Grafana 9 or later; its data source is chosen there."""
    panels = [_stat(), _modes(), _burn(), _left(), _attainment(), _verdicts(), _traffic(), _firing()]
    return {
        "uid": "evenkeel-slos",
        "title": "evenkeel: SLOs",
        "tags": ["evenkeel", "slo"],
        "schemaVersion": 38,
        "version": 1,
        "editable": True,
        "time": {"from": "now-7d", "to": "now"},
        "refresh": "1m",
        "timezone": "browser",
        "templating": {"list": [_data_source(), *map(_variable, ("environment", "service", "slo"))]},
        "annotations": {"list": []},
        "panels": [panel | {"id": number} for number, panel in enumerate(_placed(panels), 1)],
    }


def _data_source() -> dict[str, Any]:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0}


def _variable(name: str) -> dict[str, Any]:
    wider = {"environment": "", "service": 'environment=~"$environment"', "slo": _OF}[name]
    query = f"label_values(evenkeel_slo_target_ratio{{{wider}}}, {name})"
    return {
        "name": name, "type": "query", "datasource": _SOURCE, "definition": query, "refresh": 2, "sort": 1, "hide": 0,
        "query": {"query": query, "refId": name}, "includeAll": True, "multi": True,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }  # fmt: skip


def _placed(panels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Panels from left to right, row by row."""
    x = y = 0
    found: list[dict[str, Any]] = []
    for panel in panels:
        wide, high = panel.pop("size")
        if x + wide > _WIDTH:
            x, y = 0, y + 8
        found.append(panel | {"gridPos": {"x": x, "y": y, "w": wide, "h": high}})
        x += wide
    return found


def _panel(kind: str, title: str, targets: list[tuple[str, str]], size: tuple[int, int], **more: Any) -> dict[str, Any]:
    asked = [
        {"refId": chr(ord("A") + n), "expr": expr, "legendFormat": legend, "datasource": _SOURCE}
        for n, (expr, legend) in enumerate(targets)
    ]
    unit, steps = more.pop("unit", "none"), more.pop("steps", [(None, _GREY)])
    defaults: dict[str, Any] = {
        "unit": unit,
        "color": {"mode": "thresholds" if len(steps) > 1 and kind == "stat" else "palette-classic"},
        "thresholds": {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]},
    }
    return {
        "type": kind, "title": title, "datasource": _SOURCE, "targets": asked, "size": size, "options": {},
        "fieldConfig": {"defaults": defaults | more.pop("defaults", {}), "overrides": []}, **more,
    }  # fmt: skip


def _stat() -> dict[str, Any]:
    left = f'sort(evenkeel_slo_budget_remaining_ratio{{{_SLO}, bound="low"}})'
    return _panel(
        "stat", "Error budget left (lower bound)", [(left, _NAME)], (12, 8),
        unit="percentunit", steps=[(None, _RED), (0.2, _YELLOW), (0.5, _GREEN)],
        description="Below 0: overspent. What nobody saw is taken for bad.",
        options={"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area"},
    )  # fmt: skip


def _modes() -> dict[str, Any]:
    return _panel(
        "table", "Mode", [(f"evenkeel_slo_mode{{{_SLO}}} == 1", "")], (12, 8),
        description="velocity: more than half of the budget is left; freeze: less than a fifth.",
        transformations=[{"id": "labelsToFields", "options": {"mode": "columns"}}, {"id": "merge", "options": {}}],
    )  # fmt: skip


def _burn() -> dict[str, Any]:
    return _panel(
        "timeseries", "Burn rate by window",
        [(f'evenkeel_slo_burn_rate{{{_SLO}, window=~"1h|6h|3d"}}', _NAME + " {{window}}")], (12, 8),
        steps=[(None, _GREEN), (1, _YELLOW), (14.4, _RED)],
        description="1 spends exactly the budget. Alerts need two windows, and enough events to tell it from chance.",
    )  # fmt: skip


def _left() -> dict[str, Any]:
    return _panel(
        "timeseries", "Error budget left",
        [(f"evenkeel_slo_budget_remaining_ratio{{{_SLO}}}", _NAME + " {{bound}}")], (12, 8), unit="percentunit",
    )  # fmt: skip


def _attainment() -> dict[str, Any]:
    return _panel(
        "timeseries", "Attainment against target",
        [
            (f"evenkeel_slo_attainment_ratio{{{_SLO}}}", _NAME + " {{bound}}"),
            (f"evenkeel_slo_target_ratio{{{_SLO}}}", _NAME + " target"),
        ],
        (12, 8), unit="percentunit",
    )  # fmt: skip


def _verdicts() -> dict[str, Any]:
    return _panel(
        "table", "Verdicts", [(f'evenkeel_objective_status{{{_OF}, window="verdict"}} == 1', "")], (12, 8),
        description="ok, warning, breach, partial, stale or unknown. Unknown is not ok.",
        transformations=[{"id": "labelsToFields", "options": {"mode": "columns"}}, {"id": "merge", "options": {}}],
    )  # fmt: skip


def _traffic() -> dict[str, Any]:
    return _panel(
        "timeseries", "Requests by outcome",
        [(
            f"sum by (environment, service, outcome) (rate(evenkeel_requests_total{{{_OF}}}[5m]))",
            "{{environment}}/{{service}} {{outcome}}",
        )],
        (12, 8), unit="reqps",
    )  # fmt: skip


def _firing() -> dict[str, Any]:
    return _panel(
        "state-timeline", "Burn rules that fire",
        [(f"evenkeel_slo_rule_firing{{{_SLO}}}", _NAME + " {{severity}} {{rule}}")], (12, 8),
        steps=[(None, _GREEN), (1, _RED)],
    )  # fmt: skip
