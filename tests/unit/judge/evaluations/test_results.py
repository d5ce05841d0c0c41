"""What people said is counted with intervals that hold, over parts that were drawn unevenly; a judge is set right."""

from __future__ import annotations

from random import Random

from evenkeel.judge.evaluations.model import Evaluation, Item, Question, Rating, Scale, Stratum
from evenkeel.judge.evaluations.results import correct_judge, count_raters, measure_progress, measure_question
from evenkeel.judge.quality.model import Reason

RELEVANT = Question("relevant", "Is it?")
HELPFUL = Question("helpful", "How much?", Scale.ONE_TO_FIVE)


def evaluation(*strata: Stratum, questions: tuple[Question, ...] = (RELEVANT, HELPFUL)) -> Evaluation:
    return Evaluation("e", "production", "bot", "t", questions, strata, 0, 1, 1, "jo", 100, 1, judge="g")


def rated(stratum: str, *said: float, name: str = "relevant") -> tuple[list[Item], list[Rating]]:
    items = [Item(f"{stratum}{n}", n, stratum, 1) for n in range(len(said))]
    return items, [
        Rating(f"r-{item.id}", item.id, "jo", n, {name: value})
        for n, (item, value) in enumerate(zip(items, said, strict=True))
    ]


def test_a_part_weighs_by_its_answers_and_not_by_how_many_were_drawn() -> None:
    one, two = rated("small", *[0.0] * 20, *[1.0] * 20), rated("large", *[1.0] * 10)
    found = measure_question(
        evaluation(Stratum("small", 100, 40), Stratum("large", 900, 10)), RELEVANT, one[0] + two[0], one[1] + two[1]
    )
    assert round(found.good.value or 0, 4) == 0.95
    assert (found.good.low or 0) < 0.9
    assert [each.rated for each in found.strata] == [40, 10]


def test_intervals_hold_the_true_share_of_uneven_draws() -> None:
    chance, held, runs = Random(20261129), 0, 400
    parts, truth = {"a": (400, 40, 0.5), "b": (1_600, 60, 0.95)}, 0.2 * 0.5 + 0.8 * 0.95
    strata = [Stratum(name, n, drawn) for name, (n, drawn, _) in parts.items()]
    for _ in range(runs):
        said = {name: [float(chance.random() < p) for _ in range(n)] for name, (_, n, p) in parts.items()}
        both = [rated(name, *values) for name, values in said.items()]
        found = measure_question(evaluation(*strata), RELEVANT, both[0][0] + both[1][0], both[0][1] + both[1][1])
        held += (found.good.low or 0) <= truth <= (found.good.high or 0)
    assert held / runs >= 0.93


def test_two_that_disagree_count_one_half_and_are_told() -> None:
    item = Item("a", 0, "all", 2)
    ratings = [Rating("1", "a", "jo", 1, {"relevant": 1.0}), Rating("2", "a", "bo", 2, {"relevant": 0.0})]
    found = measure_question(evaluation(Stratum("all", 10, 1)), RELEVANT, [item], ratings)
    assert (found.good.value, found.twice, found.disagreed) == (0.5, 1, 1)
    assert found.agreement.low is None  # of one answer nothing can be told


def test_a_correction_counts_and_what_it_corrects_does_not() -> None:
    item = Item("a", 0, "all", 1)
    ratings = [Rating("1", "a", "jo", 1, {"relevant": 0.0}), Rating("2", "a", "jo", 2, {"relevant": 1.0}, corrects="1")]
    found = measure_question(evaluation(Stratum("all", 10, 1)), RELEVANT, [item], ratings)
    assert (found.good.value, found.said) == (1.0, {1.0: 1})
    assert count_raters(ratings) == {"jo": (1, 0)}


