"""The dashboard asks for what is exposed, and every panel has its place."""

from __future__ import annotations

import itertools
import json
import re

from evenkeel.judge.interop.grafana import grafana_dashboard
from evenkeel.web.metrics import METRICS

BOARD = grafana_dashboard()


def test_every_metric_asked_for_is_exposed() -> None:
    asked = set(re.findall(r"evenkeel_[a-z_]+", json.dumps(BOARD)))
    assert len(asked) > 6
    assert asked <= {name for name, _, _ in METRICS}


def test_budgets_burn_rates_and_status_have_panels_of_their_own() -> None:
    titles = {panel["title"] for panel in BOARD["panels"]}
    assert {"Error budget left", "Burn rate by window", "Verdicts", "Mode", "Burn rules that fire"} <= titles


def test_panels_have_ids_and_places_that_do_not_overlap() -> None:
    panels = BOARD["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    for one, other in itertools.combinations((panel["gridPos"] for panel in panels), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        beneath = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or beneath
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


def test_every_panel_and_variable_asks_the_source_that_is_chosen() -> None:
    source = {"type": "prometheus", "uid": "${datasource}"}
    for panel in BOARD["panels"]:
        assert panel["datasource"] == source
        assert all(target["datasource"] == source and target["refId"] and target["expr"] for target in panel["targets"])
        assert {"type", "title", "fieldConfig", "gridPos", "options"} <= panel.keys()
    chosen, *variables = BOARD["templating"]["list"]
    assert (chosen["name"], chosen["type"]) == ("datasource", "datasource")
    assert [each["name"] for each in variables] == ["environment", "service", "slo"]
    assert all(each["datasource"] == source for each in variables)
    assert {"uid", "title", "schemaVersion", "panels", "templating", "time"} <= BOARD.keys()
