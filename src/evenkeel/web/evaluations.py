"""What people said of answers, as pages, the API and the command line tell it (SPEC Q-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.judge.evaluations.model import Evaluation, Question, Scale
from evenkeel.judge.evaluations.planning import Drawn
from evenkeel.judge.evaluations.results import (
    JudgeResult,
    Progress,
    QuestionResult,
    correct_judge,
    count_raters,
    measure_question,
)
from evenkeel.judge.evaluations.service import Shown, Standing
from evenkeel.judge.quality.documents import figure_document
from evenkeel.judge.quality.model import Figure
from evenkeel.kernel.time import isoformat
from evenkeel.ui.formats import count, plural

#: Skipped answers beyond this share are said to matter: those rated may be the easier ones.
_SKIPPED_RATIO: Final = 0.05
#: Agreement (alpha) from which labels are reliable, and from which they do for tentative conclusions.
_RELIABLE: Final = 0.8
_TENTATIVE: Final = 0.667


def summary_document(evaluation: Evaluation, progress: Progress) -> dict[str, Any]:
    """One line of a list."""
    return {
        "id": evaluation.id,
        "title": evaluation.title,
        "environment": evaluation.environment,
        "service": evaluation.service,
        "state": "open" if evaluation.is_open else "closed",
        "created_at": isoformat(evaluation.created_at_us),
        "created_by": evaluation.created_by,
        "closed_at": None if evaluation.closed_at_us is None else isoformat(evaluation.closed_at_us),
        "closed_by": evaluation.closed_by,
        "questions": [question_document(each) for each in evaluation.questions],
        "drawn": progress.drawn,
        "rated": progress.rated,
        "skipped": progress.skipped,
        "lost": progress.lost,
        "ratings_left": progress.left,
    }


def evaluation_document(standing: Standing) -> dict[str, Any]:
    """An evaluation with its result: the same numbers for everybody."""
    evaluation = standing.evaluation
    return {
        **summary_document(evaluation, standing.progress),
        "from": isoformat(evaluation.start_us),
        "to": isoformat(evaluation.end_us),
        "is_upload": evaluation.is_upload,
        "answers_found": evaluation.found,
        "answers_in_frame": sum(stratum.answers for stratum in evaluation.strata),
        "seed": evaluation.seed,
        "judge": evaluation.judge,
        "results": [_result(standing, question) for question in evaluation.questions],
        "raters": [
            {"name": name, "rated": rated, "skipped": skipped}
            for name, (rated, skipped) in count_raters(standing.ratings).items()
        ],
    }


def plan_document(drawn: Drawn) -> dict[str, Any]:
    """What would be drawn, and the interval that it is expected to give."""
    plan = drawn.plan
    return {
        "answers_found": drawn.found,
        "answers": plan.total,
        "half_width": plan.half_width,
        "is_all": plan.is_all,
        "strata": [
            {"name": name, "answers": there, "drawn": plan.answers[name]} for name, there in sorted(plan.there.items())
        ],
        "says": say_plan(plan.total, plan.half_width, is_all=plan.is_all),
    }


def say_plan(answers: int, half_width: float, *, is_all: bool) -> str:
    """The plan in a sentence.

    >>> say_plan(180, 0.0497, is_all=False)
    '180 answers give about ± 5 points.'
    """
    said = f"{plural(answers, 'answers')} {'gives' if answers == 1 else 'give'} about ± {100 * half_width:.2g} points."
    return f"{said} That is all there are: the interval asked for needs more." if is_all else said


def shown_document(shown: Shown, standing: Standing) -> dict[str, Any]:
    """What somebody is asked about: texts and questions, and nothing else of the answer."""
    texts, progress = shown.texts, standing.progress
    return {
        "evaluation": standing.evaluation.id,
        "item": shown.item.id,
        "prompt": texts.prompt,
        "contexts": list(texts.contexts),
        "answer": texts.answer,
        "questions": [question_document(each) for each in standing.evaluation.questions],
        "ratings_left": progress.left,
        "before": None if shown.before is None else dict(shown.before.values),
    }


def question_document(question: Question) -> dict[str, Any]:
    """A question as JSON."""
    return {
        "name": question.name,
        "text": question.text,
        "scale": question.scale.value,
        "good_from": question.good_from if question.scale is Scale.ONE_TO_FIVE else None,
    }


def _result(standing: Standing, question: Question) -> dict[str, Any]:
    evaluation = standing.evaluation
    found = measure_question(evaluation, question, standing.items, standing.ratings)
    judge = correct_judge(evaluation, question, standing.items, standing.ratings)
    return {
        **question_document(question),
        "good": figure_document(found.good),
        "mean": None if found.mean is None else figure_document(found.mean),
        "said": {f"{value:g}": n for value, n in found.said.items()},
        "strata": [
            {
                "name": each.name,
                "answers": each.answers,
                "drawn": each.drawn,
                "rated": each.rated,
                "good": figure_document(each.good),
            }
            for each in found.strata
        ],
        "agreement": figure_document(found.agreement),
        "rated_twice": found.twice,
        "disagreed": found.disagreed,
        "judge": None if judge is None else _judge(judge),
        "says": say_result(evaluation, found),
    }


def _judge(found: JudgeResult) -> dict[str, Any]:
    return {
        "judged": found.judged,
        "failed": found.failed,
        "flagged": figure_document(found.flagged),
        "corrected_bad": figure_document(found.corrected),
        "labels_missing": found.missing,
        "flagged_good": figure_document(found.flagged_good),
        "passed_bad": figure_document(found.passed_bad),
        "says": say_judge(found),
    }


def say_result(evaluation: Evaluation, found: QuestionResult) -> str:
    """What people said to one question, in a sentence."""
    rated = sum(each.rated for each in found.strata)
    if not rated:
        return "Nobody has rated an answer yet."
    if found.good.value is None:
        return "Unknown until an answer of each part is rated."
    of = plural(sum(stratum.answers for stratum in evaluation.strata), "answers")
    if found.question.scale is Scale.CONTEXTS and found.mean is not None:
        return (
            f"Something relevant came with {_percent(found.good)}, and of an answer's contexts {_percent(found.mean)}"
            f" are relevant, by {count(rated)} rated of {of}."
        )
    return f"Good: {_percent(found.good)}, by {count(rated)} rated of {of}."


def say_judge(found: JudgeResult) -> str:
    """Why the judge's own rate and the corrected one differ; or what is missing before that can be said."""
    own = f"The judge flags {_percent(found.flagged)} of {plural(found.judged, 'answers')}"
    if found.failed:
        own += f" and failed on {count(found.failed)} more"
    if found.corrected.value is None:
        more = plural(max(1, found.missing), "labels")
        return f"{own}. What share is bad is unknown: {more} more are needed, ten of each verdict."
    errs = [
        f"of those it flagged, people find {_percent(found.flagged_good)} good" if found.flagged_good.n else "",
        f"of those it passed, {_percent(found.passed_bad)} bad" if found.passed_bad.n else "",
    ]
    why = "; ".join(each for each in errs if each)
    return f"{own}. Set right by people, {_percent(found.corrected)} are bad: {why}."


