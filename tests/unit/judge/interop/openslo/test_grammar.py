"""Tables of words: lengths of time, keys of labels and annotations."""

from __future__ import annotations

import pytest

from evenkeel.judge.interop.documents import Findings, read_documents
from evenkeel.judge.interop.openslo.grammar import Duration, is_annotation_key, is_label_key, read_duration

LENGTHS: list[tuple[str, int]] = [
    ("1m", 60), ("90m", 5_400), ("1h", 3_600), ("36h", 129_600), ("1d", 86_400), ("30d", 2_592_000),
    ("1w", 604_800), ("4w", 2_419_200), ("1M", 2_592_000), ("3M", 7_776_000), ("1Q", 7_776_000), ("1Y", 31_536_000),
    ("0m", 0), ("0d", 0), ("", 0), ("007d", 604_800), ("1000d", 86_400_000),
]  # fmt: skip
NO_LENGTHS = [" 1d", "1d ", "1 d", "d", "1", "-1d", "+1d", "1.5h", "1s", "1ms", "1D", "1W", "1y", "1q", "1h30m", "1dd",
              "٣d", "1month", "P1D", "1H"]  # fmt: skip
LABELS = ["a", "A", "0", "team", "team-a", "team_a", "team.a", "a-_.b", "Team9", "9team", "a" * 63, "A.B-C_D"]
NO_LABELS = ["", "-a", "a-", "_a", "a_", ".a", "a.", "a b", "a/b", "ä", "a" * 64, "a:b", "a@b", "$a", "a\n", "-"]
ANNOTATIONS = [
    *LABELS, "x/a", "evenkeel.dev/alerts", "a.b.c/name", "a-b.c-d/name", "9.example/name", "x/A.b_c-d", "x/" + "a" * 63,
    ".".join(["a" * 62] * 4) + "/a",
]  # fmt: skip
NO_ANNOTATIONS = [
    "", "/", "/a", "a/", "a/b/c", "-x/a", "x-/a", ".x/a", "x./a", "a..b/a", "X/a", "x_y/a", "x y/a", "x/-a", "x/a-",
    "x/a b", "ä/a", "x/ä", "x/" + "a" * 64, "a" * 254 + "/a", "a" * 64 + ".b/a", "x:1/a", "https://x/a",
]  # fmt: skip


def length_of(text: str) -> tuple[Duration | None, list[str]]:
    findings = Findings()
    (document,) = read_documents("x.yaml", f"at: {text!r}", findings)
    return read_duration(document.root().at("at")), [problem.code for problem in findings.problems]


@pytest.mark.parametrize(("text", "seconds"), LENGTHS)
def test_lengths_have_the_seconds_that_the_sdk_gives_them(text: str, seconds: int) -> None:
    found, problems = length_of(text)
    assert found is not None
    assert (found.seconds, problems) == (seconds, [])


@pytest.mark.parametrize("text", NO_LENGTHS)
def test_what_is_no_length_is_refused(text: str) -> None:
    assert length_of(text) == (None, ["duration"])


@pytest.mark.parametrize("key", LABELS)
def test_label_keys_are_letters_and_digits_with_signs_between(key: str) -> None:
    assert is_label_key(key)


@pytest.mark.parametrize("key", NO_LABELS)
def test_other_label_keys_are_none(key: str) -> None:
    assert not is_label_key(key)


@pytest.mark.parametrize("key", ANNOTATIONS)
def test_annotation_keys_may_have_a_domain_in_front(key: str) -> None:
    assert is_annotation_key(key)


@pytest.mark.parametrize("key", NO_ANNOTATIONS)
def test_other_annotation_keys_are_none(key: str) -> None:
    assert not is_annotation_key(key)


def test_the_tables_are_as_long_as_those_of_the_conformance_suite() -> None:
    assert len(LABELS) + len(NO_LABELS) >= 16
    assert len(ANNOTATIONS) + len(NO_ANNOTATIONS) >= 39
