"""Golden queries of a service and their runs, as page, API and command line tell them (SPEC Q-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.judge.golden.model import GoldenRun, SetHead
from evenkeel.judge.golden.scoring import Gate
from evenkeel.judge.golden.service import Comparison, GoldenSets
from evenkeel.judge.quality.documents import figure_document
from evenkeel.kernel.time import format_duration, isoformat
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.ui.formats import count, plural

#: Runs of each set that a service's page tells.
SHOWN_MAX: Final = 20
#: Queries that are named where something is odd about them; all are counted.
_NAMED_MAX: Final = 10


def golden_document(golden: GoldenSets, key: ServiceKey, now_us: int) -> list[dict[str, Any]]:
    """Each golden set of a service with its newest runs: the same numbers for everybody."""
    return [set_document(golden, held, now_us) for held in golden.sets(key)]


def set_document(golden: GoldenSets, held: SetHead, now_us: int, limit: int = SHOWN_MAX) -> dict[str, Any]:
    """A set, its newest runs, and whether one is overdue."""
    runs = golden.runs(held.key, held.name, limit)
    document: dict[str, Any] = {
        "name": held.name,
        "version": held.version,
        "k": held.k,
        "queries": held.size,
        "every_s": held.every_s,
        "made_at": isoformat(held.made_at_us),
        "author": held.author,
        "runs": [run_document(golden, each) for each in runs],
        "is_overdue": not runs or now_us - runs[0].at_us > held.every_us,
    }
    return {**document, "says": _say_set(document)}


def versions_document(golden: GoldenSets, key: ServiceKey, name: str) -> list[dict[str, Any]]:
    """Each version of a set and how many runs are of it; old ones of which there are none can be deleted."""
    return [
        {"version": held.version, "queries": held.size, "k": held.k, "made_at": isoformat(held.made_at_us),
         "author": held.author, "runs": runs}
        for held, runs in golden.versions(key, name)
    ]  # fmt: skip


def run_document(golden: GoldenSets, run: GoldenRun) -> dict[str, Any]:
    """A run: each measure with its interval, and what is odd about it, counted and named."""
    scored, measured = run.scored, golden.measure(run)
    document: dict[str, Any] = {
        "id": run.id,
        "set": run.name,
        "set_version": run.version,
        "k": measured.k,
        "at": isoformat(run.at_us),
        "release": run.release,
        "author": run.author,
        "accepted_at": None if run.accepted_at_us is None else isoformat(run.accepted_at_us),
        "accepted_by": run.accepted_by,
        "queries": len(scored.gains) + len(scored.missing),
        "answered": len(scored.gains),
        "is_partial": scored.is_partial,
        "figures": {name: figure_document(each) for name, each in measured.figures.items()},
        "missing": _named(scored.missing),
        "unknown": _named(scored.unknown),
        "repeated": _named(scored.repeated),
        "empty": _named(scored.empty),
        "failed": _named(tuple(f"{name}: {why}" for name, why in scored.failed.items())),
        "repeated_documents": _named(scored.repeated_documents),
    }
    return {**document, "notes": _notes(document)}


def comparison_document(found: Comparison) -> dict[str, Any]:
    """By how much each measure is higher than in an earlier run, with its interval."""
    return {
        "run": found.run.id,
        "before": found.before.id,
        "set": found.run.name,
        "set_version": found.run.version,
        "is_partial": found.run.scored.is_partial or found.before.scored.is_partial,
        "changes": {name: figure_document(each) for name, each in found.changes.items()},
    }


def gate_document(run: GoldenRun, gate: Gate, found: Comparison | None) -> dict[str, Any]:
    """The answer of the gate: pass, worse or unknown, and why."""
    compared = None if found is None else comparison_document(found)
    return {"run": run.id, "outcome": gate.outcome.value, "why": gate.why, "comparison": compared}


def _named(names: Sequence[str]) -> dict[str, Any]:
    return {"n": len(names), "first": list(names[:_NAMED_MAX])}


def _say_set(document: Mapping[str, Any]) -> str:
    """How the newest run is, in a sentence; or why nobody knows."""
    of = f"{plural(document['queries'], 'queries')}, version {document['version']}"
    runs = document["runs"]
    if not runs:
        return f"{of}: no run was sent yet, so how good retrieval is on them is unknown."
    newest, hit = runs[0], runs[0]["figures"]["hit_rate"]
    late = f" The next run is overdue: one is expected every {format_duration(document['every_s'])}."
    said = f"{of}: none of them is in the newest run."
    if hit["value"] is not None:
        interval = f"[{100 * hit['low']:.3g}–{100 * hit['high']:.3g} %]"
        said = (
            f"{of}: something relevant is among the first {newest['k']} in {100 * hit['value']:.3g} % {interval} of"
            f" {count(hit['n'])}."
        )
    if newest["is_partial"]:
        said += f" The newest run is partial: {count(newest['missing']['n'])} are not in it."
    if newest["set_version"] != document["version"]:
        said += f" It is of version {newest['set_version']} of the set."
    return said + (late if document["is_overdue"] else "")


def _notes(document: Mapping[str, Any]) -> list[str]:
    """What is odd about a run, each in words with the first names."""
    said = {
        "missing": "of the set are not in the run",
        "unknown": "of the run are not in the set",
        "repeated": "came more than once; the first line counts",
        "empty": "got no result",
        "failed": "failed, and count as having found nothing",
        "repeated_documents": "got a document twice; only its first place counts",
    }
    return [
        f"{count(document[name]['n'])} {words}: {', '.join(document[name]['first'])}"
        f"{' …' if document[name]['n'] > len(document[name]['first']) else ''}"
        for name, words in said.items()
        if document[name]["n"]
    ]