def say_progress(document: Mapping[str, Any]) -> str:
    """How far it is, in a sentence or two."""
    said = f"{count(document['rated'])} of {plural(document['drawn'], 'answers')} rated"
    if document["ratings_left"] and document["state"] == "open":
        said += f", {plural(document['ratings_left'], 'ratings')} to go"
    if document["lost"]:
        said += f"; the texts of {count(document['lost'])} are not kept any more"
    if document["skipped"]:
        said += f"; {count(document['skipped'])} skipped"
        if document["skipped"] > _SKIPPED_RATIO * document["drawn"]:
            said += ", which is many: the rates hold if these are like the others"
    return f"{said}."


def agreement_words(figure: Mapping[str, Any]) -> str:
    """Whether people agree, by the words of Krippendorff (2004): from 0.8 reliable, from 0.667 for tentative use.

    Of the interval, not of the value: a few answers rated twice may agree by chance.

    >>> agreement_words({"value": 0.8, "low": 0.7, "high": 0.9, "reason": None})
    'people agree enough for tentative conclusions'
    """
    if figure["value"] is None or figure["low"] is None:
        return "whether people agree is not known yet"
    if figure["low"] >= _RELIABLE:
        return "people agree"
    if figure["low"] >= _TENTATIVE:
        return "people agree enough for tentative conclusions"
    if figure["high"] < _TENTATIVE:
        return "people agree too little: make the question clearer before the rate is used"
    return "whether people agree enough is not known yet: it takes more answers that are rated twice"


def figure_words(figure: Mapping[str, Any], *, percent: bool = True) -> tuple[str, str, str]:
    """(value, interval, sample) of a figure; why there is none."""
    if figure["value"] is None:
        return "unknown", str(figure["reason"]).replace("_", " "), ""
    sample = f"n\u00a0{count(figure['n'])}"
    unit, scale = (" %", 100.0) if percent else ("", 1.0)
    interval = "" if figure["low"] is None else f"{scale * figure['low']:.3g}–{scale * figure['high']:.3g}{unit}"
    if not interval and figure["reason"]:
        interval = str(figure["reason"]).replace("_", " ")
    return f"{scale * figure['value']:.3g}{unit}", interval, sample


def _percent(figure: Figure) -> str:
    value, interval, _ = figure_words(figure_document(figure))
    return f"{value} [{interval}]" if interval else value


def list_documents(found: Sequence[tuple[Evaluation, Progress]]) -> list[dict[str, Any]]:
    """A list as JSON."""
    return [summary_document(evaluation, progress) for evaluation, progress in found]
