"""What the DuckDB adapter keeps in memory of features, so that a fold needs no query for it.

Like `state.StoreState` it is changed only after a transaction has committed; readers see the whole of a change, because
a service's mapping is replaced and never changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evenkeel.kernel.profile.document import grid_from_json
from evenkeel.store.telemetry.feature_port import FeatureChanges, FeatureGrid, RefusedFeatures, WaitingFeature
from evenkeel.store.telemetry.port import ServiceKey

#: Features of one service that are counted or wait; each costs memory, and rows in every hour.
FEATURES_MAX = 300
#: Characters of a feature's or a number's name.
NAME_MAX = 200
#: Days of a service whose changes are told apart; beyond, all of them count as changed.
DAYS_MAX = 500
#: Names of evaluators' numbers of one service.
NUMBERS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class StoredGrid:
    """A grid with its number in the tables, and the hour from which on its counts are whole."""

    number: int
    made: FeatureGrid
    counted_from: int


@dataclass(slots=True)
class FeatureState:
    """Caches of the small tables."""

    grids: dict[ServiceKey, Mapping[str, StoredGrid]] = field(
        default_factory=dict[ServiceKey, Mapping[str, StoredGrid]]
    )
    waiting: dict[ServiceKey, Mapping[str, WaitingFeature]] = field(
        default_factory=dict[ServiceKey, Mapping[str, WaitingFeature]]
    )
    refused: dict[ServiceKey, RefusedFeatures] = field(default_factory=dict[ServiceKey, RefusedFeatures])
    names: dict[ServiceKey, set[str]] = field(default_factory=dict[ServiceKey, set[str]])
    last_number: int = 0
    changes: dict[ServiceKey, FeatureChanges] = field(default_factory=dict[ServiceKey, FeatureChanges])
    last_change: int = 0

    @classmethod
    def load(cls, con: Any) -> FeatureState:
        """Read the small tables."""
        state = cls()
        rows = con.execute(
            "SELECT grid, environment, service, feature, document, made_at, origin, counted_from FROM grids"
            " QUALIFY row_number() OVER (PARTITION BY environment, service, feature ORDER BY grid DESC) = 1"
        ).fetchall()
        state.add_grids(
            StoredGrid(
                number,
                FeatureGrid(ServiceKey(environment, service), name, grid_from_json(json.loads(text)), made_at, origin),
                counted_from,
            )
            for number, environment, service, name, text, made_at, origin, counted_from in rows
        )
        for environment, service, *rest in con.execute("SELECT * FROM waiting_features ORDER BY ALL").fetchall():
            state.set_waiting(ServiceKey(environment, service), [WaitingFeature(*rest)])
        for environment, service, *rest in con.execute("SELECT * FROM refused_features").fetchall():
            state.refused[ServiceKey(environment, service)] = RefusedFeatures(*rest)
        for environment, service, name in con.execute(
            "SELECT DISTINCT environment, service, name FROM numbers_day JOIN series USING (series)"
        ).fetchall():
            state.names.setdefault(ServiceKey(environment, service), set()).add(name)
        return state

    def add_grids(self, grids: Iterable[StoredGrid]) -> None:
        """Remember the newest grids of their features, which wait no longer."""
        for grid in grids:
            key = grid.made.key
            self.grids[key] = {**self.grids.get(key, {}), grid.made.feature: grid}
            waiting = dict(self.waiting.get(key, {}))
            if waiting.pop(grid.made.feature, None) is not None:
                self.waiting[key] = waiting
            self.last_number = max(self.last_number, grid.number)
            self.note_days(key, ())

    def note_days(self, key: ServiceKey, days: Iterable[int]) -> None:
        """The counts of a service have changed, on these days (UTC, by their start); on all where none is named."""
        self.last_change += 1
        changed = dict.fromkeys(days, self.last_change)
        known = self.changes.get(key, FeatureChanges())
        merged = {**known.days, **changed}
        if not changed or len(merged) > DAYS_MAX:
            self.changes[key] = FeatureChanges(self.last_change)
        else:
            self.changes[key] = FeatureChanges(known.whole, merged)

    def note_all(self) -> None:
        """The counts of all services may have changed."""
        for key in self.grids:
            self.note_days(key, ())

    def set_waiting(self, key: ServiceKey, features: Iterable[WaitingFeature]) -> None:
        """Remember how far features that have no grid are."""
        self.waiting[key] = {**self.waiting.get(key, {}), **{each.feature: each for each in features}}
