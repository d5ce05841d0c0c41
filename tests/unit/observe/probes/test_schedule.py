"""When probes run: once in each slot, each in its own moment, without drift and without bursts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evenkeel.kernel.time import US_PER_MINUTE, US_PER_SECOND
from evenkeel.observe.probes.model import Probe, Timing, TlsTarget
from evenkeel.observe.probes.schedule import is_of_another_time, next_due_us

NOON_US = 20_000 * 86_400 * US_PER_SECOND


def probe(name: str = "front", every_s: float = 60, timeout_s: float = 5, jitter_s: float = 6) -> Probe:
    return Probe(name, "shop", "production", TlsTarget("localhost"), Timing(every_s, timeout_s, jitter_s))


def runs(probe: Probe, count: int, start_us: int = NOON_US, vantage: str = "local") -> list[int]:
    found = [start_us]
    for _ in range(count):
        found.append(next_due_us(probe, vantage, found[-1]))
    return found[1:]


@given(
    st.text(min_size=1, max_size=20),
    st.integers(1, 3_600),
    st.floats(0.01, 1.0, exclude_max=True),
    st.floats(0.0, 1.0),
    st.integers(0, 10**10),
)
def test_every_slot_holds_one_run_that_begins_in_it(
    name: str, every_s: int, timeout_share: float, jitter_share: float, start_s: int
) -> None:
    timeout_s = every_s * timeout_share
    chosen = probe(name, every_s, timeout_s, (every_s - timeout_s) * jitter_share)
    moments = runs(chosen, 5, start_s * US_PER_SECOND)
    slots = [moment // (every_s * US_PER_SECOND) for moment in moments]
    assert slots == list(range(slots[0], slots[0] + 5))


def test_a_run_each_minute_also_ends_in_its_minute() -> None:
    for n in range(200):
        moments = runs(probe(f"probe {n}"), 10)
        assert all(moment % US_PER_MINUTE + 5 * US_PER_SECOND < US_PER_MINUTE for moment in moments)


def test_a_probe_does_not_drift_and_jitters_no_further_than_it_may() -> None:
    offsets = [moment % US_PER_MINUTE for moment in runs(probe(), 10_000)]
    spread_s = (max(offsets) - min(offsets)) / US_PER_SECOND
    assert 5.9 < spread_s <= 6.0
    assert {moment % US_PER_MINUTE for moment in runs(probe(jitter_s=0), 100)} == {
        next_due_us(probe(jitter_s=0), "local", NOON_US) % US_PER_MINUTE
    }


def test_probes_and_vantages_are_spread_over_the_slot() -> None:
    first = sorted(runs(probe(f"probe {n}"), 1, vantage="here")[0] - NOON_US for n in range(400))
    at_once = max(sum(1 for other in first if 0 <= other - start < US_PER_SECOND) for start in first)
    assert at_once < 25  # 400 in 55 s: about 7 in any second
    assert next_due_us(probe(), "here", NOON_US) != next_due_us(probe(), "there", NOON_US)


def test_after_a_pause_what_was_missed_is_not_made_up_for() -> None:
    late_us = NOON_US + 3_600 * US_PER_SECOND
    assert runs(probe(), 1, late_us)[0] > late_us
    assert runs(probe(), 2, late_us)[1] - late_us > 50 * US_PER_SECOND


def test_a_restart_changes_nothing() -> None:
    moments = runs(probe(), 3)
    assert runs(probe(), 2, moments[0]) == moments[1:]
    assert runs(probe(), 2, moments[1] - 1) == moments[1:]


def test_a_moment_far_ahead_is_of_another_time() -> None:
    due_us = next_due_us(probe(), "local", NOON_US)
    assert not is_of_another_time(due_us, probe(), NOON_US)
    assert is_of_another_time(due_us, probe(), NOON_US - 3_600 * US_PER_SECOND)
