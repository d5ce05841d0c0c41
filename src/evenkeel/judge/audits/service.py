"""The use cases around audits: which are due, one with its checklist, its signature, and the objective that asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from evenkeel.judge.audits.checks import Looked, gather_checks
from evenkeel.judge.audits.documents import audit_document, digest_of
from evenkeel.judge.audits.model import AUDITED, Month, SignOff, Standing, State, check_sign_off
from evenkeel.judge.audits.months import Facts, derive_standing, month_window, months_back
from evenkeel.judge.audits.records import Signed, load_signed, load_since, save_signed
from evenkeel.judge.objectives.assessing import Assessors, Occasion
from evenkeel.judge.objectives.model import JudgedService, Objective, WindowName
from evenkeel.judge.objectives.resolve import resolve_service
from evenkeel.kernel.errors import ConflictError, NotFoundError
from evenkeel.kernel.estimate import Estimate, Evidence
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import US_PER_DAY, Window, isoformat, to_us
from evenkeel.org.catalog.catalog import catalogue, find_refined
from evenkeel.org.config.model import Config
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey, ServiceState, Telemetry
from evenkeel.store.trail import trail

#: This month and the twelve before it are listed; counters tell of them (`retention.counters_hour`, 400 days).
LISTED: Final = 13
#: How the audit trail names a signature, and how many of a model are looked through: fifty years.
_SIGNED: Final = "model.audit.sign"
_SIGNATURES_MAX: Final = 600
_HOURS_PER_MONTH_MAX: Final = 31 * 24 + 1


def _tell_nothing(_: Audited, __: Window, ___: Objective, ____: Estimate) -> str:
    return ""


#: How much of the error budget of a month (a window) an objective has spent, in words: audits know nothing of SLOs.
Spent = Callable[["Audited", Window, Objective, Estimate], str]


@dataclass(frozen=True, slots=True)
class AuditsDependencies:
    """What audits stand on."""

    records: Records
    telemetry: Telemetry
    clock: Clock
    config: Callable[[], Config]
    assessors: Callable[[], Assessors]  # new ones each time: what they remember is not shared between threads
    spent: Spent = _tell_nothing


@dataclass(frozen=True, slots=True)
class Audited:
    """A model that is audited, and how its months stand, the newest first."""

    service: JudgedService
    state: ServiceState
    standings: tuple[Standing, ...]
    signed: Mapping[Month, Signed]


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit of one month: the document as it is now, or as it was signed."""

    standing: Standing
    document: Mapping[str, Any]
    digest: str
    signed: Signed | None


