"""The sample production's probes ask what its services answer, and nothing else is found than what should be."""

from __future__ import annotations

from typing import Any

from evenkeel.demo import chat_lounge, support_bot
from evenkeel.demo.answerer import Answerer
from evenkeel.demo.corpus import load_corpus
from evenkeel.demo.faults import SERVICES, FaultFile, break_
from evenkeel.demo.probes import PAGE, QUESTION, ROUTES, sample_probes, sample_table
from evenkeel.demo.search import Index
from evenkeel.observe.probes.model import DependencyTarget, ProbeKind, read_table

PORTS = {"answerer": 1, "support-bot": 2, "chat-lounge": 3}


def test_a_prober_reads_the_table_as_it_was_meant() -> None:
    assert read_table(sample_table(PORTS)) == sample_probes(PORTS)


def test_every_service_that_listens_is_asked_where_it_listens() -> None:
    assert {each.SERVICE: each.ROUTE for each in (support_bot, chat_lounge)} == ROUTES
    fronts = {probe.service for probe in sample_probes(PORTS) if probe.kind is ProbeKind.HTTP}
    assert fronts == set(ROUTES)
    assert {probe.service for probe in sample_probes(PORTS)} <= set(SERVICES)
    assert {probe.kind for probe in sample_probes(PORTS)} >= {ProbeKind.GOLDEN, ProbeKind.DEPENDENCY}


def test_the_known_question_finds_its_page_in_the_documentation() -> None:
    found = [hit.passage.id.partition("#")[0] for hit in Index(load_corpus()).search(QUESTION)]
    assert found.count(PAGE) >= 2, "one edit of the documentation would make the sample production red"


def test_in_an_outage_of_its_service_the_model_is_not_well(ask: Any, tmp_path: Any) -> None:
    target = next(probe.target for probe in sample_probes(PORTS) if isinstance(probe.target, DependencyTarget))
    assert target.request is not None
    headers = dict(target.request.headers)
    answerer = Answerer(FaultFile(tmp_path))
    assert ask(answerer, "GET", "/v1/models", **headers).status == 200
    break_(tmp_path, "outage", "chat-lounge")
    assert ask(answerer, "GET", "/v1/models", **headers).status == 200
    break_(tmp_path, "outage", "support-bot")
    assert ask(answerer, "GET", "/v1/models", **headers).status == 503
    assert ask(answerer, "GET", "/v1/models").status == 200
