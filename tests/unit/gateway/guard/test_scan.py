"""Scanning whole texts: how well, where exactly, and what is left alone."""

from __future__ import annotations

from collections import Counter

import pytest

from evenkeel.gateway.guard.entities import Selection, select
from evenkeel.gateway.guard.model import Finding
from evenkeel.gateway.guard.scan import scan
from evenkeel.testing.guarded_texts import VALUES, LabelledText, chat_texts, telemetry_texts

CHAT = Selection("chat", select("chat", ["pii", "secrets"]))
TELEMETRY = Selection("telemetry", select("telemetry", ["pii", "secrets"]))


@pytest.fixture(scope="module")
def counts() -> tuple[Counter[str], Counter[str], Counter[str]]:
    """(found, missed, found where nothing of the kind is) by entity."""
    found, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for each in chat_texts(3000):
        findings = scan(each.text, CHAT)
        for label in each.labels:
            is_found = any(f.entity == label.entity and f.start <= label.start and label.end <= f.end for f in findings)
            (found if is_found else missed)[label.entity] += 1
        wrong.update(f.entity for f in findings if not is_labelled(f, each))
    return found, missed, wrong


def is_labelled(finding: Finding, text: LabelledText) -> bool:
    return any(finding.start < label.end and label.start < finding.end for label in text.labels)


@pytest.mark.parametrize("entity", sorted(VALUES))
def test_precision_and_recall_are_at_least_95_percent(
    entity: str, counts: tuple[Counter[str], Counter[str], Counter[str]]
) -> None:
    found, missed, wrong = (each[entity] for each in counts)
    assert found + missed >= 150
    assert found / (found + missed) >= 0.95
    assert found / (found + wrong) >= 0.95


def test_nothing_is_found_in_telemetry() -> None:
    wrong = Counter(each.entity for text in telemetry_texts(3000) for each in scan(text.text, TELEMETRY))
    assert wrong == {}


def test_places_are_characters_whatever_stands_before() -> None:
    text = "Grüße 😀 日本 an ada@example.org und +49 171 2345678!"
    assert [text[each.start : each.end] for each in scan(text, CHAT)] == ["ada@example.org", "+49 171 2345678"]


@pytest.mark.parametrize("length", [100, 5_000, 20_000])
def test_a_key_block_is_found_from_header_to_end_however_long(length: int) -> None:
    block = f"-----BEGIN PRIVATE KEY-----\n{'Ab3/' * (length // 4)}\n-----END PRIVATE KEY-----"
    text = f"Key: {block} ada@example.org"
    assert [text[each.start : each.end] for each in scan(text, CHAT)] == [block, "ada@example.org"]


def test_a_key_block_without_an_end_ends_where_no_key_can_go_on() -> None:
    text = "-----BEGIN PRIVATE KEY-----\nabcd\n; write to ada@example.org"
    assert [each.entity for each in scan(text, CHAT)] == ["private_key", "email"]


def test_words_behind_an_account_number_are_left() -> None:
    text = "DE89 3704 0044 0532 0130 00 AND SOME WORDS"
    assert [text[each.start : each.end] for each in scan(text, CHAT)] == ["DE89 3704 0044 0532 0130 00"]


@pytest.mark.parametrize(
    "text",
    [
        "version 81.2.69.142 of it", "10.0.0.1 and 127.0.0.1", "1.2.3.4.5", "std::vector<int>", "12:34:56 and a::b",
        "sprite@2x.png", "git@github.com:x/y.git", "0.4111111111111111", "4111-1111-1111-1111-99",
        "trace 4111111111111111-7",
        "on 12.03.1984 it rained", "call 0171", "1-800", "000-12-3456", "sk-learn", "password: required",
        "password=${DB_PASSWORD}", "token: null", "max_tokens: 123456789a", "secret=your-secret-here-1",
        "eyJhbGci.eyJzdWIi.x",
    ],
)  # fmt: skip
def test_look_alikes_are_left_alone(text: str) -> None:
    assert scan(text, CHAT) == ()


def test_a_text_full_of_everything_costs_no_more_than_its_length() -> None:
    text = "sk-ant-" + "a1B" * 9 + " ada@example.org +49 171 2345678 "
    assert len(scan(text * 3000, CHAT)) == 9000
