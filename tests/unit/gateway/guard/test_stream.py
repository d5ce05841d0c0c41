"""Streams: whatever the cuts, what is released is the same, and is what the whole text would have given."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, cast

import pytest
import re2

from evenkeel.gateway.guard.decide import compile_policy, decide_text
from evenkeel.gateway.guard.expressions import Automaton
from evenkeel.gateway.guard.model import GuardAction, GuardPolicy, Side
from evenkeel.gateway.guard.stream import UNRELEASED_CHARS_MAX, StreamGuard
from evenkeel.testing.guarded_texts import chat_texts, telemetry_texts

REDACTING = GuardPolicy(
    actions=(("pii", GuardAction.REDACT), ("secrets", GuardAction.REDACT), ("topics", GuardAction.REDACT)),
    deny_topics=("weapons: rifle, hand grenade, ärger", "Insider Trading"),
)
BLOCKING = GuardPolicy(
    actions=(("email", GuardAction.LOG), ("pii", GuardAction.REDACT), ("secrets", GuardAction.BLOCK)),
)
HOLDING = GuardPolicy(actions=(("secrets", GuardAction.REDACT), ("pii", GuardAction.HOLD)))
NOTING = GuardPolicy(actions=(("secrets", GuardAction.LOG), ("pii", GuardAction.REDACT)))
POLICIES = {"redacting": REDACTING, "blocking": BLOCKING, "holding": HOLDING, "noting": NOTING}

KEY = "-----BEGIN RSA PRIVATE KEY-----"
EDGE_CASES = (
    "",
    "Nothing is in here; it costs 12.50 and took 3 days.",
    "ada@example.org",
    "ada@example.org or ada@example.org,bob@example.org",
    f"{KEY}\n{'QUJD' * 200}\n-----END RSA PRIVATE KEY----- and ada@example.org",
    f"{KEY}\n{'QUJD' * 200}",
    f"A file begins with {KEY}; that is all. Write to ada@example.org",
    f"{KEY} {KEY} -----END RSA PRIVATE KEY-----",
    "password=hunter2hunter2!ada@example.org, and then ada@example.org",
    "password = sk-ant-" + "aB3" * 50 + " was it. token: " + "x1Y" * 90 + "; bye",
    "Bearer " + "aB3.eyJ" * 40 + "@example.org",
    "DE89 3704 0044 0532 0130 00 AND 4111 1111 1111 1111 2 +49 30 901820-0 1234 5678 9012 3456",
    "x" * 700 + "@example.org " + "a.b-" * 120 + "@example.org",
    "Grüße an müller@exämple.de 😀 und +49 171 2345678 — 日本語 ada@example.org 日本語",
    "how to buy a hand\ngrenade, riflex, a Rifle. Ärgerlich: Ärger! INSIDER-TRADING",
    "postgres://app:s3cr3t!pw@db.example.org/x and http://a:b@c ::1 2a02:8109:9d40::1 std::vector",
    "\ud800 ada@example.org \udfff",
    "1 2 3 4 5 6 7 8 9 0 " * 40 + "+1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6",
)
TEXTS = (
    *EDGE_CASES,
    *(each.text for each in chat_texts(48)),
    *(each.text for each in telemetry_texts(16)),
)


def streamed(chunks: Iterable[str], policy: GuardPolicy) -> tuple[object, ...]:
    guard = StreamGuard(policy)
    released = "".join([*map(guard.feed, chunks), guard.finish()])
    found = tuple((each.entity, each.start) for each in guard.findings)
    return released, guard.action, guard.reasons, found, guard.unreleased


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_every_cut_and_single_characters_give_what_the_whole_gives(policy: GuardPolicy, number: int) -> None:
    text = TEXTS[number]
    whole = streamed([text], policy)
    assert streamed(text, policy) == whole
    for cut in range(1, len(text)):
        assert streamed((text[:cut], text[cut:]), policy) == whole, cut


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_a_stream_that_is_not_stopped_releases_what_is_decided_on_the_whole_text(number: int) -> None:
    decided = decide_text(TEXTS[number], REDACTING, Side.OUTPUT)
    released, action, reasons, _, _ = streamed(TEXTS[number], REDACTING)
    assert (released, action, reasons) == (decided.text, decided.action, decided.reasons)


def test_a_block_stops_before_the_finding_and_says_why() -> None:
    guard = StreamGuard(BLOCKING)
    assert guard.feed("The key is AKIA") == "The key is "
    assert guard.feed("ABCDEFGHIJKLMNOP and") == ""
    assert guard.is_stopped
    assert guard.reasons == ("guard.block.aws_access_key",)
    assert (guard.feed("more"), guard.finish(), guard.unreleased) == ("", "", "")


def test_a_private_key_is_blocked_at_its_header() -> None:
    guard = StreamGuard(BLOCKING)
    assert guard.feed(f"Here: {KEY}\nM") == "Here: "
    assert guard.action is GuardAction.BLOCK


def test_what_is_held_is_kept_for_a_person_from_the_finding_on() -> None:
    guard = StreamGuard(HOLDING)
    assert guard.feed("Ask ada@example.org, ") == "Ask "
    assert guard.feed("now.") + guard.finish() == ""
    assert (guard.action, guard.unreleased) == (GuardAction.HOLD, "ada@example.org, now.")


def test_clean_prose_waits_for_the_word_that_is_being_written_only() -> None:
    guard = StreamGuard(REDACTING)
    words = [
        "The",
        "committee",
        "met",
        "on",
        "Tuesday",
        "to",
        "talk",
        "about",
        "the",
        "new",
        "library",
        "and",
        "agreed",
    ]
    released = [len(guard.feed(f"{word} ")) for word in words]
    waiting = [sum(len(word) + 1 for word in words[: n + 1]) - sum(released[: n + 1]) for n in range(len(words))]
    assert max(waiting) <= 10


def test_never_more_waits_than_the_policy_allows() -> None:
    policy = GuardPolicy(actions=(("pii", GuardAction.REDACT),), hold_back_chars=8)
    guard = StreamGuard(policy)
    text = "Write to ada.lovelace@example.org."
    sizes = [len(guard.feed(character)) for character in text[:-1]]
    assert len(text) - 1 - sum(sizes) <= 8
    rest = guard.feed(text[-1]) + guard.finish()
    assert "org" not in rest
    assert guard.reasons == ("guard.redact.email",)


def test_what_is_longer_than_is_looked_at_is_blocked_or_passes_unseen() -> None:
    strict = GuardPolicy(actions=(("pii", GuardAction.REDACT),), output_chars_max=30)
    text = "Write to ada@example.org. And to bob@example.org."
    for chunks in ([text], text, [text[:30], text[30:]]):
        assert streamed(chunks, strict)[:3] == ("Write to [EMAIL]. And ", GuardAction.BLOCK, (
            "guard.block.too_long", "guard.redact.email",
        )) or streamed(chunks, strict)[0] == "Write to [EMAIL]. And t"  # fmt: skip
    first, *others = [streamed(chunks, strict) for chunks in ([text], text, [text[:30], text[30:]])]
    assert all(other == first for other in others)
    is_open = GuardPolicy(actions=strict.actions, output_chars_max=30, is_fail_open=True)
    assert streamed(text, is_open)[0] == "Write to [EMAIL]. And to bob@example.org."


def test_a_side_that_is_not_guarded_passes_at_once() -> None:
    guard = StreamGuard(GuardPolicy(actions=(("pii", GuardAction.BLOCK),), sides=frozenset((Side.INPUT,))))
    assert guard.feed("ada@example") + guard.feed(".org") + guard.finish() == "ada@example.org"


def test_a_stream_without_a_policy_passes_at_once() -> None:
    guard = StreamGuard(GuardPolicy())
    assert [guard.feed(chunk) for chunk in ("ada@", "example.org")] == ["ada@", "example.org"]


def test_a_long_text_is_found_in_the_same_as_in_pieces() -> None:
    text = " ".join(each.text for each in chat_texts(60))
    whole = streamed([text], REDACTING)
    assert streamed([text[a:b] for a, b in pairwise(range(0, len(text) + 97, 97))], REDACTING) == whole
    assert decide_text(text, REDACTING, Side.OUTPUT).text == whole[0]


@pytest.mark.parametrize(
    ("fails_open", "released", "reasons"),
    [(False, ["", "", ""], ("guard.block.failed",)), (True, ["Write ", "to ", ""], ("guard.log.failed",))],
)
def test_a_guard_that_breaks_stops_the_stream_unless_the_policy_fails_open(
    fails_open: bool, released: list[str], reasons: tuple[str, ...]
) -> None:
    policy = GuardPolicy(actions=HOLDING.actions, hold_back_chars=203, is_fail_open=fails_open)
    gave_up = cast("Any", re2).Set.SearchSet()
    end = gave_up.Add(b"never there")
    gave_up.Compile()
    compile_policy(policy).selection.__dict__["rows"] = Automaton(gave_up, end)
    guard = StreamGuard(policy)
    assert [guard.feed("Write "), guard.feed("to "), guard.finish()] == released
    assert (guard.is_stopped, guard.reasons) == (not fails_open, reasons)


def test_a_held_stream_that_is_too_long_to_be_kept_is_blocked() -> None:
    guard = StreamGuard(GuardPolicy(actions=HOLDING.actions, output_chars_max=100_000_000))
    guard.feed("ada@example.org, ")
    guard.feed("and more. " * (UNRELEASED_CHARS_MAX // 10 - 10))
    assert guard.action is GuardAction.HOLD
    assert len(guard.unreleased) > UNRELEASED_CHARS_MAX - 200
    guard.feed("and more. " * 10)
    assert (guard.action, guard.unreleased) == (GuardAction.BLOCK, "")
    assert "guard.block.too_long" in guard.reasons
