"""The use cases around overrides of the gate: granted for a while with a reason, and revoked. Both are audited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import insert, select, update

from evenkeel.judge.slo.gate import Override
from evenkeel.judge.slo.records import gate_overrides, read_override
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.kernel.time import US_PER_SECOND, format_duration, isoformat
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail

#: An exception that lasts longer than a week is a different objective.
LASTS_MAX_S: Final = 7 * 86_400
REASON_MAX: Final = 500
LISTED_MAX: Final = 200


class Overrides:
    """Who may go ahead although the budget says no, and for how long."""

    def __init__(self, records: Records, clock: Clock, ids: Ids) -> None:
        self._records = records
        self._clock = clock
        self._ids = ids

    def grant(self, key: ServiceKey, *, reason: str, lasts_s: int, actor: str) -> Override:
        """Let changes of a service pass for `lasts_s` seconds. Raises InvalidInputError."""
        if not reason.strip() or len(reason) > REASON_MAX:
            raise InvalidInputError(
                "An override needs a reason of 1 to 500 characters.", hint="It is shown with every answer and audited."
            )
        if not 0 < lasts_s <= LASTS_MAX_S:
            raise InvalidInputError(
                f"An override cannot last {format_duration(lasts_s)}.", hint="Give up to 7d, e.g. --expires 4h."
            )
        now_us = self._clock.now_us()
        expires_us = now_us + lasts_s * US_PER_SECOND
        granted = Override(self._ids.new_id()[-12:], key, reason.strip(), actor, now_us, expires_us)
        with self._records.transaction() as connection:
            connection.execute(
                insert(gate_overrides).values(
                    id=granted.id,
                    environment=key.environment,
                    service=key.service,
                    reason=granted.reason,
                    granted_by=actor,
                    granted_at_us=now_us,
                    expires_at_us=expires_us,
                    revoked_by="",
                )
            )
            after = {"id": granted.id, "expires": isoformat(expires_us)}
            change = trail.Change(actor, "gate.override", str(key), after=after, reason=granted.reason)
            trail.record(connection, change, now_us)
        return granted

    def revoke(self, override_id: str, *, actor: str, reason: str = "") -> None:
        """End an override now. Raises NotFoundError, and ConflictError when it is over already."""
        now_us = self._clock.now_us()
        table = gate_overrides.c
        with self._records.transaction() as connection:
            row = connection.execute(select(gate_overrides).where(table.id == override_id)).mappings().first()
            if row is None:
                raise NotFoundError(f"There is no override {override_id[:40]!r}.", hint="`evenkeel gate overrides`.")
            if not read_override(row).is_active(now_us):
                raise ConflictError(f"The override {override_id} is over already.")
            values = {"revoked_at_us": now_us, "revoked_by": actor}
            connection.execute(update(gate_overrides).where(table.id == override_id).values(**values))
            target = f"{row['environment']}/{row['service']}"
            change = trail.Change(actor, "gate.revoke", target, before={"id": override_id}, reason=reason[:REASON_MAX])
            trail.record(connection, change, now_us)

    def active(self, key: ServiceKey) -> Override | None:
        """The override of a service that lasts longest from now, or None."""
        now_us = self._clock.now_us()
        table = gate_overrides.c
        of_service = (table.environment == key.environment) & (table.service == key.service)
        query = select(gate_overrides).where(of_service & (table.expires_at_us > now_us))
        with self._records.transaction() as connection:
            rows = connection.execute(query.order_by(table.expires_at_us.desc())).mappings().all()
        return next((found for found in map(read_override, rows) if found.is_active(now_us)), None)

    def list(self) -> Sequence[Override]:
        """The latest ones, newest first."""
        query = select(gate_overrides).order_by(gate_overrides.c.granted_at_us.desc()).limit(LISTED_MAX)
        with self._records.transaction() as connection:
            return [read_override(row) for row in connection.execute(query).mappings().all()]
