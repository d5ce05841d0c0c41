"""All features of one window together: what drifted, whether it matters, and how often that is wrong.

Two outputs. `detected`: beyond chance, with the false discoveries of all features controlled; where nothing drifts, at
most 0.7 % of windows say anything. `material`: large enough to matter, by the index with chance taken off. A verdict
needs both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from evenkeel.judge.drift.compare import compare_feature
from evenkeel.judge.drift.design import compare_in_season, measure_design
from evenkeel.judge.drift.effect import detectable_sd, measure_effect, needed_rows, shift_of_psi
from evenkeel.judge.drift.embeddings import Embedding, compare_embedding, measure_embedding
from evenkeel.judge.drift.limits import Matters
from evenkeel.judge.drift.model import (
    FALSE_ALARMS_MAX,
    PSI_LIMIT,
    Comparison,
    Detected,
    Effect,
    Feature,
    Finding,
    Material,
    Reason,
)
from evenkeel.judge.drift.signals import name_signals
from evenkeel.judge.drift.sketches import (
    group_numbers,
    is_embedding,
    join_comparisons,
    join_effects,
    name_joint,
    weights_of,
)
from evenkeel.judge.drift.vectors import Vectors, align
from evenkeel.kernel.embedding import split_feature
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Counts, Kind
from evenkeel.kernel.stats.false_discovery import adjusted_p
from evenkeel.kernel.stats.monte_carlo import DRAWS, Chance, Drawing
from evenkeel.kernel.stats.psi import Psi

#: Tables drawn per feature: p / weight must be able to fall well below q / features for the least weight that draws.
_DRAWS_PER_FEATURE: Final = 2_500
_DRAWS_MAX: Final = 1_000_000


@dataclass(frozen=True)
class _Compared:
    feature: Feature
    both: Vectors
    comparison: Comparison
    effect: Effect
    joint: str = ""  # the embedding that the feature is a number of
    is_lost: bool = False


def judge_window(
    features: Sequence[Feature],
    chance: Chance | None,
    *,
    psi_limit: float = PSI_LIMIT,
    embeddings: Sequence[Embedding] = (),
    own: Callable[[str], Matters] | None = None,
) -> list[Finding]:
    """One finding for each feature, in the order given, then for each column of embeddings.

    Numbers of one embedding (`embedding:question/norm`) are one feature, in the place of the first of them. `own` says
    what matters of each feature; without it, it is the same of all, by `psi_limit`.

    `chance` draws tables where counts are sparse; without it approximations are taken as they are, which is not safe
    for sparse features. Raises InvalidInputError where a window was counted on another grid than its reference.

    >>> import numpy as np
    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> profile = build_profile(["en"] * 990 + ["de"] * 10)
    >>> window = count_values(["en"] * 250 + ["es"] * 250, profile.grid)
    >>> (found,) = judge_window([Feature("language", profile, window)], np.random.default_rng(1))
    >>> found.detected.value, found.material.value, [signal.value for signal in found.signals]
    ('yes', 'breach', ['new_levels', 'shape'])
    """
    groups = group_numbers([feature.name for feature in features])
    many = max(1, len(groups) + len(embeddings))
    draws = min(_DRAWS_MAX, max(DRAWS, _DRAWS_PER_FEATURE * many))
    drawing = None if chance is None else Drawing(chance, draws)
    compared = [_compare_group([features[place] for place in group], drawing, many) for group in groups]
    vectors = [(each, compare_embedding(each, drawing)) for each in embeddings]
    matters = Matters.beyond(psi_limit)
    comparisons = [*(each.comparison for each in compared), *(comparison for _, comparison in vectors)]
    found = iter(adjusted_p([each.p for each in comparisons if each.reason is None]))
    q_values = [next(found) if each.reason is None else 1.0 for each in comparisons]
    return [
        *(
            _find(each, q, matters if own is None else own(each.feature.name), many)
            for each, q in zip(compared, q_values[: len(compared)], strict=True)
        ),
        *(
            _find_embedding(*each, q, limits=(matters, many))
            for each, q in zip(vectors, q_values[len(compared) :], strict=True)
        ),
    ]


def _find_embedding(given: Embedding, comparison: Comparison, q: float, *, limits: tuple[Matters, int]) -> Finding:
    matters, many = limits
    effect = measure_embedding(given, features=many)
    detected, needs, signals = Detected.NO, None, ()
    if comparison.reason is not None:
        detected = Detected.UNKNOWN
    elif q <= FALSE_ALARMS_MAX:
        detected = Detected.YES
        parts = sorted(comparison.parts, key=lambda part: part.weighted)
        signals = tuple(part.signal for part in parts if part.weighted <= FALSE_ALARMS_MAX)
    elif effect.detectable_sd > shift_of_psi(matters.alert):
        detected = Detected.UNKNOWN
        comparison = replace(comparison, reason=Reason.UNDERPOWERED)
        needs = needed_rows(comparison.n, matters.alert, features=many)
    material = judge_size(detected, effect.psi, matters)
    return Finding(given.name, Kind.EMBEDDING, detected, material, q, signals, comparison, effect, needs)


def _compare(feature: Feature, drawing: Drawing | None, many: int) -> _Compared:
    grid, window = feature.reference.grid, feature.window
    if feature.seasons is None:
        both = align(grid, feature.reference.counts, window)
        return _Compared(feature, both, compare_feature(grid, both, drawing), measure_effect(grid, both, features=many))
    m = max(1, window.n // feature.parts)
    design = measure_design(grid, feature.seasons, m) if feature.spread is None else feature.spread.allow(m)
    # Too few of the season tell nothing of chance; how large the difference is, the whole reference tells.
    both = align(grid, reference_of(feature) if design else feature.reference.counts, window)
    effect = measure_effect(grid, both, features=many, design_effect=design.shape if design else 1.0)
    if design is not None:  # with a design effect less is seen
        seen = detectable_sd(both.reference_n, both.window_n, features=many, windows=design.windows)
        effect = replace(effect, detectable_sd=seen * design.location**0.5)
    comparison = compare_in_season(grid, both, design)
    if comparison.reason is Reason.FEW_SEASONS and feature.lacks_hours:
        comparison = replace(comparison, reason=Reason.HOURS_GONE)
    return _Compared(feature, both, comparison, effect)


def _compare_group(features: Sequence[Feature], drawing: Drawing | None, many: int) -> _Compared:
    """A feature, or all numbers of an embedding as one; it stands for itself by the number that moved most."""
    names = [feature.name for feature in features]
    if not is_embedding(names):
        return _compare(features[0], drawing, many)
    found = [
        _compare(feature, drawing, math.ceil(many / weight))
        for feature, weight in zip(features, weights_of(names), strict=True)
    ]
    effect, place = join_effects([each.effect for each in found])
    comparison = join_comparisons(names, [each.comparison for each in found])
    is_lost = effect.absent_after == 1.0 and effect.absent_before < 1.0
    told = found[place]
    return _Compared(told.feature, told.both, comparison, effect, split_feature(names[0])[0], is_lost)


def reference_of(feature: Feature) -> Counts:
    """What a feature's window is compared with."""
    return merge(feature.seasons) if feature.seasons and not feature.is_fixed else feature.reference.counts


