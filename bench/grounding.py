"""Grounding: how well it ranks summaries that three people judged, beside its single signals, and what it costs.

QAGS (Wang, Cho, Lewis: Asking and Answering Questions to Evaluate the Factual Consistency of Summaries, ACL 2020):
235 articles with machine summaries, each sentence judged by three people. A summary is wrong when the majority finds
any sentence of it unsupported. AUROC is how often a right one scores more than a wrong one. Bounds are percentiles of
2,000 bootstrap samples of summaries, so that sentences of one summary stay together.

A second set that people judged is not at hand. The third of these summaries that copies the fewest pairs of words
stands in for one with more words of its own. It is chosen by that share alone and looks at no judgement, but it is of
the same articles and models, so it says less than another set would.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from bench.cpu import cpu_s
from bench.report import Row

from evenkeel.observe.evaluators.evaluate import DEFAULT, EVALUATORS, evaluate
from evenkeel.observe.evaluators.exchange import Exchange
from evenkeel.observe.evaluators.grounding import UNSUPPORTED_BELOW, SentenceGrounding, SpanReason, compute_grounding
from evenkeel.observe.evaluators.sentences import split_sentences
from evenkeel.observe.evaluators.text import ANSWER_CHARACTERS_MAX, CONTEXT_CHARACTERS_MAX

HEADING = "Grounding without a model: AUROC on labelled summaries, and CPU of an answer"
SHARED = Path(os.environ.get("EVENKEEL_SHARED") or Path(__file__).parents[2] / "shared")
DATA = SHARED / "data" / "qags_cnndm.jsonl"
SIGNALS = ("unigrams", "rare_words", "bigrams", "trigrams", "fragments", "order", "place", "pairs")
SAMPLES = 2_000
ABSTRACTIVE_SHARE = 0.4
ABSTRACTIVE_SUMMARIES_SHARE = 1 / 3
CONTEXT_WORDS = 1_000
ANSWER_WORDS = (100, 200)
CASES = 40
_NUMBER = re.compile(r"(?<![\d.,:])\d{1,4}(?![\d.,:])")
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|will|would|can|could|should|has|have|had)\b(?! not\b)")
QUESTION = "What does the article say about it, and who is quoted? Please answer in a few sentences."

Document = dict[str, Any]
Judged = tuple[SentenceGrounding, bool, int]


def measure(*, full: bool = False) -> Sequence[Row]:
    """Ranking first, then marks, then cost."""
    del full
    if not DATA.exists():
        return [Row("summaries, AUROC", None, "", 0.74, beside=f"{DATA.name} is not there"), *_costs([])]
    documents = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    sentences = _judged(documents)
    return [*_ranking(documents, sentences), *_marks(documents, sentences), *_injected(documents), *_costs(documents)]


def _is_supported(sentence: Document) -> bool:
    return sum(each["response"] == "yes" for each in sentence["responses"]) * 2 > len(sentence["responses"])


def _judged(documents: Sequence[Document]) -> list[Judged]:
    """(the sentence, whether people found it supported, number of its summary)."""
    made: list[Judged] = []
    for number, document in enumerate(documents):
        for sentence in document["summary_sentences"]:
            found = compute_grounding(sentence["sentence"], [document["article"]])
            made += [(each, _is_supported(sentence), number) for each in found.sentences[:1]]
    return made


def _ranking(documents: Sequence[Document], sentences: Sequence[Judged]) -> list[Row]:
    right = np.array([all(map(_is_supported, each["summary_sentences"])) for each in documents])
    texts = [" ".join(each["sentence"] for each in document["summary_sentences"]) for document in documents]
    found = [compute_grounding(text, [document["article"]]) for text, document in zip(texts, documents, strict=True)]
    scores = np.array([each.score if each.score is not None else np.nan for each in found])
    known = ~np.isnan(scores)
    rows = [_row("summaries, AUROC", scores[known], right[known], np.flatnonzero(known), 0.74)]
    copied = np.array([_by_words(each.sentences, "bigrams") for each in found if each.score is not None])
    abstractive = copied <= np.quantile(copied, ABSTRACTIVE_SUMMARIES_SHARE)
    few = np.flatnonzero(known)[abstractive]
    rows.append(
        _row("the third of summaries with the fewest bigrams copied, AUROC", scores[few], right[few], few, 0.65)
    )
    labels = np.array([supported for _, supported, _ in sentences])
    groups = np.array([number for _, _, number in sentences])
    own = np.array([each.score or 0.0 for each, _, _ in sentences])
    bigrams = np.array([each.overlap.bigrams if each.overlap else 0.0 for each, _, _ in sentences])
    low = bigrams < np.quantile(bigrams, ABSTRACTIVE_SHARE)
    rows.append(_row("sentences, AUROC", own, labels, groups))
    rows.append(_row("the 40 % of sentences with the fewest bigrams copied, AUROC", own[low], labels[low], groups[low]))
    for name in SIGNALS:
        signal = np.array([_by_words(each.sentences, name) for each in found if each.score is not None])
        rows.append(_row(f"summaries by {name} alone, AUROC", signal, right[known], np.flatnonzero(known)))
        rows.append(_row(f"that third by {name} alone, AUROC", signal[abstractive], right[few], few))
    return rows


def _by_words(sentences: Sequence[SentenceGrounding], signal: str) -> float:
    """A signal of a summary: its sentences', weighted by their words."""
    return float(
        np.average([getattr(each.overlap, signal) for each in sentences], weights=[s.words for s in sentences])
    )


