"""A profile as a JSON document of a few kilobytes, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any, Final, cast

from evenkeel.kernel.errors import CorruptDataError
from evenkeel.kernel.profile.model import (
    Apart,
    Counts,
    Grid,
    Kind,
    LevelGrid,
    NumericGrid,
    Profile,
    levels_to_json,
    numeric_to_json,
)

FORMAT: Final = 1
#: More buckets than any grid has.
_SIZE_MAX: Final = 10_000


def profile_to_json(profile: Profile) -> dict[str, Any]:
    """Plain values that JSON can hold; `profile_from_json` gives the profile back.

    >>> from evenkeel.kernel.profile.build import build_profile
    >>> profile = build_profile([1.0, 2.0, 2.0, None])
    >>> profile_from_json(profile_to_json(profile)) == profile
    True
    """
    grid = profile.grid
    return {"format": FORMAT, "grid": grid_to_json(grid), "grid_id": grid.id, "counts": counts_to_json(profile.counts)}


def grid_to_json(grid: Grid) -> dict[str, Any]:
    """Plain values that JSON can hold; `grid_from_json` gives the grid back.

    >>> from evenkeel.kernel.profile.build import build_profile
    >>> grid = build_profile(["de", "en"]).grid
    >>> grid_from_json(grid_to_json(grid)) == grid
    True
    """
    return numeric_to_json(grid) if isinstance(grid, NumericGrid) else levels_to_json(grid)


def counts_to_json(counts: Counts) -> dict[str, Any]:
    """Plain values: buckets as `[place, rows]` where there are any, because most are empty."""
    document: dict[str, Any] = {
        "grid_id": counts.grid_id,
        "size": len(counts.buckets),
        "buckets": [[place, rows] for place, rows in enumerate(counts.buckets) if rows],
        "apart": list(astuple(counts.apart)),
    }
    if counts.new or counts.new_rest:
        document |= {"new": dict(counts.new), "new_rest": counts.new_rest}
    return document


def profile_from_json(document: Mapping[str, Any]) -> Profile:
    """The profile that a document holds. Raises CorruptDataError where it is not one."""
    try:
        if document["format"] != FORMAT:
            raise CorruptDataError(
                f"This profile has format {document['format']!r}, not {FORMAT}.",
                hint="Read it with the release that wrote it, or make it again from its reference.",
            )
        grid = grid_from_json(document["grid"])
        counts = counts_from_json(document["counts"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise _no_profile(error) from error
    if grid.id != document.get("grid_id"):
        raise CorruptDataError(
            f"The grid of this profile is {grid.id}, but it says {document.get('grid_id')}.",
            hint="It was changed after it was written; make it again from its reference.",
        )
    return Profile(grid, counts)


def counts_from_json(document: Mapping[str, Any]) -> Counts:
    """The counts that a document holds. Raises CorruptDataError where it holds none."""
    try:
        size = int(document["size"])
        if not 0 <= size <= _SIZE_MAX:
            raise ValueError(f"a size of {size}")
        buckets = [0] * size
        for place, rows in document["buckets"]:
            buckets[place] = _rows(rows)
        new = {str(level): _rows(rows) for level, rows in cast("Mapping[str, int]", document.get("new", {})).items()}
        apart = Apart(*(_rows(rows) for rows in document["apart"]))
        return Counts(str(document["grid_id"]), tuple(buckets), apart, new, _rows(document.get("new_rest", 0)))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise _no_profile(error) from error


def grid_from_json(document: Mapping[str, Any]) -> Grid:
    """The grid that a document holds. Raises CorruptDataError where it is none."""
    try:
        kind = Kind(document["kind"])
        if kind in (Kind.CATEGORICAL, Kind.BOOLEAN):
            return LevelGrid(kind, tuple(str(level) for level in document["levels"]), int(document["rest_levels"]))
        body = tuple(float(edge) for edge in cast("Sequence[float]", document["body"]))
        deciles = tuple(body[place] for place in cast("Sequence[int]", document["deciles"]))
        return NumericGrid(kind, body, float(document["unit"]), deciles)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise _no_profile(error) from error


def _rows(given: Any) -> int:
    rows = int(given)
    if not 0 <= rows < 2**62:  # sums of them are 64 bits wide
        raise ValueError(f"{given} rows")
    return rows


def _no_profile(error: Exception) -> CorruptDataError:
    return CorruptDataError(
        f"This is no profile: {type(error).__name__} {error}.",
        hint="Profiles are written by evenkeel; make it again from its reference.",
    )
