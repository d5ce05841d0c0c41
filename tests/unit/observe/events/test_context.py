"""What one event may say, and how names are cleaned."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evenkeel.observe.events.context import (
    COST_NANO_MAX,
    TOKENS_MAX,
    WEIGHT_MAX,
    Priced,
    allow_all,
    clean_name,
)


@given(st.text(max_size=400), st.integers(1, 256))
def test_a_cleaned_name_can_be_shown_stored_and_cleaned_again(text: str, length: int) -> None:
    name = clean_name(text, length)
    assert len(name) <= length
    assert name.isprintable()
    assert "\x00" not in name
    assert clean_name(name.strip(), length) == name.strip()


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("support-bot", "größe_2", "客服", "a b", "svc/v1.2"):
        assert clean_name(name, 200) == name


def test_a_price_that_is_known_is_no_finding_and_one_that_is_not_says_which() -> None:
    assert Priced(0, "USD", "exact", "p").finding is None
    assert Priced(None, None, None).finding is None
    assert Priced(None, None, "unpriced").finding == "unpriced_model"
    assert Priced(COST_NANO_MAX + 1, "USD", "exact", "p").bounded(1.0).finding == "bad_cost"
    assert Priced(COST_NANO_MAX + 1, "USD", "declared").bounded(1.0).finding == "bad_cost"


def test_thousands_of_the_largest_events_fit_what_counts_them() -> None:
    most = 2**63 - 1
    assert most / COST_NANO_MAX > 10_000
    assert most / (TOKENS_MAX * WEIGHT_MAX) > 1_000


def test_without_a_rule_any_sender_may_speak_for_any_service() -> None:
    assert allow_all("production", "bot")
