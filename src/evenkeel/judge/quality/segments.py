"""Which segments are worse than the rest: a search that pays for looking at many, from counts.

Whoever looks at a thousand segments finds one that is bad by chance. Each is compared with all rows outside it by
Fisher's exact test, and Benjamini and Hochberg's rule keeps the share of false finds, and with no difference anywhere
the chance of any find at all, at `FALSE_FINDS`. Segments so small that even the worst outcome would prove nothing are
not tested and cost the others nothing (Tarone 1990, Biometrics 46; Gilbert 2005, Applied Statistics 54).

What is found looks worse than it is, because it was picked for that: its interval is widened for the picking
(Benjamini and Yekutieli 2005, Journal of the American Statistical Association 100), and `shrunk` draws its share
towards all the others by how much segments differ at all (beta-binomial, by moments).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.binomial import exact_interval
from evenkeel.kernel.stats.false_discovery import adjusted_p
from evenkeel.kernel.stats.fisher import shares_p

Floats = NDArray[np.float64]

#: Share of finds that may be chance, and the chance of any find where no segment differs.
FALSE_FINDS: Final = 0.01
#: Segments that one search looks at; more are refused, for each costs the others power.
SEGMENTS_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows, and how many of them are bad (predicted wrongly, say)."""

    n: int
    bad: int


@dataclass(frozen=True, slots=True)
class WorseSegment:
    """A segment that is worse than the rest: shares of bad rows from 0 to 1.

    `low` and `high` hold although it was picked; `shrunk` is the best single guess; `q` is the least share of false
    finds at which it is still found.
    """

    name: str
    n: int
    share: float
    low: float
    high: float
    shrunk: float
    rest: float
    q: float


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found, the worst first, of how many that were tested and how many that were too small."""

    found: tuple[WorseSegment, ...]
    tested: int
    too_small: int
    names_tested: frozenset[str] = frozenset()


def find_worse_segments(segments: Mapping[str, Rows], total: Rows, *, deff: float = 1.0) -> Search:
    """The segments whose share of bad rows is above that of all other rows, beyond chance.

    Segments may overlap, and need not cover `total`. `deff` is the design effect of rows that fail together.
    Raises InvalidInputError for counts that are impossible, and for more than SEGMENTS_MAX segments.

    >>> search = find_worse_segments({"de": Rows(500, 40), "fr": Rows(400, 35), "es": Rows(100, 30)}, Rows(1000, 105))
    >>> [(found.name, found.share, round(found.rest, 3)) for found in search.found]
    [('es', 0.3, 0.083)]
    """
    _refuse_impossible(segments, total, deff)
    held = {name: rows for name, rows in segments.items() if 0 < rows.n < total.n}
    whole = _effective(total, deff)
    parts = {name: _effective(rows, deff) for name, rows in held.items()}
    tested = _testable(parts, whole)
    p_values = [_p_worse(parts[name], whole) for name in tested]
    found = [(name, q) for name, q in zip(tested, adjusted_p(p_values), strict=True) if q <= FALSE_FINDS]
    # The level at which intervals of those picked still hold for all but a share of 5 % of them.
    alpha = 0.05 * len(found) / max(1, len(tested))
    shrunk = _shrunk(list(held.values()), deff)
    place = {name: i for i, name in enumerate(held)}
    worse = [_worse(name, held[name], total, (q, alpha, float(shrunk[place[name]]), deff)) for name, q in found]
    worse.sort(key=lambda each: (-each.shrunk, each.name))
    return Search(tuple(worse), len(tested), len(segments) - len(tested), frozenset(tested))


def _refuse_impossible(segments: Mapping[str, Rows], total: Rows, deff: float) -> None:
    if len(segments) > SEGMENTS_MAX:
        raise InvalidInputError(
            f"{len(segments)} segments are more than the {SEGMENTS_MAX} that one search looks at.",
            hint="Leave out the attributes with the most values.",
        )
    if not deff >= 1.0:
        raise InvalidInputError(f"A design effect is at least 1, not {deff}.", hint="Give 1 for independent rows.")
    for name, rows in (("all rows", total), *segments.items()):
        if not (0 <= rows.bad <= rows.n <= total.n and rows.bad <= total.bad):
            raise InvalidInputError(
                f"The counts of {name!r} are impossible: {rows.bad} bad of {rows.n}; in all {total.bad} of {total.n}.",
                hint="Count each row once, bad ones among them.",
                segment=name,
            )


def _effective(rows: Rows, deff: float) -> Rows:
    """As many independent rows as these are worth."""
    return rows if deff == 1.0 else Rows(round(rows.n / deff), round(rows.bad / deff))


def _p_worse(part: Rows, whole: Rows) -> float:
    """The p-value of the segment against the rest; 1 where it is no worse."""
    rest = Rows(whole.n - part.n, whole.bad - part.bad)
    if rest.n <= 0 or part.n <= 0 or part.bad * rest.n <= rest.bad * part.n:
        return 1.0
    return shares_p(rest.bad, rest.n, part.bad, part.n)


def _testable(parts: Mapping[str, Rows], whole: Rows) -> list[str]:
    """The segments for which the worst possible outcome would count, with only so many tested.

    It depends on sizes and on the total alone, not on how bad a segment is, so that nothing is picked by it.
    """
    least = {name: _chance_of_worst(part.n, whole) for name, part in parts.items()}
    ordered = sorted(least.values())
    for allowed in range(1, len(ordered) + 1):
        reach = FALSE_FINDS / allowed
        if int(np.searchsorted(ordered, reach, side="right")) <= allowed:
            return [name for name, p in least.items() if p <= reach]
    return list(least)


def _chance_of_worst(n: int, whole: Rows) -> float:
    """The chance that as many bad rows as can be are among `n` drawn from all: no p-value is smaller."""
    if n <= 0 or n >= whole.n:
        return 1.0
    worst = min(n, whole.bad)
    ways = _log_ways(whole.bad, worst) + _log_ways(whole.n - whole.bad, n - worst) - _log_ways(whole.n, n)
    return min(1.0, math.exp(ways))


def _log_ways(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _shrunk(rows: Sequence[Rows], deff: float) -> Floats:
    """Shares drawn towards their common mean: all the way where segments differ no more than chance has them."""
    if not rows:
        return np.zeros(0)
    n, bad = (np.array([getattr(each, part) for each in rows], dtype=float) / deff for part in ("n", "bad"))
    mean = float(bad.sum() / n.sum())
    noise = mean * (1.0 - mean)
    if noise <= 0.0 or n.size < 2:
        return np.full(n.size, mean)
    # The variance between segments, by moments (Kleinman 1973, Journal of the American Statistical Association 68).
    spread = float((n * (bad / n - mean) ** 2).sum())
    weight = float(n.sum() - (n**2).sum() / n.sum())
    between = max(0.0, (spread - noise * (n.size - 1)) / weight) if weight > 0 else 0.0
    between = min(between, 0.999 * noise)
    prior = noise / between - 1.0 if between > 0.0 else np.inf
    pull = np.divide(prior, prior + n) if np.isfinite(prior) else np.ones(n.size)
    return pull * mean + (1.0 - pull) * bad / n


def _worse(name: str, rows: Rows, total: Rows, known: tuple[float, float, float, float]) -> WorseSegment:
    q, alpha, shrunk, deff = known
    low, high = exact_interval(rows.bad / deff, rows.n / deff, alpha)
    rest = (total.bad - rows.bad) / (total.n - rows.n)
    return WorseSegment(name, rows.n, rows.bad / rows.n, low, high, shrunk, rest, q)
