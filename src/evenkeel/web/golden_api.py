"""Golden queries of retrieval over the API: sets given, runs sent, compared, accepted, gated (SPEC Q-1)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from evenkeel.judge.golden.given import NewRun, NewSet
from evenkeel.judge.golden.model import ID_MAX, NAME_MAX
from evenkeel.org.access.model import RATE, SET_REFERENCES
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.asking import Asking, At, Limit
from evenkeel.web.frame import Site
from evenkeel.web.golden import (
    comparison_document,
    gate_document,
    golden_document,
    run_document,
    set_document,
    versions_document,
)
from evenkeel.web.reading import find_service

router = APIRouter()

_SERVICE = Field(max_length=400, description="environment/service")
_LINES_MAX = 20_000_000


class AskedService(BaseModel):
    """Whose golden sets are told."""

    service: Annotated[str, _SERVICE]


class AskedSet(AskedService):
    """Which golden set."""

    name: Annotated[str, Field(max_length=NAME_MAX, description="The name of the set.")]


class GivenSet(AskedSet):
    """A golden set as it is from now on."""

    lines: Annotated[
        str,
        Field(max_length=_LINES_MAX, description='JSON lines: {"id", "query", "relevant": [doc, …] or {doc: grade}}'),
    ]
    k: Annotated[int, Field(description="How many of the first places count.")] = 5
    every_s: Annotated[int, Field(description="How often a run is expected, in seconds.")] = 7 * 86_400


class SentRun(AskedSet):
    """What the retriever returned for each query."""

    id: Annotated[str, Field(min_length=1, max_length=ID_MAX, description="Sent again, it is the same run.")]
    lines: Annotated[
        str, Field(max_length=_LINES_MAX, description='JSON lines: {"id", "retrieved": [doc, …]} or {"id", "failed"}')
    ]
    release: Annotated[str, Field(max_length=200, description="What was run, e.g. a version.")] = ""


class AcceptedRun(AskedSet):
    """Which run later ones are compared with."""

    run: Annotated[str, Field(max_length=ID_MAX)]
    partial: Annotated[bool, Field(description="Accept it though it lacks queries of the set.")] = False


class AskedComparison(AskedSet):
    """Which two runs are compared."""

    run: Annotated[str, Field(max_length=ID_MAX, description="Default: the newest.")] = ""
    before: Annotated[str, Field(max_length=ID_MAX, description="The earlier one.")]


class AskedGate(AskedSet):
    """Which run is compared with the last accepted one, and by what."""

    run: Annotated[str, Field(max_length=ID_MAX, description="Default: the newest.")] = ""
    measure: Annotated[str, Field(description="hit_rate, mrr, ndcg, precision or recall")] = "hit_rate"
    points: Annotated[float, Field(ge=0, le=100, description="So much worse passes.")] = 5.0


@router.get("/retrieval/golden", summary="The golden sets of a service, each with its newest runs")
def list_golden_sets(site: At, _: Asking, asked: Annotated[AskedService, Query()]) -> dict[str, Any]:
    """Every measure with its interval."""
    key = _key(site, asked.service)
    return {"sets": golden_document(site.given.golden, key, site.given.clock.now_us())}


@router.put("/retrieval/golden", summary="Give a golden set: a new version of it, unless nothing changed")
def put_golden_set(asked: GivenSet, site: At, asker: Asking) -> dict[str, Any]:
    """The set. Texts of queries are kept only where the service's content is."""
    asker.require(SET_REFERENCES)
    new = NewSet(_key(site, asked.service), asked.name, asked.lines, asked.k, asked.every_s)
    return set_document(site.given.golden, site.given.golden.put(new, asker.name), site.given.clock.now_us())


@router.delete("/retrieval/golden", summary="Remove a golden set with all its runs")
def remove_golden_set(
    site: At,
    asker: Asking,
    service: Annotated[str, Query(max_length=400)] = "",
    name: Annotated[str, Query(max_length=NAME_MAX)] = "",
    reason: Annotated[str, Query(max_length=500)] = "",
) -> dict[str, Any]:
    """Which it was."""
    asker.require(SET_REFERENCES)
    site.given.golden.remove(_key(site, service), name, asker.name, reason)
    return {"removed": name}


