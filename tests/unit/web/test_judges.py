"""What a judge and a run of it did is said in words."""

from __future__ import annotations

from evenkeel.judge.model_judges.model import RunReport
from evenkeel.web.judges import report_document, say_judge_service


def test_a_run_without_trouble_says_no_more_than_it_did() -> None:
    found = report_document(RunReport("g", flagged=1, passed=1))
    assert found["says"] == "2 answers asked about: 1 flagged, 1 passed."
    assert report_document(RunReport("g", why="There is no key."))["says"].endswith("0 left: There is no key.")


def test_what_a_judge_flags_is_told_with_its_interval_and_what_failed() -> None:
    flagged = {"value": 0.1, "low": 0.05, "high": 0.2, "n": 100, "reason": None}
    said = say_judge_service({"what": "answers", "judged": 100, "failed": 3, "flagged": flagged})
    assert said == "Flags 10 % [5–20 %] of 100 answers; it failed on 3."
