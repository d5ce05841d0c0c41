"""What the DuckDB adapter keeps in memory so that a fold and a judging pass need no query for it.

It is loaded when the store opens and changed only after a transaction has committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evenkeel.store.telemetry.feature_state import FeatureState
from evenkeel.store.telemetry.port import JournalOffset, ServiceKey, ServiceState, Thresholds

#: Series of one service; versions and models beyond this are counted together as OTHER.
SERIES_PER_SERVICE_MAX = 200
OTHER = "other"
KINDS_MAX = 32

Dimensions = tuple[str, str, str, str]  # environment, service, version, model


@dataclass(slots=True)
class StoreState:
    """Caches of the small tables."""

    series: dict[Dimensions, int] = field(default_factory=dict[Dimensions, int])
    by_service: dict[ServiceKey, list[int]] = field(default_factory=dict[ServiceKey, list[int]])
    services: dict[ServiceKey, ServiceState] = field(default_factory=dict[ServiceKey, ServiceState])
    routes: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    erased: set[int] = field(default_factory=set[int])
    offsets: dict[str, JournalOffset] = field(default_factory=dict[str, JournalOffset])
    meta: dict[str, int] = field(default_factory=dict[str, int])
    thresholds: Thresholds = field(default_factory=Thresholds)
    features: FeatureState = field(default_factory=FeatureState)

    @classmethod
    def load(cls, con: Any) -> StoreState:
        """Read the small tables."""
        state = cls()
        state.add_series(con.execute("SELECT environment, service, version, model, series FROM series").fetchall())
        for row in con.execute("SELECT * FROM services").fetchall():
            key = ServiceKey(row[0], row[1])
            state.services[key] = ServiceState(key, *row[2:8], kinds=frozenset(str(row[8]).split("\x1f")) - {""})
        state.routes.update(con.execute("SELECT environment, service, operation FROM ai_routes").fetchall())
        state.erased.update(row[0] for row in con.execute("SELECT caller FROM erased").fetchall())
        for writer, segment, position in con.execute("SELECT writer, segment, position FROM offsets").fetchall():
            state.offsets[writer] = JournalOffset(segment, position)
        state.meta.update(con.execute("SELECT key, value FROM meta").fetchall())
        state.features = FeatureState.load(con)
        return state

    def add_series(self, rows: Iterable[tuple[str, str, str, str, int]]) -> None:
        """Remember series: (environment, service, version, model, number)."""
        for environment, service, version, model, number in rows:
            self.series[(environment, service, version, model)] = number
            self.by_service.setdefault(ServiceKey(environment, service), []).append(number)

    def resolve(self, wanted: Iterable[Dimensions]) -> tuple[dict[Dimensions, int], dict[Dimensions, int]]:
        """(series of each of `wanted`, those that are new). Nothing is remembered yet.

        A service's versions and models beyond SERIES_PER_SERVICE_MAX share one series named `other`.
        """
        found: dict[Dimensions, int] = {}
        new: dict[Dimensions, int] = {}
        count = {key: len(numbers) for key, numbers in self.by_service.items()}
        for dims in wanted:
            known = self.series.get(dims)
            if known is None:
                key = ServiceKey(dims[0], dims[1])
                stored = dims if count.get(key, 0) < SERIES_PER_SERVICE_MAX else (dims[0], dims[1], OTHER, OTHER)
                known = self.series.get(stored, new.get(stored))
                if known is None:
                    known = new[stored] = len(self.series) + len(new)
                    count[key] = count.get(key, 0) + 1
            found[dims] = known
        return found, new

    def thresholds_of(self, series: Mapping[Dimensions, int]) -> list[tuple[int, float]]:
        """(series, threshold) pairs to count."""
        return [
            (number, threshold)
            for (environment, service, _, _), number in series.items()
            for threshold in self.thresholds.of(ServiceKey(environment, service))
        ]


def merge_service(
    old: ServiceState | None, key: ServiceKey, seen: Mapping[str, Any], *, folded: int, is_late: bool = False
) -> ServiceState:
    """The state of a service after a fold that saw `seen` (a row of `fold.SERVICES_SQL`)."""
    folded_late = folded if is_late else 0 if old is None else old.folded_late
    kinds = {str(kind) for kind in seen["kinds"] if kind}
    if old is None:
        first, last, arrived, beat, every = (
            seen["first_at"], seen["last_at"], seen["last_arrived_at"], seen["beat_at"], seen["beat_every_s"],
        )  # fmt: skip
        return ServiceState(key, first, last or first, arrived, beat, every, folded, _capped(kinds), folded_late)
    beats = [beat for beat in (old.last_heartbeat_at, seen["beat_at"]) if beat is not None]
    return ServiceState(
        key=key,
        first_at=min(old.first_at, seen["first_at"]),
        last_at=max(old.last_at, seen["last_at"] or 0),
        last_arrived_at=max(old.last_arrived_at, seen["last_arrived_at"]),
        last_heartbeat_at=max(beats, default=None),
        heartbeat_every_s=seen["beat_every_s"] if seen["beat_every_s"] is not None else old.heartbeat_every_s,
        folded=folded,
        kinds=_capped(kinds | old.kinds),
        folded_late=folded_late,
    )


def _capped(kinds: set[str]) -> frozenset[str]:
    return frozenset(sorted(kinds)[:KINDS_MAX])
