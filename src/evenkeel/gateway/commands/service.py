"""The use cases around live edits: performed, audited, published, undone (SPEC GW-3)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, delete, insert

from evenkeel.gateway.commands.configured import configured_gateway, publish_gateway, publish_purge
from evenkeel.gateway.commands.model import Command, Effective, Own, PurgeCache
from evenkeel.gateway.commands.overlaying import command_for, hash_of, lay_over, place_of, value_of
from evenkeel.gateway.commands.records import (
    Change,
    Overlay,
    gateway_changes,
    gateway_overlays,
    load_changes,
    load_overlays,
)
from evenkeel.gateway.commands.rules import apply, check_purge
from evenkeel.kernel.errors import ConflictError, NotFoundError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.org.config.gateway import GatewayConfig
from evenkeel.org.config.model import Config
from evenkeel.store.records.engine import Records
from evenkeel.store.trail import trail

#: Who is named where the configuration took back what was edited live.
CONFIGURATION: Final = "configuration"
#: The field of a purge in the history, and what stands for all environments or services there.
PURGE: Final = "purge"
ALL: Final = "*"
_HISTORY_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Edit:
    """What a change makes of a field."""

    target: str
    field: str
    before: Any
    after: Any
    reason: str


class Gateway:
    """What is in force at the gateway. Safe to use from any thread: one edit at a time."""

    def __init__(
        self,
        records: Records,
        clock: Clock,
        ids: Ids,
        table: Path,
        pseudonym_of: Callable[[str], int] | None = None,  # of a user; None: limits name pseudonyms
    ) -> None:
        self._records = records
        self._clock = clock
        self._ids = ids
        self._table = table
        self._pseudonym_of = pseudonym_of
        self._lock = threading.Lock()
        self._config: Config | None = None
        self._effective = Effective()
        self._own = Own()

    @property
    def effective(self) -> Effective:
        """What workers go by."""
        return self._effective

    @property
    def configured(self) -> GatewayConfig:
        """What stands in the configuration in force: guards, caches and model rules are not edited live."""
        return GatewayConfig() if self._config is None else self._config.gateway

    def configure(self, config: Config) -> None:
        """Put a configuration in force, with the live edits that it does not overrule; those it does are history."""
        with self._lock:
            configured = configured_gateway(config, self._pseudonym_of)
            now_us = self._clock.now_us()
            with self._records.transaction() as connection:
                effective, over = lay_over(configured, load_overlays(connection))
                for overlay in over:
                    now = value_of(configured, overlay.target, overlay.field)
                    edit = _Edit(overlay.target, overlay.field, overlay.value, now, "its configured value changed")
                    self._write(connection, edit, CONFIGURATION, now_us)
                    _remove(connection, overlay.target, overlay.field)
            self._config, self._effective = config, effective
            self._publish(now_us)

    def perform(self, command: Command, *, actor: str) -> Change | None:
        """Change what is in force; None when it stood so already. Workers obey within a second.

        Raises NotFoundError, InvalidInputError, and ConflictError before there is a configuration.
        """
        with self._lock:
            config = self._config
            if config is None:
                raise ConflictError("The gateway is not configured yet.", hint="Try again in a moment.")
            now_us = self._clock.now_us()
            effective = apply(self._effective, command, actor=actor, now_us=now_us)
            if effective is self._effective:
                return None
            target, field = place_of(command)
            before, after = (value_of(each, target, field) for each in (self._effective, effective))
            configured = value_of(configured_gateway(config, self._pseudonym_of), target, field)
            with self._records.transaction() as connection:
                edit = _Edit(target, field, before, after, command.reason.strip())
                change = self._write(connection, edit, actor, now_us)
                _remove(connection, target, field)
                if after != configured:  # else the configuration says the same
                    overlay = Overlay(target, field, after, hash_of(configured), change.id)
                    _insert(connection, overlay)
            self._effective = effective
            self._publish(now_us)
            return change

    def purge(self, command: PurgeCache, *, actor: str) -> Change:
        """Let workers remove kept answers, within a second; the history says of a user only that it was one.

        Raises NotFoundError for what no route has, and ConflictError before there is a configuration.
        """
        with self._lock:
            if self._config is None:
                raise ConflictError("The gateway is not configured yet.", hint="Try again in a moment.")
            check_purge(self._effective, command)
            now_us = self._clock.now_us()
            target = f"{command.environment or ALL}/{command.service or ALL}"
            what = {"version": command.version or ALL, "user": ALL if command.users is None else "one"}
            with self._records.transaction() as connection:
                change = self._write(
                    connection, _Edit(target, PURGE, None, what, command.reason.strip()), actor, now_us
                )
                publish_purge(self._table, command, now_us)  # before the record is kept: without it, nothing is said
            return change

    def forget(self, users: Sequence[int]) -> None:
        """Let workers remove what may have been answered to a person, by all its pseudonyms; of no history."""
        with self._lock:
            publish_purge(self._table, PurgeCache(users=tuple(users)), self._clock.now_us())

    def lend(self, own: Own) -> None:
        """Publish routes of evenkeel's own beside those of the users, instead of those that were lent before."""
        with self._lock:
            self._own = own
            self._publish(self._clock.now_us())

    def rehearse(self, command: Command, *, actor: str) -> None:
        """Perform a command on evenkeel's own routes, as users' commands are: same rules, same table, no history."""
        with self._lock:
            now_us = self._clock.now_us()
            self._own = replace(self._own, effective=apply(self._own.effective, command, actor=actor, now_us=now_us))
            self._publish(now_us)

    def undo(self, change_id: str, *, actor: str, reason: str = "") -> Change | None:
        """Make a field stand as before its latest change. Raises ConflictError for a change that is not the latest."""
        changes = self.history(limit=_HISTORY_MAX)
        found = next((change for change in changes if change.id == change_id), None)
        if found is None:
            raise NotFoundError(
                f"There is no change {change_id[:40]!r}.", hint="`evenkeel gateway history` lists them."
            )
        if found.field == PURGE:
            raise ConflictError("What was purged is gone.", hint="Answers are kept anew as they come.")
        latest = next(each for each in changes if (each.target, each.field) == (found.target, found.field))
        if latest.id != change_id:
            fact = f"{found.field} of {found.target} was changed again, by {latest.actor} as {latest.id}."
            raise ConflictError(fact, hint="Undo that one first.")
        why = reason.strip() or f"undo of {change_id}"
        return self.perform(command_for(found.target, found.field, found.before, why), actor=actor)

    def history(self, target: str = "", limit: int = 100) -> Sequence[Change]:
        """The latest changes, newest first."""
        with self._records.transaction() as connection:
            return load_changes(connection, target, min(limit, _HISTORY_MAX))

    def _publish(self, now_us: int) -> None:
        if self._config is not None:
            publish_gateway(self._table, self._config, now_us, self._effective, self._own)

    def _write(self, connection: Connection, edit: _Edit, actor: str, now_us: int) -> Change:
        change = Change(
            self._ids.new_id(), now_us, actor, edit.target, edit.field, edit.before, edit.after, edit.reason
        )
        connection.execute(
            insert(gateway_changes).values(
                id=change.id,
                at_us=now_us,
                actor=actor,
                target=edit.target,
                field=edit.field,
                before=json.dumps(edit.before),
                after=json.dumps(edit.after),
                reason=edit.reason,
            )
        )
        audited = trail.Change(
            actor,
            f"gateway.{edit.field}",
            edit.target,
            before={edit.field: edit.before},
            after={edit.field: edit.after},
            reason=edit.reason,
        )
        trail.record(connection, audited, now_us)
        return change


def _remove(connection: Connection, target: str, field: str) -> None:
    here = (gateway_overlays.c.target == target) & (gateway_overlays.c.field == field)
    connection.execute(delete(gateway_overlays).where(here))


def _insert(connection: Connection, overlay: Overlay) -> None:
    connection.execute(
        insert(gateway_overlays).values(
            target=overlay.target,
            field=overlay.field,
            value=json.dumps(overlay.value),
            configured=overlay.configured,
            change_id=overlay.change_id,
        )
    )