class Audits:
    """Safe to use from any thread: a transaction decides who signed first."""

    def __init__(self, given: AuditsDependencies) -> None:
        self._given = given
        with given.records.transaction() as connection:
            self._kept_since_us = load_since(connection, given.clock.now_us())

    def all(self) -> list[Audited]:
        """Every model that is audited, in the order of their names."""
        now_us = self._given.clock.now_us()
        return [self._audited(*each, now_us) for each in sorted(self._services(), key=lambda each: each[0].key)]

    def of(self, key: ServiceKey) -> Audited | None:
        """One, or None for a service that is no audited model."""
        found = next(iter(self._services(key)), None)
        return None if found is None else self._audited(*found, self._given.clock.now_us())

    def open(self, key: ServiceKey, month: Month) -> Audit:
        """A month's audit. Raises NotFoundError for no audited model, and for a month that is not listed or signed."""
        audited = self.of(key)
        if audited is None:
            hint = "Models of kind ml, llm or rag that are judged are audited; services.NAME.kind says what one is."
            raise NotFoundError(f"{key} is not audited.", hint=hint)
        signed = audited.signed.get(month)
        standing = next((each for each in audited.standings if each.month == month), None)
        if standing is None:
            listed = [str(each.month) for each in audited.standings]
            hint = f"Listed are {listed[-1]} to {listed[0]}, and what was signed." if listed else "None is listed."
            raise NotFoundError(f"There is no audit of {month} of {key}.", hint=hint)
        if signed is not None:
            return Audit(standing, signed.document, signed.digest, signed)
        document = self._document(audited, standing)
        return Audit(standing, document, digest_of(document), None)

    def sign(self, key: ServiceKey, month: Month, given: SignOff, actor: str) -> Audit:
        """Keep the document as it was looked at, with what somebody came to; nothing changes it later.

        Raises NotFoundError as `open` does; ConflictError for a month that is not over, that is signed, without
        traffic, or whose document is another one than was looked at; InvalidInputError as `check_sign_off` does.
        """
        audit = self.open(key, month)
        _check_open(key, audit)
        if audit.digest != given.digest:
            hint = "Look at it again, and sign with the digest that it has then."
            raise ConflictError(f"The audit of {month} of {key} has changed since it was looked at.", hint=hint)
        check_sign_off(given, tuple(audit.document["open"]))
        signed = Signed(
            month=month,
            document=audit.document,
            digest=audit.digest,
            conclusion=given.conclusion.value,
            comment=given.comment.strip(),
            acknowledged=given.acknowledged,
            signed_by=actor,
            signed_at_us=self._given.clock.now_us(),
        )
        with self._given.records.transaction() as connection:
            first = load_signed(connection, key).get(month)
            if first is not None:
                raise _signed_before(key, first)
            save_signed(connection, key, signed)
            change = trail.Change(actor, _SIGNED, str(key), None, signed.told, signed.comment)
            trail.record(connection, change, signed.signed_at_us)
        return self.open(key, month)

    def assessor(self, occasion: Occasion) -> AuditAssessor:
        """What answers for the objective of audits on an occasion."""
        return AuditAssessor(self.of(occasion.state.key), occasion)

    # --- inside

    def _load_signed(self, key: ServiceKey) -> dict[Month, Signed]:
        """The signed audits of a service, each with whether the trail, which cannot be changed unseen, says so too."""
        with self._given.records.transaction() as connection:
            found = load_signed(connection, key)
        if not found:
            return found
        rows = trail.concerning(self._given.records, str(key), action=_SIGNED, limit=_SIGNATURES_MAX)
        told = [(row["actor"], row["reason"], json.loads(row["after"] or "null")) for row in rows]
        return {
            month: replace(each, is_in_trail=(each.signed_by, each.comment, each.told) in told)
            for month, each in found.items()
        }

    def _services(self, key: ServiceKey | None = None) -> list[tuple[JudgedService, ServiceState]]:
        """Those that are audited, or the one: each look of an objective asks, and resolving all takes time."""
        states = [each for each in self._given.telemetry.services() if key in (None, each.key)]
        found = zip((resolve_service(each) for each in catalogue(states, self._given.config())), states, strict=True)
        return [(service, state) for service, state in found if service.judged and service.kind in AUDITED]

    def _audited(self, service: JudgedService, state: ServiceState, now_us: int) -> Audited:
        config = self._given.config()
        zone, due_days = config.org.timezone, config.audits.due_days
        counted_from_us = now_us - config.retention.counters_hour * US_PER_DAY
        signed = self._load_signed(service.key)
        standings: list[Standing] = []
        for month in sorted({*months_back(now_us, zone, LISTED), *signed}, reverse=True):
            window = month_window(month, zone)
            done = signed.get(month)
            told = "" if done is None else _told(done)
            is_over = done is None and state.first_at < window.end_us <= now_us
            has_traffic = is_over and self._has_traffic(state, window, counted_from_us)
            facts = Facts(state.first_at, self._since_us(config), has_traffic, told, zone)
            standings.append(derive_standing(month, window, facts, due_days, now_us))
        first = next((at for at, each in enumerate(standings) if each.window.end_us <= state.first_at), LISTED)
        kept = [each for at, each in enumerate(standings) if at < first or each.month in signed]
        return Audited(service, state, tuple(kept), signed)

    def _since_us(self, config: Config) -> int:
        if not config.audits.since:
            return self._kept_since_us
        return to_us(datetime.fromisoformat(config.audits.since).replace(tzinfo=ZoneInfo(config.org.timezone)))

    def _has_traffic(self, state: ServiceState, window: Window, counted_from_us: int) -> bool | None:
        """None where counters of the month are gone, and the model was heard from since it began."""
        rows = self._given.telemetry.minutes(state.key, window, step_minutes=60 * _HOURS_PER_MONTH_MAX)
        is_gone = window.start_us < counted_from_us and state.last_at >= window.start_us
        return any(row.requests > 0 for row in rows) or (None if is_gone else False)

    def _document(self, audited: Audited, standing: Standing) -> Mapping[str, Any]:
        given, config, key = self._given, self._given.config(), audited.service.key
        refined, now_us = find_refined(key, config), self._given.clock.now_us()
        window = standing.window
        looked = Looked(
            service=audited.service,
            state=audited.state,
            telemetry=given.telemetry,
            assessors=given.assessors(),
            window=Window(window.start_us, max(window.start_us, min(window.end_us, now_us))),
            now_us=now_us,
            timezone=config.org.timezone,
            events_from_us=(now_us // US_PER_DAY - config.retention.events) * US_PER_DAY,
            card=None if refined is None else refined.model_card,
            audits=config.audits,
            spent=lambda objective, estimate: given.spent(audited, window, objective, estimate),
        )
        spans = given.telemetry.version_spans(key)
        versions = [span.version for span in spans if span.first_at < window.end_us and span.last_at >= window.start_us]
        named = sorted({version for version in versions if version})
        return audit_document(audited.service, standing, gather_checks(looked), named, config.org.timezone)


class AuditAssessor:
    """Answers for months whose audit is or was due: of them, the share that is signed or still in time."""

    def __init__(self, audited: Audited | None, occasion: Occasion) -> None:
        standings = () if audited is None else audited.standings
        self._due = [each for each in standings[:LISTED] if each.state is not State.NOT_DUE]
        self._occasion = occasion

    def has_evidence(self, objective: Objective) -> bool:
        """Whether an audit was ever due."""
        del objective
        return bool(self._due)

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        """The share that is not overdue. It is counted, not estimated: its bounds are the value itself."""
        now_us, key = self._occasion.now_us, self._occasion.state.key
        start_us = min((each.window.start_us for each in self._due), default=now_us)
        given = self._occasion.circumstances(objective, name, Window(min(start_us, now_us), now_us))
        given = replace(
            given, evidence=Evidence(f"/audits?{urlencode({'service': str(key)})}", objective.definition.definition)
        )
        unknown = given.unknown(objective.unit, "counted")
        if not self._due:
            return unknown
        kept = sum(each.state is not State.OVERDUE for each in self._due) / len(self._due)
        return replace(
            unknown, value=kept, low=kept, high=kept, shown_low=kept, shown_high=kept, n=len(self._due),
            parts={"overdue": float(sum(each.state is State.OVERDUE for each in self._due))},
        )  # fmt: skip


def _check_open(key: ServiceKey, audit: Audit) -> None:
    standing = audit.standing
    if audit.signed is not None:
        raise _signed_before(key, audit.signed)
    if not standing.may_be_signed:
        raise ConflictError(f"The audit of {standing.month} of {key} cannot be signed.", hint=standing.says)


def _signed_before(key: ServiceKey, signed: Signed) -> ConflictError:
    fact = f"The audit of {signed.month} of {key} was signed by {signed.signed_by} at {isoformat(signed.signed_at_us)}."
    return ConflictError(fact, hint="The first signature stands.")


def _told(signed: Signed) -> str:
    day = isoformat(signed.signed_at_us)[:10]
    return f"{signed.conclusion.capitalize()} by {signed.signed_by} on {day}."
