"""What OpenSLO objects mean in our configuration, and what cannot be said in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evenkeel.judge.interop.draft import Draft, as_mapping
from evenkeel.judge.interop.openslo.grammar import Strictness
from evenkeel.judge.interop.openslo.read import read_openslo
from evenkeel.judge.interop.openslo.understand import understand

VALID = Path(__file__).parents[4] / "golden" / "openslo" / "valid"


def understood(name: str, *changes: tuple[str, str]) -> tuple[dict[str, Draft], list[tuple[str, str]]]:
    text = (VALID / name).read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    objects = read_openslo({name: text}, Strictness.SPEC)
    assert objects.findings.problems == []
    drafts = understand(objects)
    return {each.name: each for each in drafts}, [(p.path, p.code) for p in objects.findings.problems]


def said(drafts: dict[str, Draft]) -> dict[str, dict[str, Any]]:
    return {name: as_mapping(each.config) for name, each in drafts.items()}


def test_queries_become_counts_of_a_minute_and_that_is_said() -> None:
    drafts, problems = understood("slo-occurrences.yaml")
    assert problems == []
    assert said(drafts) == {
        "checkout-answers": {
            "title": "Checkout answers",
            "sli": {
                "source": {
                    "name": "prometheus",
                    "good": "60 * (sum(rate(answers_total[1m])))",
                    "total": "60 * (sum(rate(requests_total[1m])))",
                }
            },
            "target": "99.9 %",
            "method": "Occurrences",
            "window": "30d",
        }
    }
    (draft,) = drafts.values()
    assert (draft.service, draft.place) == ("checkout", "slo-occurrences.yaml:16")
    assert any("a rate times 60" in note for note in draft.notes)


def test_slices_and_calendar_months_are_ours_too() -> None:
    drafts, _ = understood("slo-timeslices.yaml")
    slo = said(drafts)["checkout-minutes"]
    assert (slo["method"], slo["slice_target"], slo["target"]) == ("Timeslices", "95 %", "99.5 %")
    assert "window" not in slo  # the month is our default
    assert drafts["checkout-minutes"].notes == ("the time zone Europe/Berlin: ours is org.timezone",)


def test_a_calendar_that_begins_in_the_middle_is_said() -> None:
    drafts, _ = understood("slo-timeslices.yaml", ("2026-01-01", "2026-01-15"))
    assert any("2026-01-15" in note for note in drafts["checkout-minutes"].notes)


def test_shares_and_comparisons_are_raw() -> None:
    share, _ = understood("slo-ratio-timeslices.yaml")
    assert said(share)["checkout-shares"]["sli"] == {
        "source": {"name": "prometheus", "raw": "avg(failure_share)", "raw_is": "failure"}
    }
    assert said(share)["checkout-shares"]["window"] == "28d"
    fast, _ = understood("slo-threshold.yaml")
    assert {name: slo["sli"]["source"]["raw"] for name, slo in said(fast).items()} == {
        "checkout-fast-1": "(max(latency_seconds)) <= bool 0.5",
        "checkout-fast-slow": "(max(latency_seconds)) < bool 2",
    }


def test_references_are_followed_and_sources_keep_their_names() -> None:
    drafts, problems = understood("slo-by-reference.yaml")
    assert problems == []
    assert said(drafts)["checkout-answers"]["sli"]["source"]["name"] == "metrics"
    assert any(note.startswith("alert policies") for note in drafts["checkout-answers"].notes)


def test_indicators_that_burn_together_become_slos_and_a_composite() -> None:
    drafts, _ = understood("slo-composite.yaml")
    slos = said(drafts)
    assert slos["checkout-whole-speed"]["sli"] == {"latency_under": "2 s"}
    assert slos["checkout-whole"]["sli"] == {"composite": {"checkout-whole-answers": 2.0, "checkout-whole-speed": 1.0}}
    assert slos["checkout-whole"]["target"] == "99.9 %"


def test_our_own_counts_are_our_own_indicators_in_json_too() -> None:
    drafts, _ = understood("slo.json")
    assert said(drafts)["checkout-json"] == {
        "sli": "errors", "target": "99 %", "method": "Occurrences", "window": "90d",
    }  # fmt: skip


def test_what_leaves_everything_to_defaults_gets_ours() -> None:
    drafts, problems = understood("spec-only.yaml")
    assert problems == []
    assert said(drafts)["checkoutanswers"]["method"] == "Occurrences"


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("slo-occurrences.yaml", "30d", "12h", ("spec.timeWindow[0].duration", "unsupported")),
        ("slo-timeslices.yaml", "1M", "2M", ("spec.timeWindow[0].duration", "unsupported")),
        ("slo-timeslices.yaml", "timeSliceWindow: 1m", "timeSliceWindow: 7m", ("spec.objectives[0]", "unsupported")),
        ("slo-occurrences.yaml", "target: 0.999", "target: 0", ("spec.objectives[0]", "unsupported")),
        (
            "slo.json", '"errors"}', '"mistakes"}',
            ("spec.indicator.spec.ratioMetric.bad.metricSource.spec.count", "not_in"),
        ),
        (
            "slo.json", '"count": "errors"}', '"count": ["errors"]}',
            ("spec.indicator.spec.ratioMetric.bad.metricSource.spec.count", "not_in"),
        ),
        (
            "slo-composite.yaml", "metadata: {", 'metadata: {annotations: {evenkeel.dev/target: abc}, ',
            ("metadata.annotations.evenkeel.dev/target", "type"),
        ),
        (
            "slo-ratio-timeslices.yaml", 'query: "avg(failure_share)"', "metric: a.b",
            ("spec.indicator.spec.ratioMetric.raw.metricSource.spec", "unsupported"),
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_a_problem_with_its_place(
    name: str, old: str, new: str, problem: tuple[str, str]
) -> None:
    drafts, problems = understood(name, (old, new))
    assert problems == [problem]
    assert drafts == {}
