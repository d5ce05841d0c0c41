"""Whether a service was truly in trouble in a stretch of time, whoever said so: the evidence behind a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenkeel.judge.slo.burn import ALPHA, chance_at
from evenkeel.judge.slo.counting import count_sli, count_slo, probes_of, thresholds_of
from evenkeel.judge.slo.explain import describe_share, unit_of
from evenkeel.judge.slo.model import CompositeSli, Severity, Slo
from evenkeel.judge.slo.stream import Buckets, Stream
from evenkeel.kernel.time import US_PER_MINUTE, Window, floor_minute
from evenkeel.store.telemetry.port import Telemetry


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a service's own numbers say of a stretch of time."""

    is_real: bool | None  # None: nothing was counted then
    sentence: str


def find_trouble(telemetry: Telemetry, slos: Sequence[Slo], window: Window) -> Trouble:
    """Whether any of `slos`, all of one service, spent its budget faster than it lasts, beyond chance."""
    counted = [slo for slo in slos if not isinstance(slo.sli, CompositeSli)]
    if not counted:
        return Trouble(None, "It has no SLO here.")
    whole = Window(floor_minute(window.start_us), floor_minute(window.end_us) + US_PER_MINUTE)
    key, asked = counted[0].key, tuple(counted)
    series = telemetry.counts(
        whole, step_minutes=1, keys=(key,), thresholds=thresholds_of(asked), probes=probes_of(asked)
    ).get(key)
    if series is None:
        return Trouble(None, "Nothing was counted at that time.")
    found: list[tuple[float, float, str]] = []
    for slo in counted:
        held = Stream(Buckets.none(), count_slo(slo, count_sli(slo.sli, series))).counts(whole)
        if held.ratio is not None:
            said = f"{slo.title}: {describe_share(held, unit_of(slo))} bad, target {100 * slo.target:.6g} %."
            found.append((chance_at(held, slo.budget_ratio), -held.ratio / slo.budget_ratio, said))
    if not found:
        return Trouble(None, "Nothing was counted at that time.")
    # One of several SLOs: each may be wrong by its share of the chance.
    chance, _, sentence = min(found)
    return Trouble(chance * len(found) <= ALPHA[Severity.PAGE], sentence)