def test_nobody_rated_is_unknown_and_a_part_without_ratings_has_no_mean() -> None:
    both = evaluation(Stratum("a", 10, 1), Stratum("b", 10, 1))
    nothing = measure_question(both, HELPFUL, [], [])
    assert nothing.good.reason is Reason.NO_LABELS
    assert nothing.mean is not None
    assert nothing.mean.reason is Reason.NO_LABELS
    items, ratings = rated("a", 4.0, 5.0, name="helpful")
    half = measure_question(both, HELPFUL, items, ratings)
    assert half.mean is not None
    assert half.mean.reason is Reason.TOO_FEW
    assert (half.good.value, half.good.reason) == (None, Reason.TOO_FEW)  # the other part may be anything


def test_the_mean_on_a_scale_weighs_parts_by_their_answers() -> None:
    one, two = rated("a", *[5.0] * 30, name="helpful"), rated("b", *[1.0] * 30, name="helpful")
    found = measure_question(
        evaluation(Stratum("a", 100, 30), Stratum("b", 300, 30)), HELPFUL, one[0] + two[0], one[1] + two[1]
    ).mean
    assert found is not None
    assert round(found.value or 0, 6) == 2.0
    assert 1.0 <= (found.low or 0) < 2.0 < (found.high or 0)


def test_a_judge_is_set_right_and_why_it_differs_is_told() -> None:
    flagged, passed = rated("flagged", *[0.0] * 8, *[1.0] * 12), rated("passed", *[0.0] * 2, *[1.0] * 38)
    strata = (Stratum("flagged", 200, 20, "flagged"), Stratum("passed", 1_800, 40, "passed"))
    found = correct_judge(evaluation(*strata), RELEVANT, flagged[0] + passed[0], flagged[1] + passed[1])
    assert found is not None
    assert found.flagged.value == 0.1
    assert round(found.corrected.value or 0, 4) == round(0.1 * 0.4 + 0.9 * 0.05, 4)
    assert (found.flagged_good.value, found.passed_bad.value, found.missing) == (0.6, 0.05, 0)


def test_too_few_labels_of_a_verdict_are_unknown_and_how_many_are_missing_is_told() -> None:
    items, ratings = rated("flagged", *[0.0] * 4)
    strata = (Stratum("flagged", 50, 20, "flagged"), Stratum("passed", 100, 20, "passed"), Stratum("f", 3, 3, "failed"))
    found = correct_judge(evaluation(*strata), RELEVANT, items, ratings)
    assert found is not None
    assert (found.corrected.value, found.corrected.reason, found.missing) == (None, Reason.TOO_FEW, 6 + 10 + 3)
    assert found.failed == 3
    assert correct_judge(evaluation(Stratum("all", 10, 1)), RELEVANT, [], []) is None


def test_progress_counts_what_is_rated_skipped_lost_and_left() -> None:
    items = [Item("a", 0, "all", 2), Item("b", 1, "all", 1), Item("c", 2, "all", 1, lost=True), Item("d", 3, "all", 1)]
    ratings = [Rating("1", "a", "jo", 1, {"relevant": 1.0}), Rating("2", "b", "jo", 2, reason="x")]
    found = measure_progress(items, ratings)
    assert (found.drawn, found.rated, found.skipped, found.lost, found.left) == (4, 1, 1, 1, 3)


def test_what_one_person_skipped_is_still_to_be_rated_by_another() -> None:
    item, skip = Item("a", 0, "all", 1), Rating("1", "a", "jo", 1, reason="x")
    assert measure_progress([item], [skip]).left == 1
    assert measure_progress([item], [skip, Rating("2", "a", "bo", 2, reason="y")]).left == 0


def test_a_judge_is_not_set_right_before_each_part_has_a_label() -> None:
    flagged, passed = rated("flagged de", *[0.0] * 12), rated("passed de", *[1.0] * 12)
    strata = tuple(Stratum(f"{verdict} {part}", 100, 12, verdict) for verdict in ("flagged", "passed")
                   for part in ("de", "en"))  # fmt: skip
    found = correct_judge(evaluation(*strata), RELEVANT, flagged[0] + passed[0], flagged[1] + passed[1])
    assert found is not None
    assert (found.corrected.value, found.corrected.reason, found.missing) == (None, Reason.TOO_FEW, 2)
