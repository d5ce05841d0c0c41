"""Charts of what the library tells: distributions, measures, calibration, groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from evenkeel.library.showing import show_figure
from evenkeel.ui.panels import Panel

if TYPE_CHECKING:
    from evenkeel.judge.fairness.gaps import Gap
    from evenkeel.judge.quality.calibration import Calibration
    from evenkeel.judge.quality.model import Figure
    from evenkeel.kernel.profile.model import Counts, Profile
    from evenkeel.ui.intervals import Interval

# Charts are loaded when one is drawn: a script that reads figures does not wait for them.

#: Charts of one picture, and rows of one chart: a notebook is scrolled, not searched.
PANELS_MAX: Final = 6
ROWS_MAX: Final = 24
#: Two charts stand beside each other.
_NARROW: Final = 400
_UNIT: Final = (0.0, 1.0)


def draw_distribution(name: str, profile: Profile) -> Panel:
    """How a feature of a reference was spread."""
    from evenkeel.judge.drift.picture import draw_bins
    from evenkeel.ui.histograms import draw_shares

    bins = [(each.name, each.before) for each in draw_bins(profile.grid, profile.counts, profile.counts)]
    return Panel(name, draw_shares(name, bins, _NARROW), (("then", f"{profile.counts.n:,} rows"),))


def draw_distributions(name: str, reference: Profile, window: Counts) -> Panel:
    """A feature then and now."""
    from evenkeel.judge.drift.picture import draw_bins
    from evenkeel.ui.histograms import draw_histogram

    found = draw_bins(reference.grid, reference.counts, window)
    bins = [(each.name, each.before, each.after) for each in found]
    legend = (("then", f"then, {reference.counts.n:,} rows"), ("a", f"now, {window.n:,} rows"))
    return Panel(name, draw_histogram(f"{name}, then and now", bins, _NARROW), legend)


def draw_figures(title: str, named: Mapping[str, Figure]) -> Panel:
    """Measures with their intervals, on a scale from 0 to 1 where all are within it."""
    from evenkeel.ui.intervals import Scale, draw_intervals

    rows = [_interval(name, figure) for name, figure in list(named.items())[:ROWS_MAX]]
    known = [value for row in rows for value in (row.value, row.low, row.high) if value is not None]
    is_ratio = all(0.0 <= value <= 1.0 for value in known)
    more = f", {ROWS_MAX} of {len(named)}" if len(named) > ROWS_MAX else ""
    return Panel(f"{title}{more}", draw_intervals(rows, Scale(title, _UNIT if is_ratio else None)))


def _interval(name: str, figure: Figure) -> Interval:
    from evenkeel.ui.intervals import Interval

    value, interval, n, _ = show_figure(figure)
    return Interval(name, figure.value, figure.low, figure.high, f"{name}: {value} [{interval}], n {n}")


def draw_reliability(found: Calibration) -> Panel:
    """Whether scores are probabilities: on the line they are."""
    from evenkeel.ui.plots import Axes, Point, draw_points

    points = [
        Point(
            each.mean_score,
            each.positives.value,
            each.positives.value if each.positives.low is None else each.positives.low,
            each.positives.value if each.positives.high is None else each.positives.high,
            f"score {each.mean_score:.2f}: {100 * each.positives.value:.3g} % positive, n {each.rows:,}",
        )
        for each in found.bins
        if each.positives.value is not None
    ]
    title = "Are scores probabilities? On the line they are"
    return Panel(title, draw_points(points, Axes("Calibration", "mean score", "share of positives")))


def draw_groups(title: str, gap: Gap) -> Panel:
    """A rate by group, each with its interval; groups that are too small to compare are told as unknown."""
    from evenkeel.judge.fairness.sentences import name_group
    from evenkeel.ui.intervals import Interval, Scale, draw_intervals

    rows: list[Interval] = []
    for each in gap.groups:
        name, rate = name_group(each.group), each.rate
        said = f"{name}: {rate.value:.3f} [{rate.low:.3f}–{rate.high:.3f}], n {each.n:,.0f}"
        rows.append(Interval(name, rate.value, rate.low, rate.high, said))
    rows += [
        Interval(name_group(group), None, None, None, f"{name_group(group)}: too small to compare")
        for group, _ in gap.too_small
    ]
    more = f", {ROWS_MAX} of {len(rows)} groups" if len(rows) > ROWS_MAX else ""
    return Panel(f"{title}{more}", draw_intervals(rows[:ROWS_MAX], Scale(title, _UNIT)))


def draw_sentences(title: str, scored: Sequence[tuple[str, float | None]]) -> Panel:
    """Scores of sentences from 0 to 1."""
    from evenkeel.ui.intervals import Interval, Scale, draw_intervals

    rows = [
        Interval(text, score, None, None, f"{text}: {'unknown' if score is None else f'{score:.2f}'}")
        for text, score in scored[:ROWS_MAX]
    ]
    more = f", the first {ROWS_MAX} of {len(scored)}" if len(scored) > ROWS_MAX else ""
    return Panel(f"{title}{more}", draw_intervals(rows, Scale(title, _UNIT)))
