"""Features that are gone and are meant to be: no longer compared as long as no prediction carries them. Audited."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Column, String, Table, Text, delete, insert, select

from evenkeel.kernel.embedding import split_feature
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import isoformat
from evenkeel.store.records.engine import Records, metadata
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.trail import trail

drift_retired: Final = Table(
    "drift_retired",
    metadata,
    Column("environment", String(200), primary_key=True),
    Column("service", String(200), primary_key=True),
    Column("feature", String(200), primary_key=True),
    Column("retired_at_us", BigInteger, nullable=False),
    Column("author", String(200), nullable=False),
    Column("reason", Text, nullable=False),
)

REASON_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Retired:
    """Who retired a feature, when and why."""

    feature: str
    retired_at_us: int
    author: str
    reason: str

    def describe(self) -> str:
        """In words."""
        day = isoformat(self.retired_at_us)[:10]
        return f"no prediction carries it; retired by {self.author} on {day}: {self.reason}"


class RetiredFeatures:
    """Those of all services, in memory, as every judgement asks for them. Safe to use from any thread."""

    def __init__(self, records: Records, telemetry: Telemetry, clock: Clock) -> None:
        self._records = records
        self._telemetry = telemetry
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[ServiceKey, dict[str, Retired]] = {}
        with records.transaction() as connection:
            for row in connection.execute(select(drift_retired)).mappings():
                key = ServiceKey(row["environment"], row["service"])
                made = Retired(row["feature"], row["retired_at_us"], row["author"], row["reason"])
                self._held[key] = {**self._held.get(key, {}), made.feature: made}

    def of(self, key: ServiceKey) -> Mapping[str, Retired]:
        """The retired features of a service, by name."""
        with self._lock:
            return self._held.get(key, {})

    def retire(self, key: ServiceKey, feature: str, *, actor: str, reason: str) -> Retired:
        """From now on compare a feature only where a prediction carries it; its counts stay.

        Raises NotFoundError for a feature that is not counted, ConflictError for one that is retired already, and
        InvalidInputError without a reason.
        """
        if all(split_feature(grid.feature)[0] != feature for grid in self._telemetry.feature_grids(key)):
            raise NotFoundError(f"No feature {feature[:60]!r} of {key} is counted.", hint="The view Drift names them.")
        made = Retired(feature, self._clock.now_us(), actor, _reason(reason))
        with self._lock:
            if feature in self._held.get(key, {}):
                raise ConflictError(f"{feature} of {key} is retired already.", hint="Take it back first to change why.")
            values = {"environment": key.environment, "service": key.service, "feature": feature}
            with self._records.transaction() as connection:
                row = {**values, "retired_at_us": made.retired_at_us, "author": actor, "reason": made.reason}
                connection.execute(insert(drift_retired).values(**row))
                told = {"feature": feature}
                change = trail.Change(actor, "drift.feature.retire", str(key), None, told, made.reason)
                trail.record(connection, change, made.retired_at_us)
            self._held[key] = {**self._held.get(key, {}), feature: made}
        return made

    def take_back(self, key: ServiceKey, feature: str, *, actor: str, reason: str) -> None:
        """Compare it again, wherever. Raises NotFoundError for a feature that is not retired."""
        with self._lock:
            if feature not in self._held.get(key, {}):
                raise NotFoundError(
                    f"{feature[:60]} of {key} is not retired.", hint="The view Drift names those that are."
                )
            with self._records.transaction() as connection:
                connection.execute(
                    delete(drift_retired).where(
                        drift_retired.c.environment == key.environment,
                        drift_retired.c.service == key.service,
                        drift_retired.c.feature == feature,
                    )
                )
                told = {"feature": feature}
                change = trail.Change(actor, "drift.feature.take_back", str(key), told, None, _reason(reason))
                trail.record(connection, change, self._clock.now_us())
            self._held[key] = {name: each for name, each in self._held[key].items() if name != feature}


def _reason(given: str) -> str:
    reason = given.strip()
    if not reason or len(reason) > REASON_MAX:
        raise InvalidInputError(
            f"To retire a feature takes a reason of 1 to {REASON_MAX} characters.",
            hint="It ends that the feature is judged; the reason is shown beside it and audited.",
        )
    return reason