def _find(compared: _Compared, q: float, matters: Matters, many: int) -> Finding:
    feature, comparison, effect = compared.feature, compared.comparison, compared.effect
    detected, needs, signals = Detected.NO, None, ()
    if comparison.reason is not None:
        detected = Detected.UNKNOWN
    elif q <= FALSE_ALARMS_MAX:
        detected = Detected.YES
        if compared.joint:
            signals = name_joint(comparison, is_lost=compared.is_lost)
        else:
            signals = name_signals(comparison, compared.both, reference_of(feature), feature.window)
    elif effect.detectable_sd > shift_of_psi(matters.alert):
        detected = Detected.UNKNOWN
        comparison = replace(comparison, reason=Reason.UNDERPOWERED)
        needs = _needs(compared, matters.alert, many)
    material = judge_size(detected, effect.psi, matters)
    kind, name, told = feature.reference.grid.kind, feature.name, ""
    if compared.joint:
        kind, name, told = Kind.EMBEDDING, compared.joint, feature.name
    return Finding(name, kind, detected, material, q, signals, comparison, effect, needs, told)


def _needs(compared: _Compared, psi_limit: float, many: int) -> int | None:
    n, m = compared.comparison.n, compared.comparison.m
    inflated = (compared.effect.detectable_sd / detectable_sd(n, m, features=many)) ** 2
    return needed_rows(int(n / inflated), psi_limit, features=many, design_effect=inflated)


def judge_size(detected: Detected, psi: Psi, matters: Matters) -> Material:
    """Whether a difference matters: only one that was detected can, and one whose index is small and may be large does
    not say.
    """
    if detected is not Detected.YES:
        return Material.UNKNOWN if detected is Detected.UNKNOWN else Material.NO
    if psi.debiased <= matters.target:
        return Material.NO if psi.high <= matters.alert else Material.UNKNOWN
    return Material.BREACH if psi.low_one_sided > matters.alert else Material.WARNING