@router.get("/retrieval/golden/versions", summary="The versions of a golden set, and how many runs are of each")
def list_golden_versions(site: At, _: Asking, asked: Annotated[AskedSet, Query()]) -> dict[str, Any]:
    """The newest first."""
    golden, key = site.given.golden, _key(site, asked.service)
    golden.head(key, asked.name)
    return {"versions": versions_document(golden, key, asked.name)}


@router.post("/retrieval/golden/tidy", summary="Delete the old versions of a golden set that no run names; audited")
def tidy_golden_set(asked: AskedSet, site: At, asker: Asking) -> dict[str, Any]:
    """Which versions they were."""
    asker.require(SET_REFERENCES)
    return {"deleted": site.given.golden.tidy(_key(site, asked.service), asked.name, asker.name)}


@router.get("/retrieval/golden/queries", summary="The texts of a set's queries that are kept; audited")
def list_golden_queries(site: At, asker: Asking, asked: Annotated[AskedSet, Query()]) -> dict[str, Any]:
    """By id; none where the service's content is not kept."""
    asker.require(RATE)
    return {"queries": dict(site.given.golden.texts(_key(site, asked.service), asked.name, asker.name))}


@router.get("/retrieval/golden/runs", summary="The runs of a golden set, the newest first")
def list_golden_runs(site: At, _: Asking, asked: Annotated[AskedSet, Query()], limit: Limit = 50) -> dict[str, Any]:
    """Each with every measure, and what is odd about it."""
    golden, key = site.given.golden, _key(site, asked.service)
    golden.head(key, asked.name)
    return {"runs": [run_document(golden, each) for each in golden.runs(key, asked.name, limit)]}


@router.post("/retrieval/golden/runs", summary="Send what the retriever returned for the queries of a golden set")
def send_golden_run(asked: SentRun, site: At, asker: Asking) -> dict[str, Any]:
    """The run with its figures; sent again under its id, it is the same run."""
    asker.require(SET_REFERENCES)
    new = NewRun(_key(site, asked.service), asked.name, asked.id, asked.lines, asked.release)
    return run_document(site.given.golden, site.given.golden.send(new, asker.name))


@router.post("/retrieval/golden/accept", summary="Compare later runs with this one")
def accept_golden_run(asked: AcceptedRun, site: At, asker: Asking) -> dict[str, Any]:
    """The run. One in which every call failed is not accepted, nor a partial one unless that is wanted."""
    asker.require(SET_REFERENCES)
    golden, key = site.given.golden, _key(site, asked.service)
    run = golden.accept(key, asked.name, asked.run, asker.name, partial=asked.partial)
    return run_document(golden, run)


@router.get("/retrieval/golden/comparison", summary="By how much a run is better than an earlier one, query by query")
def compare_golden_runs(site: At, _: Asking, asked: Annotated[AskedComparison, Query()]) -> dict[str, Any]:
    """Each measure's difference with its interval; both runs must be of one version of the set."""
    golden, key = site.given.golden, _key(site, asked.service)
    run, before = golden.run(key, asked.name, asked.run), golden.run(key, asked.name, asked.before)
    return comparison_document(golden.compare(run, before))


@router.get("/retrieval/golden/gate", summary="Is a run worse than the last accepted one?")
def gate_golden_run(site: At, _: Asking, asked: Annotated[AskedGate, Query()]) -> dict[str, Any]:
    """pass, worse or unknown; unknown is no pass."""
    golden = site.given.golden
    run = golden.run(_key(site, asked.service), asked.name, asked.run)
    return gate_document(run, *golden.gate(run, asked.measure, asked.points, as_newest=not asked.run))


def _key(site: Site, service: str) -> ServiceKey:
    return find_service(site.given.engine, service, site.given.clock.now_us()).key
