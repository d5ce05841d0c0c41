"""`evenkeel.compare`: what has drifted from a reference, beyond chance, and whether it matters (SPEC D-1)."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from evenkeel.judge.drift.carriers import Carrier, describe_carrier
from evenkeel.judge.drift.chance import seeded
from evenkeel.judge.drift.embeddings import Embedding
from evenkeel.judge.drift.family import judge_window
from evenkeel.judge.drift.model import PSI_LIMIT, Detected, Feature, Finding, Material
from evenkeel.judge.drift.sentences import describe_finding
from evenkeel.judge.drift.texts import describe_language, describe_vocabulary
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.count import count_column
from evenkeel.kernel.profile.model import Counts
from evenkeel.kernel.profile.table import Derivation, TableProfile
from evenkeel.library.drawing import PANELS_MAX, draw_distributions
from evenkeel.library.opening import open_table
from evenkeel.library.pictures import Picture, picture
from evenkeel.library.profiling import Reference, find_profile, profile
from evenkeel.library.showing import Grid, Shown, as_html, as_text
from evenkeel.library.table import Table, find_column
from evenkeel.library.text_columns import TEXTS_MAX
from evenkeel.library.vectors import VECTORS_MAX, count_vectors
from evenkeel.ui.formats import plural
from evenkeel.ui.panels import Panel


@dataclass(frozen=True)
class DriftReport(Shown):
    """What is said of each feature. Prints as a table, what matters most first.

    `carriers` are segments that carry the drift of a feature, where segments were given. `gone` are features that the
    window lacks, `added` columns that the reference does not know, `skipped` those of which nothing can be told, and
    why; `left_out` are columns that the reference's profile tells nothing of, such as identities, and why. `windows`
    are the counts of the window by feature, on the grids of the reference.
    """

    reference: TableProfile
    rows: int
    findings: tuple[Finding, ...]
    gone: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])
    carriers: Mapping[str, tuple[Carrier, ...]] = field(default_factory=dict[str, tuple[Carrier, ...]])
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    windows: Mapping[str, Counts] = field(default_factory=dict[str, Counts], repr=False)

    @property
    def status(self) -> str:
        """breach, warning, ok, or unknown where drift that matters could not have been seen in every feature."""
        found = {each.material for each in self.findings}
        if Material.BREACH in found or self.gone:
            return "breach"
        if Material.WARNING in found:
            return "warning"
        return "unknown" if Material.UNKNOWN in found or not self.findings or self.skipped else "ok"

    @property
    def drifted(self) -> tuple[str, ...]:
        """Features that differ beyond chance, whether that matters or not."""
        return tuple(each.feature for each in self.findings if each.detected is Detected.YES)

    def describe(self, finding: Finding) -> str:
        """One finding in a sentence."""
        derived = self.reference.derived.get(finding.feature)
        if derived is not None and derived.how is Derivation.LANGUAGE:
            return describe_language(finding, derived.column)
        if derived is not None and derived.how is Derivation.VOCABULARY:
            return describe_vocabulary(finding, derived.column)
        return describe_finding(finding)

    def __str__(self) -> str:
        """A table for a terminal."""
        return as_text(self._grid())

    def plot(self, feature: str | None = None) -> Picture:
        """A feature then and now; of none, up to six that differ, what matters most first.

        Raises InvalidInputError for a feature that was not compared, and for vectors, of which there is no picture.
        """
        return picture(self._panels() if feature is None else [self._panel(feature)])

    def _panel(self, feature: str) -> Panel:
        reference = find_profile(self.reference, feature)
        if feature not in self.windows:
            hint = self.skipped.get(feature) or f"Compared were {', '.join(list(self.windows)[:20]) or 'none'}."
            raise InvalidInputError(f"{feature!r} was not compared.", hint=hint, seen=feature)
        return draw_distributions(feature, reference, self.windows[feature])

    def _panels(self) -> list[Panel]:
        """Of features that differ; where none does, of the one that differs most."""
        drawn = [each for each in self._ranked() if each.feature in self.windows]
        shown = [each for each in drawn if each.detected is Detected.YES][:PANELS_MAX] or drawn[:1]
        return [self._panel(each.feature) for each in shown]

    def _ranked(self) -> list[Finding]:
        return sorted(self.findings, key=lambda each: (-_RANK[each.material], each.q, each.feature))

    def _table(self) -> str:
        return as_html(self._grid())

    def _words(self, finding: Finding) -> str:
        derived = self.reference.derived.get(finding.feature)
        said = self.describe(finding).removeprefix(finding.feature)
        return said.removeprefix(derived.column if derived else "").removeprefix(":").strip()

    def _grid(self) -> Grid:
        ranked = [each for each in self._ranked() if each.detected is not Detected.NO]
        rows = tuple((each.feature, each.detected.value, each.material.value, self._words(each)) for each in ranked)
        quiet = [each for each in self.findings if each.detected is Detected.NO]
        notes = [_say_quiet(quiet)] if quiet else []
        notes += [f"{name}: {describe_carrier(each)}" for name, found in self.carriers.items() for each in found]
        notes += [f"{name}: gone" for name in self.gone]
        notes += [f"{name}: not known to the reference" for name in self.added]
        notes += [f"{name}: {why}" for name, why in self.skipped.items()]
        notes += [f"{name}: not compared, {why}" for name, why in self.left_out.items()]
        beside = f"{self.rows:,} rows beside {self.reference.rows:,} of the reference {self.reference.version}"
        drifted = f"{len(self.drifted)} of {plural(len(self.findings), 'features')} differ beyond chance"
        caption = f"Drift: {self.status}. {drifted}; {beside}"
        return Grid(caption, ("feature", "differs", "matters", "what"), rows, tuple(notes))


#: Features without drift that are named.
_QUIET_NAMED_MAX: Final = 12
_RANK: Final = {Material.BREACH: 3, Material.WARNING: 2, Material.UNKNOWN: 1, Material.NO: 0}


def _say_quiet(findings: Sequence[Finding]) -> str:
    """One line for all that is as it was."""
    names = ", ".join(each.feature for each in findings[:_QUIET_NAMED_MAX])
    more = len(findings) - _QUIET_NAMED_MAX
    smallest = max(each.effect.detectable_sd for each in findings)
    seen = f"a shift of {smallest:.2g} standard deviations would most likely have been seen"
    return f"no drift beyond chance in {names}{f' and {more} more' if more > 0 else ''}; {seen}"


def compare(
    reference: object,
    current: object,
    *,
    columns: Collection[str] | None = None,
    segments: Sequence[str] = (),
    psi_limit: float = PSI_LIMIT,
) -> DriftReport:
    """What of `current`, a table, has drifted from `reference`: one that was profiled or saved, or a table.

    A table is whatever `evenkeel.profile` takes. Of features whose drift matters it is told which level of one of the
    `segments` (columns of both tables) carries it; the reference is then a table as well. Where nothing has drifted, at
    most 0.7 % of comparisons find anything, however many features there are. Raises InvalidInputError for what is no
    table or no reference.

    >>> reference = profile({"language": ["en"] * 990 + ["de"] * 10})
    >>> report = compare(reference, {"language": ["en"] * 250 + ["es"] * 250})
    >>> report.status, report.drifted
    ('breach', ('language',))
    """
    known = _reference(reference)
    if not psi_limit > 0.0:
        raise InvalidInputError(f"psi_limit is {psi_limit}.", hint="It is a number above 0, e.g. 0.2.", seen=psi_limit)
    table = open_table(current)
    asked = _asked(known, columns)
    gone = tuple(name for name in asked if name not in table.columns)
    features: list[Feature] = []
    vectors: list[Embedding] = []
    skipped: dict[str, str] = {}
    here = [name for name in asked if name in table.columns]
    for name in here:
        try:
            if name in known.embeddings:
                reference_of = known.embeddings[name]
                vectors.append(
                    Embedding(name, reference_of, count_vectors(table.sample(name, VECTORS_MAX), reference_of))
                )
            else:
                features += _features(known, table, name, asked[name])
        except InvalidInputError as error:
            skipped[name] = str(error)
    found = judge_window(features, seeded(), psi_limit=psi_limit, embeddings=vectors)
    added = (
        ()
        if columns is not None
        else tuple(name for name in table.columns if name not in asked and name not in known.skipped)
    )
    carriers = _carriers(known, (_rows_of(reference), table), found, segments, psi_limit) if segments else {}
    left_out = known.skipped if columns is None else dict[str, str]()
    windows = {each.name: each.window for each in features}
    return DriftReport(known, table.rows, tuple(found), gone, added, skipped, carriers, left_out, windows)


def _rows_of(reference: object) -> Table:
    if isinstance(reference, Reference | TableProfile) or str(reference).endswith(".json"):
        message = "This reference is a profile, which holds no rows of segments."
        raise InvalidInputError(message, hint="Give the table that it was made of.", seen="a profile")
    return open_table(reference)


def _carriers(
    known: TableProfile,
    tables: tuple[Table, Table],
    found: Sequence[Finding],
    segments: Sequence[str],
    psi_limit: float,
) -> dict[str, tuple[Carrier, ...]]:
    from evenkeel.library.carrying import carriers_of  # loaded where segments are asked for

    names = [find_column(each, name) for name in segments for each in tables][::2]
    asked = [each.feature for each in found if each.material in (Material.WARNING, Material.BREACH)]
    asked = [name for name in asked if name in known.features]  # of vectors no segment is told
    told = {
        name: carriers_of(known, tables, name, [each for each in names if each != name], psi_limit) for name in asked
    }
    return {name: carriers for name, carriers in told.items() if carriers}


def _features(known: TableProfile, table: Table, column: str, names: Sequence[str]) -> list[Feature]:
    """The column itself, or what is derived of it, in the window."""
    references = {name: known.features[name] for name in names}
    if column in references:
        grid = references[column].grid
        return [Feature(column, references[column], count_column(table.read(column, grid.kind), grid))]
    from evenkeel.library.texts import count_texts  # loaded, as are its languages, where there is a text

    asked = {name: (known.derived[name], profiled.grid) for name, profiled in references.items()}
    counted = count_texts(table.sample(column, TEXTS_MAX), asked)
    return [Feature(name, references[name], counts) for name, counts in counted.items()]


def _reference(given: object) -> TableProfile:
    if isinstance(given, Reference):
        return given.table
    if isinstance(given, TableProfile):
        return given
    path = os.fspath(cast("str | os.PathLike[str]", given)) if isinstance(given, str | os.PathLike) else ""
    return Reference.load(path).table if path.endswith(".json") else profile(cast("object", given)).table


def _asked(known: TableProfile, columns: Collection[str] | None) -> dict[str, list[str]]:
    """Column -> the features that are told of it, of all columns or of those named, or of features named."""
    asked: dict[str, list[str]] = {}
    for feature in known.features:
        derived = known.derived.get(feature)
        column = feature if derived is None else derived.column
        if columns is None or column in columns or feature in columns:
            asked.setdefault(column, []).append(feature)
    asked |= {name: [name] for name in known.embeddings if columns is None or name in columns}
    for name in columns or ():
        if name not in asked and name not in known.features:
            raise _unknown(known, name)
    return asked


def _unknown(reference: TableProfile, name: str) -> InvalidInputError:
    hint = reference.skipped.get(name) or f"It has {', '.join(list(reference.features)[:20])}."
    return InvalidInputError(f"The reference has no feature {name!r}.", hint=hint, seen=name)
