from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.ui import formats


def test_counts_keep_their_thousands_apart_and_their_noun_in_step() -> None:
    assert formats.count(1_234_567) == "1,234,567"
    assert formats.count(2.5) == "2.5"
    assert [formats.plural(n, "requests") for n in (0, 1, 2)] == ["0 requests", "1 request", "2 requests"]


@pytest.mark.parametrize(
    ("nano", "text"),
    [(0, "0 USD"), (1, "0.000000001 USD"), (199, "0.0000002 USD"), (50_000, "0.00005 USD"),
     (-3_500_000, "-0.0035 USD"), (999_999_999, "1 USD"), (1_234_560_000_000, "1,234.56 USD")],
)  # fmt: skip
def test_money_never_becomes_nothing(nano: int, text: str) -> None:
    assert formats.money(nano) == text


@given(st.integers(1, 10**18))
def test_an_amount_is_written_to_two_figures_at_least(nano: int) -> None:
    written = float(formats.money(nano).removesuffix(" USD").replace(",", ""))
    assert written == pytest.approx(nano / NANO_PER_UNIT, rel=0.051)


def test_times_are_utc_and_ages_are_short() -> None:
    assert formats.utc(90 * US_PER_SECOND) == "1970-01-01 00:01:30 UTC"
    assert formats.iso(90 * US_PER_SECOND) == "1970-01-01T00:01:30Z"
    assert formats.age(0, 0) == "now"
    assert formats.age(10 * US_PER_SECOND, 0) == "now"  # a clock ahead of ours is not the future
    assert formats.age(0, 90 * US_PER_SECOND) == "1.5 min ago"


def test_latencies_and_sizes_have_their_unit() -> None:
    written = {0.0: "0 ms", 0.25: "250 ms", 1.0: "1 s", 12.34: "12.3 s", None: "–"}
    assert {value: formats.seconds(value) for value in written} == written
    assert [formats.bytes_(value) for value in (12, 1_500, 2_000_000, 3e9)] == ["12 B", "1.5 kB", "2 MB", "3 GB"]
    assert [formats.compact(value) for value in (0, 950, 1_500, 2_500_000)] == ["0", "950", "1.5 k", "2.5 M"]


def test_a_share_has_its_interval() -> None:
    assert formats.share(0, 40) == ("0 %", "[0–8.76 %]")
    assert formats.share(40, 40) == ("100 %", "[91.2–100 %]")
