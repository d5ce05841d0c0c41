"""The indicators of quality: judged by the hour, of services that have sent evidence of the kind (SPEC C)."""

from __future__ import annotations

from typing import Final

from evenkeel.judge.indicators.model import BAD_SHARE, GOOD_SHARE, Indicator, Measure, Reads, Scale

_LABELLED: Final = frozenset(("prediction", "outcome"))
_TRUTH: Final = " of predictions whose truth is known; windows end where nearly all truths that will come have come"

QUALITY: Final[tuple[Indicator, ...]] = (
    Indicator(
        "accuracy",
        "Accuracy",
        "ratio",
        Measure.ASSESSED,
        larger_is_worse=False,
        counts="labels",
        definition=f"The share{_TRUTH} that are right.",
        reads=Reads.LABELS,
        source="accuracy",
        scale=GOOD_SHARE,
        kinds=_LABELLED,
        shows="prediction",
    ),
    *(
        Indicator(
            name,
            title,
            "ratio",
            Measure.ASSESSED,
            larger_is_worse=False,
            counts="labels",
            definition=f"{what}, each class the same,{_TRUTH}. A class without any is left out.",
            reads=Reads.LABELS,
            source=name,
            scale=GOOD_SHARE,
            kinds=_LABELLED,
            shows="prediction",
        )
        for name, title, what in (
            (
                "precision",
                "Precision",
                "Of what is predicted to be of a class, the share that is, averaged over classes",
            ),
            ("recall", "Recall", "Of what is of a class, the share predicted to be, averaged over classes"),
            ("f1", "F1", "The harmonic mean of precision and recall of a class, averaged over classes"),
        )
    ),
    Indicator(
        "auc_roc",
        "AUC-ROC",
        "area",
        Measure.ASSESSED,
        larger_is_worse=False,
        counts="labels",
        definition="The chance that a prediction of the positive class has a higher score than one of the other, of two"
        " classes, among predictions whose truth is known.",
        reads=Reads.SCORES,
        source="AUC",
        kinds=_LABELLED,
        shows="prediction",
    ),
    Indicator(
        "calibration_error",
        "Calibration error",
        "points",
        Measure.ASSESSED,
        larger_is_worse=True,
        counts="labels",
        definition="How far scores are from how often they are right, over tenths of the score (ECE), among predictions"
        " whose truth is known. Judged where a target is configured.",
        reads=Reads.SCORES,
        source="calibration error",
        kinds=_LABELLED,
        shows="prediction",
    ),
    *(
        Indicator(
            name,
            f"{name.upper()} by its baseline",
            "times",
            Measure.ASSESSED,
            larger_is_worse=True,
            counts="labels",
            definition=f"{what} of predicted numbers whose true ones are known, as a multiple of the baseline: what is"
            " configured, or that of the oldest four weeks that are kept.",
            reads=Reads.ERRORS,
            source=name,
            kinds=_LABELLED,
            shows="prediction",
        )
        for name, what in (("rmse", "The root of the mean squared error"), ("mae", "The mean size of the error"))
    ),
    Indicator(
        "concept_drift",
        "Concept drift",
        "points",
        Measure.ASSESSED,
        larger_is_worse=True,
        counts="labels",
        definition="By how much accuracy is lower than in the four weeks before the window, among predictions whose"
        " truth is known.",
        reads=Reads.HISTORY,
        kinds=_LABELLED,
        shows="prediction",
    ),
    Indicator(
        "confidence_high",
        "Confidence of 0.8 and more",
        "ratio",
        Measure.ASSESSED,
        larger_is_worse=False,
        counts="predictions",
        definition="The share of predictions of a class, with a confidence, that are at least 0.8 sure.",
        reads=Reads.TRIALS,
        source="confidence_high",
        scale=GOOD_SHARE,
        kinds=frozenset(("prediction",)),
        shows="prediction",
    ),
    Indicator(
        "confidence_low",
        "Confidence below 0.5",
        "ratio",
        Measure.ASSESSED,
        larger_is_worse=True,
        counts="predictions",
        definition="The share of predictions of a class, with a confidence, that are less than 0.5 sure.",
        reads=Reads.TRIALS,
        source="confidence_low",
        scale=BAD_SHARE,
        kinds=frozenset(("prediction",)),
        shows="prediction",
    ),
    Indicator(
        "relevance",
        "Relevance",
        "ratio",
        Measure.ASSESSED,
        larger_is_worse=False,
        counts="labels",
        definition="The share of answers that address what was asked, by people who rated some that were drawn at"
        " random. The newest evaluation that asks so decides, for a week.",
        reads=Reads.PEOPLE,
        source="relevant",
        scale=GOOD_SHARE,
        shows="review",
    ),
    Indicator(
        "hallucination_rate",
        "Hallucination rate",
        "ratio",
        Measure.ASSESSED,
        larger_is_worse=True,
        counts="labels",
        definition="The share of answers that their contexts do not bear out: what the check of grounding marks, set"
        " right by people who rated some of the marked and some of the passed ones. What it marks alone is not judged.",
        reads=Reads.PEOPLE,
        source="grounded",
        scale=BAD_SHARE,
        shows="inference",
    ),
    Indicator(
        "response_quality",
        "Response quality",
        "of 5",
        Measure.ASSESSED,
        larger_is_worse=False,
        counts="ratings",
        definition="The mean of the ratings that people gave, from 1 to 5: of each person and answer the last. Who"
        " rates is no fair sample of all.",
        reads=Reads.TRIALS,
        source="rating",
        scale=Scale(5.0, 1.0),
        kinds=frozenset(("feedback",)),
        shows="feedback",
    ),
    Indicator(
        "retrieval_accuracy",
        "Retrieval accuracy",
        "ratio",
        Measure.ASSESSED,
        larger_is_worse=False,
        counts="runs",
        definition="The share of the expected pieces and documents that golden probes found, averaged over their runs;"
        " or a measure of the newest run of a golden set (`source: golden`), whose n counts queries. Of these"
        " questions, not of all.",
        reads=Reads.RETRIEVAL,
        source="golden",
        scale=GOOD_SHARE,
        shows="probe",
    ),
    Indicator(
        "task_completion",
        "Task completion",
        "ratio",
        Measure.ASSESSED,
        larger_is_worse=False,
        counts="tasks",
        definition="Of tasks whose end was told by an outcome labelled task_completed, task_failed or task_abandoned,"
        " the share that was completed.",
        reads=Reads.TRIALS,
        source="task",
        scale=GOOD_SHARE,
        kinds=frozenset(("outcome",)),
        shows="outcome",
    ),
    Indicator(
        "dont_know_rate",
        "Answers that do not know",
        "ratio",
        Measure.ASSESSED,
        larger_is_worse=True,
        counts="answers",
        definition='The share of answers whose first three sentences say "I don\'t know".',
        reads=Reads.TRIALS,
        source="dont_know",
        scale=BAD_SHARE,
        shows="inference",
    ),
    *(
        Indicator(
            name,
            title,
            "psi",
            Measure.ASSESSED,
            larger_is_worse=True,
            counts="predictions",
            definition=f"How far {what} is from its reference: the largest population stability index, chance taken"
            " off, among features that differ beyond chance.",
            reads=Reads.DRIFT,
            source=source,
            kinds=frozenset(("prediction",)),
            shows="prediction",
        )
        for name, title, what, source in (
            ("data_drift", "Data drift", "what is asked of the service", "data"),
            ("prediction_drift", "Prediction drift", "what the service predicts", "prediction"),
        )
    ),
    *(
        Indicator(
            name,
            title,
            "points",
            Measure.ASSESSED,
            larger_is_worse=True,
            counts="predictions",
            definition=f"The largest difference between groups in {what}, by the attributes that the configuration"
            " names. Judged where this criterion is configured, and why.",
            reads=Reads.GROUPS,
            source=title.lower(),
            shows="prediction",
        )
        for name, title, what in (
            ("demographic_parity", "Demographic parity", "how often the favourable class is predicted"),
            ("equal_opportunity", "Equal opportunity", "how often who deserves the favourable class gets it"),
            ("equalised_odds", "Equalised odds", "how often who deserves the favourable class, or does not, gets it"),
            ("subgroup_accuracy", "Subgroup accuracy", "how often predictions are right"),
        )
    ),
)
