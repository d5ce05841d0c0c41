"""Grounding says which parts of an answer its contexts do not bear out, and never more than it knows."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.observe.evaluators.grounding import (
    UNSUPPORTED_BELOW,
    Grounding,
    SpanReason,
    Ungrounded,
    compute_grounding,
)  # fmt: skip
from evenkeel.observe.evaluators.text import ANSWER_CHARACTERS_MAX, CONTEXT_CHARACTERS_MAX

CONTEXT = (
    "The warranty of the X300 lasts 24 months from the day of purchase. It does not cover batteries. Repairs take about"
    " ten working days; Helen Moore in Leeds is in charge. “We repair what we sell,” she says."
)
SHARED = Path(os.environ.get("EVENKEEL_SHARED") or Path(__file__).parents[5] / "shared")
DATA = SHARED / "data" / "qags_cnndm.jsonl"


def marked(answer: str, contexts: list[str] | None = None) -> list[tuple[str, str]]:
    found = compute_grounding(answer, contexts or [CONTEXT])
    return [(answer[span.start : span.end], span.reason.value) for span in found.spans]


def score(answer: str, contexts: list[str] | None = None) -> float:
    found = compute_grounding(answer, contexts or [CONTEXT]).score
    assert found is not None
    return found


def test_what_is_copied_is_grounded_and_nothing_is_marked() -> None:
    answer = "The warranty of the X300 lasts 24 months from the day of purchase. It does not cover batteries."
    assert score(answer) == pytest.approx(1.0)
    assert marked(answer) == []


@pytest.mark.parametrize(
    ("answer", "part", "reason"),
    [
        ("The warranty of the X300 lasts 36 months.", "36", "number"),
        ("Repairs take about ten working days; Bob Moore in Leeds is in charge.", "Bob Moore", "name"),
        ("She says “we always repair everything you bring”.", "we always repair everything you bring", "quote"),
        ("It does cover batteries.", "It does cover batteries.", "negation"),
        ("The warranty of the X300 lasts 24 months everywhere in Europa.", "everywhere in Europa", "words"),
        ("Penguins breed on cold southern islands.", "Penguins breed on cold southern islands.", "sentence"),
    ],
)
def test_what_is_not_borne_out_is_marked_where_it_stands(answer: str, part: str, reason: str) -> None:
    assert (part, reason) in marked(answer)
    assert score(answer) < 1.0


@pytest.mark.parametrize(
    ("right", "wrong", "context"),
    [
        (
            "Die Lieferung dauert 3 Tage.", "Die Lieferung dauert 9 Tage.",
            "Eine Lieferung innerhalb Deutschlands dauert drei Tage. Ins Ausland dauern Lieferungen länger.",
        ),
        (
            "La livraison dure trois jours en France.", "La livraison est gratuite pour tous les clients.",
            "En France, les livraisons durent trois jours. À l'étranger il faut compter une semaine de plus.",
        ),
        (
            "La garantía no cubre las baterías.", "La garantía cubre las baterías.",
            "Las condiciones son claras: la garantía no cubre las baterías ni los cargadores que se compran aparte.",
        ),
        (
            "La spedizione costa 5 euro.", "La spedizione costa 15 euro.",
            "Per gli ordini in Italia la spedizione costa 5 euro, per quelli all'estero dipende dal paese.",
        ),
        (
            "A entrega demora três dias.", "A loja fecha aos domingos e feriados.",
            "A entrega demora três dias em Portugal continental e cinco dias nas ilhas, sem custos para si.",
        ),
        (
            "De garantie duurt twee jaar.", "De garantie duurt nooit langer.",
            "De garantie op dit apparaat duurt twee jaar en begint op de dag dat u het hebt gekocht.",
        ),
        ("保証期間は二年です。", "送料は無料でございます。", "この製品の保証期間は二年です。修理は十日です。"),
        ("Гарантия действует два года.", "Доставка всегда бесплатная.", "Гарантия действует два года со дня покупки."),
    ],
)  # fmt: skip
def test_a_right_answer_scores_more_than_a_wrong_one(right: str, wrong: str, context: str) -> None:
    assert score(right, [context]) > score(wrong, [context])
    assert marked(wrong, [context])


def test_other_words_for_the_same_score_less_than_a_copy_and_more_than_chance() -> None:
    other = score("For the X300 you have a warranty of 24 months after the purchase.")
    assert UNSUPPORTED_BELOW < other < score("The warranty of the X300 lasts 24 months.")


@pytest.mark.parametrize("contexts", [[], [""], ["  ", "…"]])
def test_without_contexts_nothing_is_known(contexts: list[str]) -> None:
    assert compute_grounding("The warranty lasts two years.", contexts) == Grounding(
        None, Ungrounded.NO_CONTEXT, (), is_cut=False
    )


@pytest.mark.parametrize(
    "answer",
    [
        "", "…", "Yes.", "Which model do you have?", "I'm sorry, but I can't help with that.", "I don't know.",
        "```\nmake install all of it\n```", "Let me know if that helps!",
    ],
)  # fmt: skip
def test_what_claims_nothing_has_no_score(answer: str) -> None:
    found = compute_grounding(answer, [CONTEXT])
    assert (found.score, found.unknown, found.spans) == (None, Ungrounded.NO_CLAIM, ())


def test_courtesy_around_a_claim_is_not_held_against_it() -> None:
    claim = "The warranty of the X300 lasts 24 months."
    assert score(f"Great question! {claim} Let me know if you need more.") == score(claim)


def test_citations_are_not_held_against_an_answer() -> None:
    assert score("The warranty of the X300 lasts 24 months [1].") == pytest.approx(1.0)
    assert marked("It does not cover batteries [2, 3].") == []


@pytest.mark.parametrize(("answer", "is_right"), [("24 months.", True), ("36 months.", False), ("Leeds", True)])
def test_a_short_answer_is_looked_up_as_well(answer: str, is_right: bool) -> None:
    assert (score(answer) > 0.9) is is_right


def test_a_short_text_taken_for_another_language_is_compared_when_its_words_are_there() -> None:
    context = "Manchester City face FA Cup finalists Aston Villa on Saturday, and Villa have won four in a row."
    assert score("Manchester City face FA Cup finalists Aston Villa on Saturday.", [context]) == pytest.approx(1.0)


def test_code_between_sentences_is_left_out() -> None:
    answer = "It does not cover batteries.\n```\nsome quite unknown code\n```\nRepairs take about ten working days."
    found = compute_grounding(answer, [CONTEXT])
    assert [answer[each.start : each.end] for each in found.sentences] == [
        "It does not cover batteries.", "Repairs take about ten working days.",
    ]  # fmt: skip


def test_an_answer_in_another_language_is_not_called_ungrounded() -> None:
    answer = "Die Garantie für das Gerät gilt ab dem Tag des Kaufs und für 36 Monate, aber nicht für die Batterien."
    found = compute_grounding(answer, [CONTEXT])
    assert (found.score, found.unknown) == (None, Ungrounded.OTHER_LANGUAGE)
    assert [(answer[span.start : span.end], span.reason) for span in found.spans] == [("36", SpanReason.NUMBER)]


def test_beyond_the_limits_it_is_said_that_the_rest_is_not_known() -> None:
    claim = "It does not cover batteries. "
    assert not compute_grounding(claim, [CONTEXT]).is_cut
    assert compute_grounding(claim, [CONTEXT, "so " * CONTEXT_CHARACTERS_MAX]).is_cut
    assert compute_grounding(claim * ANSWER_CHARACTERS_MAX, [CONTEXT]).is_cut


def test_the_score_is_the_mean_over_words_and_the_weakest_is_the_lowest() -> None:
    answer = "It does not cover batteries. Penguins breed on cold southern islands."
    found = compute_grounding(answer, [CONTEXT])
    total = sum(each.words * (each.score or 0.0) for each in found.sentences)
    assert found.score == pytest.approx(total / sum(each.words for each in found.sentences))
    assert found.weakest == min(each.score or 0.0 for each in found.sentences)


TEXTS = st.text(alphabet=st.sampled_from("ab N.3, \n?\"„“”`'中ñ\u0301\ud800"), max_size=80)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_any_texts_have_a_score_within_bounds_or_a_reason_and_spans_within_the_answer(
    answer: str, contexts: list[str]
) -> None:
    found = compute_grounding(answer, contexts)
    assert (found.score is None) != (found.unknown is None)
    assert found.score is None or 0.0 <= found.score <= 1.0 + 1e-9
    assert all(0 <= span.start < span.end <= len(answer) for span in found.spans)


@pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not there; EVENKEEL_SHARED names the folder")
def test_of_labelled_summaries_those_that_are_borne_out_score_more() -> None:
    """A third of the set, for the time it takes; the whole of it with bounds is in bench/grounding.py."""
    right: list[float] = []
    wrong: list[float] = []
    for line in DATA.read_text("utf-8").splitlines()[::3]:
        document: dict[str, Any] = json.loads(line)
        sentences: list[dict[str, Any]] = document["summary_sentences"]
        borne_out = all(
            sum(each["response"] == "yes" for each in sentence["responses"]) * 2 > len(sentence["responses"])
            for sentence in sentences
        )
        summary = " ".join(sentence["sentence"] for sentence in sentences)
        found = compute_grounding(summary, [document["article"]]).score
        (right if borne_out else wrong).append(-1.0 if found is None else found)
    wins = sum((one > other) + (one == other) / 2 for one in right for other in wrong)
    assert wins / (len(right) * len(wrong)) >= 0.74
