"""Pulling from a real Prometheus: nothing lost, nothing twice, and what is not told is unknown."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE, Window
from evenkeel.observe.sources.model import PulledQuery, PullState
from evenkeel.observe.sources.prometheus import MINUTES_MAX, Prometheus
from evenkeel.observe.sources.pull import LATE_US, Puller, PullPlan, is_due, next_window
from evenkeel.observe.sources.records import pull_states, read_minutes
from evenkeel.store.records.engine import Records

TOTAL, BAD = "sum(increase(requests_total[1m]))", "sum(increase(failures_total[1m]))"
QUERY = PulledQuery("prometheus", TOTAL, bad=BAD)
PLAN = PullPlan(every_s=60, delay_s=60, backfill_days=1)
DAY_US = 20_000 * US_PER_DAY


def puller(prometheus: Any, records: Records, plan: PullPlan = PLAN) -> Puller:
    return Puller(records, Prometheus(prometheus.url), plan)


def at_end(prometheus: Any, minutes: int = 0) -> int:
    """The moment at which the history is complete, but for its last `minutes`."""
    return int(prometheus.history.end_us + US_PER_MINUTE - minutes * US_PER_MINUTE)


def everything(records: Records, query: PulledQuery = QUERY) -> list[tuple[int, float, float]]:
    found = read_minutes(records, query.id, Window(0, 2**62))
    return [(minute.at_us, minute.total, minute.bad) for minute in found]


class TestPulled:
    def test_totals_are_those_of_the_source(self, prometheus: Any, records: Records) -> None:
        state = puller(prometheus, records).pull(QUERY, None, at_end(prometheus))
        assert (state.trouble, state.pulled_until_us) == ("", prometheus.history.end_us)
        rows = everything(records)
        assert sum(total for _, total, _ in rows) == pytest.approx(2 * 3_600 * 4, rel=0.01)
        assert sum(bad for _, _, bad in rows) == pytest.approx(2 * 3_600, rel=0.01)
        assert all(0 <= bad <= total for _, total, bad in rows)
        assert state.minutes == len(rows)

    def test_good_ones_are_the_rest(self, prometheus: Any, records: Records) -> None:
        query = PulledQuery("prometheus", TOTAL, good=f"{TOTAL} - {BAD}")
        puller(prometheus, records).pull(query, None, at_end(prometheus))
        assert sum(bad for _, _, bad in everything(records, query)) == pytest.approx(2 * 3_600, rel=0.01)

    @pytest.mark.parametrize(("is_failure", "bad"), [(False, 0.75), (True, 0.25)])
    def test_a_share_counts_each_minute_once(
        self, prometheus: Any, records: Records, is_failure: bool, bad: float
    ) -> None:
        query = PulledQuery("prometheus", raw="share", raw_failure=is_failure)
        puller(prometheus, records).pull(query, None, at_end(prometheus))
        rows = everything(records, query)
        assert len(rows) >= 119
        assert {row[1:] for row in rows} == {(1.0, bad)}

    def test_what_is_no_share_is_refused(self, prometheus: Any, records: Records) -> None:
        query = PulledQuery("prometheus", raw="gappy")
        assert "no share" in puller(prometheus, records).pull(query, None, at_end(prometheus)).trouble
        assert everything(records, query) == []


class TestTwice:
    def test_after_a_restart_nothing_is_lost_and_nothing_twice(
        self, prometheus: Any, records: Records, reopen: Callable[[], Records]
    ) -> None:
        once = Records.open("sqlite://")
        puller(prometheus, once).pull(QUERY, None, at_end(prometheus))
        for minutes in (90, 60, 59, 30, 0):
            again = reopen()
            state = pull_states(again).get(QUERY.id)
            puller(prometheus, again).pull(QUERY, state, at_end(prometheus, minutes))
        assert everything(records) == everything(once)
        once.close()

    def test_a_pull_whose_end_was_lost_is_made_again(self, prometheus: Any, records: Records) -> None:
        puller(prometheus, records).pull(QUERY, None, at_end(prometheus))
        before = everything(records)
        puller(prometheus, records).pull(QUERY, None, at_end(prometheus))  # the ledger was lost
        assert everything(records) == before

    def test_another_query_is_another_history(self, prometheus: Any, records: Records) -> None:
        puller(prometheus, records).pull(QUERY, None, at_end(prometheus))
        other = PulledQuery("prometheus", TOTAL, bad=f"2 * {BAD}")
        puller(prometheus, records).pull(other, None, at_end(prometheus))
        pairs = zip(everything(records), everything(records, other), strict=True)
        assert all(theirs[2] == pytest.approx(2 * ours[2]) for ours, theirs in pairs)


class TestTrouble:
    def test_a_source_that_is_down_loses_nothing_and_says_since_when(self, prometheus: Any, records: Records) -> None:
        pull = puller(prometheus, records).pull
        state = pull(QUERY, None, at_end(prometheus, 60))
        kept = everything(records)
        prometheus.stop()
        try:
            first_us = at_end(prometheus, 50)
            down = pull(QUERY, state, first_us)
            later = pull(QUERY, down, at_end(prometheus, 40))
        finally:
            prometheus.start()
        assert "cannot be reached" in later.trouble
        assert (later.trouble_since_us, later.pulled_until_us) == (first_us, state.pulled_until_us)
        assert everything(records) == kept  # what it did not tell is absent: unknown, not zero
        assert pull_states(records)[QUERY.id] == later
        back = pull(QUERY, later, at_end(prometheus))
        assert (back.trouble, back.trouble_since_us) == ("", None)
        assert [row[0] for row in everything(records)][-1] == prometheus.history.end_us - US_PER_MINUTE

    def test_a_total_without_its_part_is_unknown_and_says_what_to_write(
        self, prometheus: Any, records: Records
    ) -> None:
        query = PulledQuery("prometheus", TOTAL, bad="sum(increase(mistyped_total[1m]))")
        state = puller(prometheus, records).pull(query, None, at_end(prometheus))
        assert everything(records, query) == []
        assert "or vector(0)" in state.trouble
        mended = PulledQuery("prometheus", TOTAL, bad=f"{query.bad} or vector(0)")
        assert puller(prometheus, records).pull(mended, None, at_end(prometheus)).trouble == ""
        rows = everything(records, mended)
        assert len(rows) >= 119
        assert {bad for _, _, bad in rows} == {0.0}

    def test_a_query_that_is_refused_says_why(self, prometheus: Any, records: Records) -> None:
        state = puller(prometheus, records).pull(PulledQuery("prometheus", "sum(", bad=BAD), None, at_end(prometheus))
        assert "refuses the query" in state.trouble


class TestWhen:
    def test_the_first_pull_goes_back_as_far_as_it_may_in_pieces(self) -> None:
        plan = PullPlan(backfill_days=30)
        state, asked = None, []
        while (window := next_window(state, plan, DAY_US)) is not None:
            asked.append(window)
            state = PullState("q", "prometheus", window.end_us, DAY_US)
        assert all(window.minutes <= MINUTES_MAX for window in asked)
        assert asked[0].start_us == DAY_US - US_PER_MINUTE - 30 * US_PER_DAY
        assert asked[-1].end_us == DAY_US - US_PER_MINUTE
        assert all(later.start_us == earlier.end_us - LATE_US for earlier, later in pairwise(asked))

    def test_late_minutes_are_asked_for_again_and_unfinished_ones_not_yet(self) -> None:
        state = PullState("q", "prometheus", DAY_US, DAY_US)
        assert next_window(state, PLAN, DAY_US + 119 * 1_000_000) is None
        window = next_window(state, PLAN, DAY_US + 120 * 1_000_000)
        assert window == Window(DAY_US - LATE_US, DAY_US + US_PER_MINUTE)

    def test_a_long_absence_is_caught_up_with_as_far_as_the_backfill_goes(self) -> None:
        window = next_window(PullState("q", "prometheus", DAY_US - 9 * US_PER_DAY, 0), PLAN, DAY_US)
        assert window is not None
        assert window.start_us == DAY_US - US_PER_MINUTE - US_PER_DAY

    def test_each_source_is_asked_at_its_pace_and_at_once_while_it_catches_up(self) -> None:
        state = PullState("q", "prometheus", DAY_US, DAY_US)
        assert is_due(None, PLAN, DAY_US)
        assert not is_due(state, PLAN, DAY_US + 59 * 1_000_000)
        assert is_due(state, PLAN, DAY_US + 60 * 1_000_000)
        assert is_due(state, PLAN, DAY_US - 1)  # the clock was set back
        behind = PullState("q", "prometheus", DAY_US - 2 * US_PER_DAY, DAY_US)
        assert is_due(behind, PLAN, DAY_US + 1)
        troubled = PullState("q", "prometheus", DAY_US - 2 * US_PER_DAY, DAY_US, trouble="It answers 503.")
        assert not is_due(troubled, PLAN, DAY_US + 1)


def test_a_clock_that_ran_ahead_for_a_while_leaves_no_hole() -> None:
    ahead = next_window(None, PLAN, DAY_US + US_PER_DAY)
    assert ahead is not None
    state = PullState(QUERY.id, "prometheus", ahead.end_us, DAY_US + US_PER_DAY)
    right = next_window(state, PLAN, DAY_US)
    assert right is not None
    assert (right.start_us, right.end_us) == (DAY_US - US_PER_MINUTE - US_PER_DAY, DAY_US - US_PER_MINUTE)
    state = PullState(QUERY.id, "prometheus", DAY_US - US_PER_MINUTE, DAY_US)  # set back by less than a minute
    assert next_window(state, PLAN, DAY_US - US_PER_MINUTE // 2) is None
