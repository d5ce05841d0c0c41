"""Estimate of a share of bad requests: the error rate."""

from __future__ import annotations

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.stats.shares import needed_to_settle
from evenkeel.kernel.verdict import Limits
from evenkeel.store.telemetry.port import Clusters


def estimate_share(clusters: Clusters, limits: Limits, given: Circumstances) -> Estimate:
    """Bad requests of all requests, with bounds that allow for failures coming in clusters."""
    total, bad = clusters.total, clusters.bad
    bounds = given.bounds(total, bad, by=clusters.by)
    missing = given.missing(bounds.n)
    good_side = bad_side = None
    if missing:
        good_side = _with_missing(clusters, missing, missing_bad=0.0, given=given)[0]
        bad_side = _with_missing(clusters, missing, missing_bad=missing, given=given)[1]
    target, alert = limits.oriented()
    reasons = given.reasons + (("sampling_unknown",) if clusters.sampled_unknown else ())
    alphas = (given.alpha_low, given.alpha_high)
    more = needed_to_settle(bounds, target, beyond=bounds, alert=alert, alphas=alphas)
    return Estimate(
        value=bounds.value if bounds.n > 0 else None,
        unit="ratio",
        low=bounds.low,
        high=bounds.high,
        level_low=1 - given.alpha_low,
        level_high=1 - given.alpha_high,
        n=bounds.n,
        method=bounds.method,
        window=given.window,
        coverage=given.coverage,
        as_of_us=given.as_of_us,
        watermark_us=given.watermark_us,
        shown_low=bounds.shown_low,
        shown_high=bounds.shown_high,
        if_missing_good=good_side,
        if_missing_bad=bad_side,
        bad=bounds.bad,
        needs=given.need(more, "requests", bounds.n),
        reasons=reasons,
        evidence=given.evidence,
        parts={"design_effect": bounds.deff},
    )


def _with_missing(
    clusters: Clusters, missing: float, *, missing_bad: float, given: Circumstances
) -> tuple[float, float]:
    """(low, high) with the missing requests counted as `missing_bad` bad ones, in a cluster of their own.

    The missing ones are spread like the seen ones for the lower bound: one huge cluster would only blur it.
    """
    total, bad, seen = clusters.total, clusters.bad, sum(clusters.total)
    if missing_bad:
        share = (sum(bad) + missing_bad) / (seen + missing)
        bounds = given.bounds([*total, missing], [*bad, missing_bad], by=clusters.by)
        return bounds.low, max(share, bounds.high)
    factor = 1.0 + missing / seen if seen else 1.0
    bounds = given.bounds([count * factor for count in total], bad, by=clusters.by)
    return bounds.low, bounds.high