def _row(what: str, scores: Any, right: Any, groups: Any, required: float | None = None) -> Row:
    """Bounds by drawing whole summaries."""
    random = np.random.default_rng(20_260_101)
    members: list[Any] = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    drawn: list[float] = []
    for _ in range(SAMPLES):
        chosen = np.concatenate([members[each] for each in random.integers(len(members), size=len(members))])
        drawn.append(auroc(scores[chosen], right[chosen]))
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return Row(what, auroc(scores, right), "", required, beside=f"95 % [{low:.3f}–{high:.3f}], n {len(right):,}")


def auroc(scores: Any, right: Any) -> float:
    """How often a right one scores more than a wrong one, ties half (Mann, Whitney 1947)."""
    one, other = np.array(scores[right]), np.sort(np.array(scores[~right]))
    if not len(one) or not len(other):
        return float("nan")
    low, high = (np.mean(np.searchsorted(other, one, side)) for side in ("left", "right"))
    return float((low + high) / 2 / len(other))


def _marks(documents: Sequence[Document], sentences: Sequence[Judged]) -> list[Row]:
    """What a mark says: how many of the sentences that have it people found unsupported."""
    rows: list[Row] = []
    for name in ("numbers", "names", "quotes"):
        marked = [supported for each, supported, _ in sentences if getattr(each, name).missing]
        rows.append(_share(f"sentences with {name} that are not there: unsupported", [not each for each in marked]))
    flipped = [not supported for each, supported, _ in sentences if each.is_negation_flipped]
    rows.append(_share("sentences with a negation turned: unsupported", flipped))
    foreign: list[bool] = []
    for number, document in enumerate(documents):
        other = documents[(number + 1) % len(documents)]["article"]
        beside = [compute_grounding(each["sentence"], [other]) for each in document["summary_sentences"]]
        foreign += [(each.score or 0.0) < UNSUPPORTED_BELOW for found in beside for each in found.sentences]
    rows.append(_share("sentences beside another article, marked as a whole", foreign))
    own = [supported for each, supported, _ in sentences if (each.score or 0.0) < UNSUPPORTED_BELOW]
    rows.append(
        _share("sentences beside their own article, marked as a whole: unsupported", [not each for each in own])
    )
    return rows


