"""Estimate of a latency quantile, decided by exact counts beyond the limits.

No limit may be decided by the edge of a sketch bucket (DESIGN §3): "p95 > 3 s" is "more than 5 % of the
requests took longer than 3 s", and those are counted. The value and its interval in seconds come from the
histogram, widened by its stated error, and are then fitted to what the counts have proved.
"""

from __future__ import annotations

import math

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.sketch import quantile
from evenkeel.kernel.stats.quantiles import histogram_quantile_bounds
from evenkeel.kernel.stats.shares import ShareBounds, needed_to_settle
from evenkeel.kernel.verdict import Limits
from evenkeel.store.telemetry.port import Clusters, Histogram

#: Seconds that stand for "no bound": longer than any timeout.
UNBOUNDED_S = 1e9


def estimate_latency(
    clusters: Clusters, histogram: Histogram, q: float, limits: Limits, given: Circumstances
) -> Estimate:
    """The `q` quantile of latency in seconds; `clusters.slow` must hold the target and the alert."""
    target, alert = limits.oriented()
    beyond = {limit: _beyond(clusters, limit, given) for limit in {target, alert}}
    n = beyond[target].n
    value = quantile(histogram.counts, q, zero=histogram.zero)[0] if histogram.n > 0 and n > 0 else None
    low, high = _proved(beyond[target], beyond[alert], target, alert, 1 - q)
    shown = (
        histogram_quantile_bounds(histogram.counts, q, alpha=0.05, zero=histogram.zero) if value is not None else None
    )
    if shown is not None:
        # Seconds that inform, kept on the side of the limits that the counts have proved.
        ceiling = target if low <= 0 else alert if low <= alert else UNBOUNDED_S
        low = max(low, min(shown[0], ceiling))
    high = max(low, min(high, UNBOUNDED_S))
    missing = given.missing(n)
    good_side = bad_side = None
    if missing:
        good_side, bad_side = _with_missing(clusters, missing, (target, alert, 1 - q), given)
    alphas = (given.alpha_low, given.alpha_high)
    more = needed_to_settle(beyond[target], 1 - q, beyond=beyond[alert], alert=1 - q, alphas=alphas)
    return Estimate(
        value=value,
        unit="s",
        low=low,
        high=high,
        level_low=1 - given.alpha_low,
        level_high=1 - given.alpha_high,
        n=n,
        method=f"share beyond the limits, {beyond[target].method}",
        window=given.window,
        coverage=given.coverage,
        as_of_us=given.as_of_us,
        watermark_us=given.watermark_us,
        shown_low=None if shown is None else shown[0],
        shown_high=None if shown is None else shown[1],
        if_missing_good=good_side,
        if_missing_bad=bad_side,
        needs=given.need(more, "requests", n),
        reasons=given.reasons + (("sampling_unknown",) if clusters.sampled_unknown else ()),
        evidence=given.evidence,
        parts={
            "slower_than_target": beyond[target].value,
            "slower_than_alert": beyond[alert].value,
            "design_effect": beyond[alert].deff,
        },
    )


def _beyond(clusters: Clusters, limit: float, given: Circumstances) -> ShareBounds:
    return given.bounds(clusters.timed, clusters.slow[limit], by=clusters.by)


def _proved(
    beyond_target: ShareBounds, beyond_alert: ShareBounds, target: float, alert: float, allowed: float
) -> tuple[float, float]:
    """Bounds of the quantile in seconds that say what the counts prove, and no more.

    The quantile exceeds a limit for sure when the share beyond it surely exceeds `allowed`, and stays
    within it for sure when that share surely does not.
    """
    low = 0.0
    if beyond_target.low > allowed:
        low = math.nextafter(target, math.inf)
    if beyond_alert.low > allowed:
        low = math.nextafter(alert, math.inf)
    high = math.inf
    if beyond_alert.high <= allowed:
        high = alert
    if beyond_target.high <= allowed:
        high = target
    return low, max(low, high)


def _with_missing(
    clusters: Clusters, missing: float, limits: tuple[float, float, float], given: Circumstances
) -> tuple[float, float]:
    """(low with the missing requests fast, high with all of them slow), in seconds."""
    target, alert, allowed = limits
    seen = sum(clusters.timed)
    factor = 1.0 + missing / seen if seen else 1.0
    fast = {
        limit: given.bounds([count * factor for count in clusters.timed], clusters.slow[limit], by=clusters.by)
        for limit in {target, alert}
    }
    slow = {
        limit: given.bounds([*clusters.timed, missing], [*clusters.slow[limit], missing], by=clusters.by)
        for limit in {target, alert}
    }
    low, _ = _proved(fast[target], fast[alert], target, alert, allowed)
    _, high = _proved(slow[target], slow[alert], target, alert, allowed)
    return low, min(high, UNBOUNDED_S)
