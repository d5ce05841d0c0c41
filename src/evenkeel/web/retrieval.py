"""How good the found contexts are, from traffic, as the view Answers, the API and the command line tell it (SPEC Q-1).

Two sources, told apart: models that judge which contexts are relevant, and what answers cite, which is a weak signal.
Recall is not told from traffic: nobody knows what else was relevant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.judge.model_judges.service import RETRIEVAL
from evenkeel.judge.quality.answers import compute_mean, compute_mean_of_shares, compute_rate
from evenkeel.judge.quality.documents import figure_document
from evenkeel.observe.evaluators.citations import PLACES
from evenkeel.store.telemetry.feature_port import NumberSum
from evenkeel.ui.formats import count, plural

CITED: Final = "evenkeel.retrieval.cited."
_DOCUMENTS: Final = "evenkeel.retrieval.documents"
_MEANS: Final[Mapping[str, str]] = {"mrr": "mrr", "ndcg": "ndcg", "precision": "precision"}

ByName = Mapping[str, Sequence[NumberSum]]


def retrieval_document(by_name: ByName) -> dict[str, Any]:
    """Hit rate, MRR, nDCG and precision of the first places, by who says what is relevant; and of how many answers."""
    judges = sorted(
        name.removeprefix(RETRIEVAL).removesuffix(".hit")
        for name, rows in by_name.items()
        if name.startswith(RETRIEVAL) and name.endswith(".hit") and any(row.n for row in rows)
    )
    sources = [_source(by_name, f"{RETRIEVAL}{name}.", name, "judge") for name in judges]
    if by_name.get(f"{CITED}hit"):
        sources.append(_source(by_name, CITED, "citations", "citations"))
    document: dict[str, Any] = {
        "places": PLACES,
        "with_contexts": sum(row.n for row in by_name.get(_DOCUMENTS, ())),
        "documents": figure_document(compute_mean(by_name.get(_DOCUMENTS, ()))),
        "sources": sources,
        "cited_missing": figure_document(compute_rate(by_name.get(f"{CITED}missing", ()))),
    }
    return {**document, "says": say_retrieval(document)}


def _source(by_name: ByName, prefix: str, name: str, kind: str) -> dict[str, Any]:
    figures = {"hit_rate": figure_document(compute_rate(by_name.get(f"{prefix}hit", ())))}
    for figure, end in _MEANS.items():
        figures[figure] = figure_document(compute_mean_of_shares(by_name.get(f"{prefix}{end}", ())))
    return {"name": name, "kind": kind, "figures": figures}


def say_retrieval(document: Mapping[str, Any]) -> str:
    """How good the found contexts are, in a sentence; or why nobody knows.

    >>> say_retrieval({"with_contexts": 0, "sources": [], "places": 5})
    'No answer came with contexts: whether the right ones are found is unknown.'
    """
    sources: Sequence[Mapping[str, Any]] = document["sources"]
    if not sources:
        if not document["with_contexts"]:
            return "No answer came with contexts: whether the right ones are found is unknown."
        came = plural(document["with_contexts"], "answers")
        return f"{came} came with contexts, and nothing says which of these are relevant: how good they are is unknown."
    best = sources[0]
    hit = best["figures"]["hit_rate"]
    of = f"[{100 * hit['low']:.3g}–{100 * hit['high']:.3g} %] of {count(hit['n'])}"
    if best["kind"] == "judge":
        return (
            f"Something relevant is among the first {document['places']} contexts in {100 * hit['value']:.3g} % {of},"
            f" says {best['name']}."
        )
    return (
        f"{100 * hit['value']:.3g} % {of} answers that cite anything cite one of the first {document['places']}"
        " contexts; that is a weak sign of relevance."
    )