def _injected(documents: Sequence[Document]) -> list[Row]:
    """Sentences of the articles beside their own article: as they are, and with one thing changed."""
    copied: list[bool] = []
    numbers: list[bool] = []
    denied: list[bool] = []
    affirmed: list[bool] = []
    for document in documents:
        article = document["article"]
        for start, end in split_sentences(article, "en"):
            sentence = article[start:end]
            copied.append(bool(compute_grounding(sentence, [article]).spans))
            digits = _NUMBER.search(sentence)
            other = str(int(digits[0]) + 1) if digits else ""
            if digits and other not in article:
                changed = sentence[: digits.start()] + other + sentence[digits.end() :]
                numbers.append(_has_mark(changed, article, SpanReason.NUMBER))
            if " not " in sentence:
                affirmed.append(_has_mark(sentence.replace(" not ", " ", 1), article, SpanReason.NEGATION))
            elif _AUXILIARY.search(sentence):
                denied.append(_has_mark(_AUXILIARY.sub(r"\g<0> not", sentence, count=1), article, SpanReason.NEGATION))
    return [
        _share("sentences copied out of their article, marked", copied),
        _share("the same with a number changed, marked for it", numbers),
        _share("the same with a `not` put in, marked for it", denied),
        _share("the same with a `not` taken out, marked for it", affirmed),
    ]


def _has_mark(sentence: str, article: str, reason: SpanReason) -> bool:
    return any(span.reason == reason for span in compute_grounding(sentence, [article]).spans)


def _share(what: str, found: Sequence[bool]) -> Row:
    return Row(what, sum(found) / len(found) if found else None, "", beside=f"{sum(found):,} of {len(found):,}")


def _costs(documents: Sequence[Document]) -> list[Row]:
    rows: list[Row] = []
    for words in ANSWER_WORDS:
        taken: list[float] = []
        for answer, contexts in _cases(documents, words):

            def once(answer: str = answer, contexts: list[str] = contexts) -> None:
                compute_grounding(answer, contexts)

            taken.append(float(np.median(cpu_s(once, 5))))
        spread = f"slowest {1e3 * max(taken):.2f} ms, n {len(taken)}" if taken else "no texts"
        value = 1e3 * float(np.median(taken)) if taken else None
        what = f"an answer of {words} words, {CONTEXT_WORDS:,} words of context"
        rows.append(Row(what, value, "ms", 5.0, at_most=True, beside=spread))
    return [*rows, *_largest(documents), *_all_evaluators(documents)]


def _largest(documents: Sequence[Document]) -> list[Row]:
    """The longest texts that are looked at, all of them articles."""
    text = " ".join(each["article"] for each in documents)
    if not text:
        return []
    answer, context = text[:ANSWER_CHARACTERS_MAX], text[ANSWER_CHARACTERS_MAX // 2 :][:CONTEXT_CHARACTERS_MAX]
    value = 1e3 * float(np.median(cpu_s(lambda: compute_grounding(answer, [context]), 5)))
    what = f"the longest looked at: {len(answer):,} characters, {len(context):,} of context"
    return [Row(what, value, "ms")]


def _all_evaluators(documents: Sequence[Document]) -> list[Row]:
    """What a span or a request costs, whose texts are looked at by all that are on by default, and each by itself."""
    rows: list[Row] = []
    cases = _cases(documents, ANSWER_WORDS[0])
    for what, chosen in (("all evaluators", DEFAULT), *((name, (name,)) for name in EVALUATORS)):
        taken: list[float] = []
        for answer, contexts in cases:
            exchange = Exchange(QUESTION, tuple(contexts), answer)

            def once(exchange: Exchange = exchange, chosen: Sequence[str] = chosen) -> None:
                evaluate(exchange, chosen)

            taken.append(float(np.median(cpu_s(once, 3))))
        value = 1e3 * float(np.median(taken)) if taken else None
        rows.append(Row(f"{what}, an answer of {ANSWER_WORDS[0]} words", value, "ms"))
    return rows


def _cases(documents: Sequence[Document], words: int) -> list[tuple[str, list[str]]]:
    """Answers made of summaries, beside articles that theirs is among, in four contexts."""
    made: list[tuple[str, list[str]]] = []
    for number in range(0, len(documents), max(1, len(documents) // CASES)):
        near = [documents[(number + step) % len(documents)] for step in range(20)]
        answer = " ".join(each["sentence"] for one in near for each in one["summary_sentences"]).split()[:words]
        context = " ".join(one["article"] for one in near).split()[:CONTEXT_WORDS]
        quarter = CONTEXT_WORDS // 4
        made.append(
            (" ".join(answer), [" ".join(context[at : at + quarter]) for at in range(0, CONTEXT_WORDS, quarter)])
        )
    return made
