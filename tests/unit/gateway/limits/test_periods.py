"""A moment lies in exactly one period of each kind, whatever clocks do."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.limits.periods import NEVER_US, account_of, period_of, zone_of
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, to_us

ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Pacific/Apia", "Asia/Kathmandu", "Asia/Beirut")


@given(st.integers(0, 4_000_000_000_000_000), st.sampled_from(ZONES), st.sampled_from([Period.DAY, Period.MONTH]))
@example(1_325_239_200_000_000, "Pacific/Apia", Period.DAY)  # 30 December 2011 did not happen there
@example(1_325_239_199_999_999, "Pacific/Apia", Period.DAY)
@example(1_541_300_400_000_000, "America/Sao_Paulo", Period.DAY)  # a day without a midnight
def test_periods_hold_their_moment_and_follow_each_other(now_us: int, zone: str, period: Period) -> None:
    begin, end = period_of(period, now_us, zone)
    assert begin <= now_us < end
    assert period_of(period, begin, zone) == (begin, end)
    assert period_of(period, end - 1, zone) == (begin, end)
    assert period_of(period, end, zone)[0] == end


def test_a_day_is_the_organisations_and_may_have_23_or_25_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for day, hours in ((datetime(2026, 3, 29, 12, tzinfo=berlin), 23), (datetime(2026, 10, 25, 12, tzinfo=berlin), 25)):
        begin, end = period_of(Period.DAY, to_us(day), "Europe/Berlin")
        assert (end - begin) // US_PER_HOUR == hours
        assert begin == to_us(day.replace(hour=0))


def test_a_month_begins_at_the_first_midnight_of_the_zone() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    begin, end = period_of(Period.MONTH, to_us(datetime(2028, 2, 29, 23, 59, tzinfo=tokyo)), "Asia/Tokyo")
    assert (begin, end) == (to_us(datetime(2028, 2, 1, tzinfo=tokyo)), to_us(datetime(2028, 3, 1, tzinfo=tokyo)))


def test_minutes_and_hours_are_those_of_utc() -> None:
    at_us = 20_000 * US_PER_DAY + 3_661_000_001
    assert period_of(Period.MINUTE, at_us, "Asia/Kathmandu")[0] == 20_000 * US_PER_DAY + 3_660_000_000
    assert period_of(Period.HOUR, at_us, "Asia/Kathmandu")[0] == 20_000 * US_PER_DAY + 3_600_000_000


def test_what_is_for_ever_has_one_account() -> None:
    limit = Limit("l1", Holder.TEAM, "*", Measure.TOKENS, Period.EVER, 5)
    account = account_of(limit, "blue", 123, "UTC")
    assert (account.from_us, account.until_us, account.holder) == (0, NEVER_US, "blue")
    assert account == account_of(limit, "blue", NEVER_US - 1, "UTC")


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd"])
def test_a_zone_that_there_is_not_is_named(name: str) -> None:
    with pytest.raises(ValueError, match="not a time zone"):
        zone_of(name)
