"""`evenkeel.profile`: a table becomes a reference of a few kilobytes for each feature (SPEC D-1)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, cast

import numpy as np

from evenkeel.kernel.errors import CorruptDataError, InvalidInputError
from evenkeel.kernel.profile.build import profile_of
from evenkeel.kernel.profile.column import Column
from evenkeel.kernel.profile.embedding import EmbeddingProfile
from evenkeel.kernel.profile.model import Floats, Kind, LevelGrid, Profile
from evenkeel.kernel.profile.table import Derived, TableProfile, table_from_json, table_to_json
from evenkeel.kernel.time import isoformat
from evenkeel.library.drawing import PANELS_MAX, draw_distribution
from evenkeel.library.opening import open_table
from evenkeel.library.pictures import Picture, picture
from evenkeel.library.showing import Grid, Shown, as_html, as_text, percent
from evenkeel.library.table import LEVELS_COUNTED_MAX, Table, find_column
from evenkeel.library.text_columns import TEXTS_MAX, is_text
from evenkeel.library.vectors import VECTORS_MAX, holds_vectors, profile_sent, profile_vectors
from evenkeel.ui.panels import Panel

#: Levels named in a line of a profile.
_LEVELS_SHOWN = 4

#: Among so few rows anything may be different by chance.
_IDENTITY_FROM = 100

#: What a column may be said to be, beside the kinds of features.
TEXT: Final = "text"

#: Told of each column when it is read: its name, how many are done, how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Reference(Shown):
    """A reference profile, as `evenkeel.profile` makes it. Prints as a table; `save` and `load` keep it."""

    table: TableProfile

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as JSON; a file that is there is replaced."""
        target = Path(path)
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        draft.write_text(json.dumps(table_to_json(self.table), ensure_ascii=False), encoding="utf-8")
        draft.replace(target)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read one that was saved. Raises InvalidInputError without a file, CorruptDataError where it is none."""
        source = Path(path)
        try:
            document = json.loads(source.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise InvalidInputError(f"There is no file {source}.", hint="Give the path of a saved profile.") from error
        except ValueError as error:
            raise CorruptDataError(f"{source.name} is no JSON: {error}.", hint="Make the profile again.") from error
        return cls(table_from_json(document))

    def __str__(self) -> str:
        """A table for a terminal."""
        return as_text(_grid(self.table))

    def plot(self, feature: str | None = None) -> Picture:
        """How a feature is spread; of none, the first six. Raises InvalidInputError for one that is not there."""
        if feature is None:
            return picture(self._panels())
        return picture([draw_distribution(feature, find_profile(self.table, feature))])

    def _table(self) -> str:
        return as_html(_grid(self.table))

    def _panels(self) -> list[Panel]:
        return [draw_distribution(*each) for each in list(self.table.features.items())[:PANELS_MAX]]


def find_profile(table: TableProfile, feature: str) -> Profile:
    """The profile of a feature. Raises InvalidInputError where there is none, and for vectors: they have no picture."""
    if feature in table.features:
        return table.features[feature]
    if feature in table.embeddings:
        raise InvalidInputError(
            f"{feature!r} holds vectors, of which there is no picture.", hint="print(…) tells them."
        )
    hint = table.skipped.get(feature) or f"It has {', '.join(list(table.features)[:20])}."
    raise InvalidInputError(f"The reference has no feature {feature!r}.", hint=hint, seen=feature)


def profile(
    data: object,
    *,
    columns: Collection[str] | None = None,
    kinds: Mapping[str, str] | None = None,
    source: str = "",
    progress: Progress | None = None,
) -> Reference:
    """The reference profile of a table: a data frame, a mapping of lists, or the path of Parquet, CSV or JSON lines.

    Of `columns` only those named are taken; `kinds` says what a column is (numeric, categorical, boolean, datetime,
    embedding, text) where its type does not: a postcode that is written as a number. Of texts, lengths, languages and
    telling words are kept (`library.texts`). Columns of which nothing can be told are named in `table.skipped`. Raises
    InvalidInputError for a table without rows, an unknown column, and a kind that is none.

    >>> reference = profile({"age": [31, 44, 52, None], "plan": ["s", "m", "m", "l"]})
    >>> {name: each.counts.n for name, each in reference.table.features.items()}
    {'age': 4, 'plan': 4}
    """
    table = open_table(data)
    if not table.rows:
        raise InvalidInputError("This table has no rows.", hint="A reference needs at least one.", seen=0, allowed=1)
    chosen = list(table.columns) if columns is None else [find_column(table, name) for name in columns]
    of = {find_column(table, name): _kind(name, kind) for name, kind in (kinds or {}).items()}
    made = _Made()
    for number, name in enumerate(chosen):
        try:
            _add(made, table, name, of.get(name), is_asked=columns is not None)
        except InvalidInputError as error:
            made.skipped[name] = str(error)
        if progress is not None:
            progress(name, number + 1, len(chosen))
    named = source or _name_of(data)
    features, vectors = made.features, (made.embeddings, made.sketches)
    return Reference(TableProfile(table.rows, features, named, made.skipped, made.derived, *vectors))


@dataclass(frozen=True)
class _Made:
    """What was made so far."""

    features: dict[str, Profile] = field(default_factory=dict[str, Profile])
    derived: dict[str, Derived] = field(default_factory=dict[str, Derived])
    skipped: dict[str, str] = field(default_factory=dict[str, str])
    embeddings: dict[str, EmbeddingProfile] = field(default_factory=dict[str, EmbeddingProfile])
    sketches: dict[str, dict[str, Profile]] = field(default_factory=dict[str, dict[str, Profile]])


def _add(made: _Made, table: Table, name: str, kind: Kind | str | None, *, is_asked: bool) -> None:
    """Raises InvalidInputError where nothing can be told of a column."""
    if kind is Kind.EMBEDDING or (kind is None and holds_vectors(table, name)):
        vectors = table.sample(name, VECTORS_MAX)
        made.embeddings[name] = profile_vectors(vectors)
        made.sketches[name] = profile_sent(vectors)
        return
    if kind == TEXT:
        _add_texts(made, table, name)
        return
    column = table.read(name, cast("Kind | None", kind))
    if kind is None and is_text(column):
        _add_texts(made, table, name)
    elif not is_asked and is_identity(column):
        made.skipped[name] = "every value is another one, as of an identity; name it in `columns` to take it"
    else:
        made.features[name] = profile_of(column)


def _add_texts(made: _Made, table: Table, name: str) -> None:
    from evenkeel.library.texts import profile_texts  # loaded, as are its languages, where there is a text

    found = profile_texts(name, table.sample(name, TEXTS_MAX))
    taken = next((feature for feature in found if feature in table.columns), None)
    if taken is not None:
        message = f"Column {name!r} holds texts, and what is told of them would be called as column {taken!r} is."
        raise InvalidInputError(message, hint="Name that column otherwise.", seen=taken)
    for feature, (derived, profiled) in found.items():
        made.derived[feature] = derived
        made.features[feature] = profiled


def is_identity(column: Column) -> bool:
    """Whether a column names rows instead of telling of them: whole numbers or texts of which none comes twice.

    >>> from evenkeel.kernel.profile.column import read_column
    >>> is_identity(read_column(list(range(100)))), is_identity(read_column([1] * 100))
    (True, False)
    """
    if column.present < _IDENTITY_FROM:
        return False
    if column.kind is Kind.NUMERIC:
        some = np.sort(column.ranks.some(_IDENTITY_FROM))
        return _are_different_wholes(some) and _are_different_wholes(column.numbers)
    return column.kind is Kind.CATEGORICAL and len(column.levels) >= min(column.present, LEVELS_COUNTED_MAX)


def _are_different_wholes(ordered: Floats) -> bool:
    return bool((ordered[1:] > ordered[:-1]).all() and (ordered == np.round(ordered)).all())


def _kind(name: str, kind: str) -> Kind | str:
    if kind == TEXT:
        return kind
    try:
        return Kind(kind)
    except ValueError:
        known = ", ".join((*Kind, TEXT))
        message = f"Column {name!r} is said to be {kind!r}."
        raise InvalidInputError(message, hint=f"A column is {known}.", seen=kind, allowed=known) from None


def _name_of(data: object) -> str:
    if isinstance(data, str | os.PathLike):
        return Path(cast("str | os.PathLike[str]", data)).name
    return type(data).__name__


def _grid(table: TableProfile) -> Grid:
    rows = [(name, *_line(profile)) for name, profile in table.features.items()]
    rows += [(name, *_vectors_line(each)) for name, each in table.embeddings.items()]
    notes = [f"{name}: {why}" for name, why in table.skipped.items()]
    caption = f"Reference {table.version} of {table.rows:,} rows ({table.source}), {len(rows)} features"
    return Grid(caption, ("feature", "kind", "missing", "what it holds"), tuple(rows), tuple(notes))


def _vectors_line(profile: EmbeddingProfile) -> tuple[str, str, str]:
    counts = profile.counts
    many = len(profile.frame.directions)
    held = float(profile.spectrum[:many].sum()) / max(1e-300, float(profile.spectrum.sum()))
    what = f"vectors of {profile.frame.length} numbers; {many} directions hold {percent(held, 1.0)} of their variance"
    return Kind.EMBEDDING.value, percent(counts.missing + counts.mistyped, counts.n), what


def _line(profile: Profile) -> tuple[str, str, str]:
    counts, grid = profile.counts, profile.grid
    apart = percent(counts.apart.total, counts.n)
    if isinstance(grid, LevelGrid):
        ranked = sorted(zip(grid.levels, counts.buckets, strict=False), key=lambda pair: (-pair[1], pair[0]))
        shown = ", ".join(f"{level} {percent(rows, counts.present)}" for level, rows in ranked[:_LEVELS_SHOWN])
        more = len(grid.levels) + grid.rest_levels - _LEVELS_SHOWN
        return grid.kind.value, apart, shown + (f" and {more:,} more" if more > 0 else "")
    if not grid.body:
        return grid.kind.value, apart, "nothing"
    deciles = grid.deciles
    middle = deciles[len(deciles) // 2] if deciles else grid.body[-1]
    low = deciles[0] if deciles else grid.body[0]
    high = deciles[-1] if deciles else grid.body[-1]
    shown = [_value(grid.kind, value) for value in (low, middle, high)]
    return grid.kind.value, apart, "10 % below {}, median {}, 10 % above {}".format(*shown)


def _value(kind: Kind, value: float) -> str:
    return isoformat(round(value * 1e6))[:16] if kind is Kind.DATETIME else f"{value:.4g}"
