"""What a comparison says in words: who is better, what is unknown, what the place does."""

from __future__ import annotations

from evenkeel.judge.model_judges.comparing import Compared
from evenkeel.judge.model_judges.comparison_records import Comparison
from evenkeel.judge.quality.pairwise import Choice, Judged
from evenkeel.web.comparisons import comparison_document

WON = Judged(Choice.SECOND, Choice.SECOND)
FORWARD = Judged(Choice.FIRST, Choice.SECOND)
FAILED = Judged(Choice.FAILED, Choice.FIRST)


def told(*said: Judged) -> dict[str, object]:
    made = Comparison("c", "g", "m", "pairs-1", "t", "1.0", "1.1", 60, 0, "jo", 1)
    return comparison_document(Compared(made, "done", said, {}))


def test_a_winner_is_named_only_where_chance_does_not_explain_it() -> None:
    assert str(told(*[WON] * 20)["says"]).startswith("1.1 is better. 1.1 wins 100 %")
    few = told(*[WON] * 3)
    assert few["better"] is None
    assert "of 3 pairs with a winner, chance explains it" in str(few["says"])


def test_no_winner_is_named_while_pairs_are_judged_for_looking_again_and_again_finds_one() -> None:
    made = Comparison("c", "g", "m", "pairs-1", "t", "1.0", "1.1", 60, 0, "jo", None)
    for state in ("waiting", "running"):
        found = comparison_document(Compared(made, state, [WON] * 20, {}))
        assert (found["better"], found["second_better"]) == (None, 20)
        assert found["says"].endswith("of 20 pairs. Which one is better is told when no pair is left.")
    assert comparison_document(Compared(made, "stopped", [WON] * 20, {}))["better"] == "1.1"


def test_failures_say_what_the_rate_could_be_and_nothing_judged_is_unknown() -> None:
    assert "failed on 2; had it not, it could be 83.3–100 %" in str(told(*[WON] * 10, FAILED, FAILED)["says"])
    nothing = told(FAILED)
    assert "which one is better is unknown" in str(nothing["says"])
    assert nothing["left"] == 59


def test_a_preference_for_a_place_is_named() -> None:
    assert "prefers what it reads first" in str(told(*[FORWARD] * 20)["place_says"])
    assert "prefers what it reads last" in str(told(*[Judged(Choice.SECOND, Choice.FIRST)] * 20)["place_says"])
    assert "as without any preference" in str(told(*[WON] * 20)["place_says"])
    assert told()["place_says"] == "Whether the place decides is unknown."
