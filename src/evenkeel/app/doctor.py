"""`evenkeel doctor`: journal, offsets, counters against events, audit trail; says what to do."""

from __future__ import annotations

from evenkeel.app.stores import Stores
from evenkeel.kernel.time import US_PER_DAY, Window, isoformat
from evenkeel.store.journal.status import load_status
from evenkeel.store.system import RealDisk
from evenkeel.store.trail import trail
from evenkeel.web.health import Check, Level


def examine(stores: Stores, events_days: int) -> list[Check]:
    """What only a thorough look finds; takes seconds, not milliseconds. Events are kept `events_days`."""
    return [*_journals(stores), _offsets(stores), _counters(stores, events_days), _trail(stores)]


def _journals(stores: Stores) -> list[Check]:
    checks: list[Check] = []
    for writer in load_status(RealDisk(), str(stores.home.journal), stores.telemetry.offsets()):
        bad = writer.quarantined > 0
        checks.append(
            Check(
                f"journal {writer.writer} frames",
                Level.WARNING if bad else Level.OK,
                f"{writer.quarantined} pieces of {writer.quarantined_bytes:,} bytes were set aside as damaged."
                if bad
                else "Nothing is set aside as damaged.",
                f"They lie in {stores.home.journal / writer.writer}; keep them with the report of the disk, then"
                " remove them."
                if bad
                else "",
                {"quarantined": writer.quarantined},
            )
        )
    return checks


def _offsets(stores: Stores) -> Check:
    """Every folded position must lie in a journal that is there, or before it."""
    known = {writer.writer for writer in load_status(RealDisk(), str(stores.home.journal), {})}
    lost = sorted(stores.telemetry.offsets().keys() - known)
    if lost:
        return Check(
            "offsets",
            Level.WARNING,
            f"Folded positions of journals that are gone: {', '.join(lost)}.",
            "Harmless if these workers were removed on purpose; else restore the journal folder.",
        )
    return Check("offsets", Level.OK, f"{len(stores.telemetry.offsets())} journals, all of them present.")


def _counters(stores: Stores, events_days: int) -> Check:
    now_us = stores.clock.now_us()
    days = max(1, events_days - 1)  # on its last day some events of a minute may be gone already
    wrong = stores.telemetry.verify(Window(now_us - days * US_PER_DAY, now_us + US_PER_DAY))
    if wrong:
        first = wrong[0]
        return Check(
            "counters",
            Level.BREACH,
            f"{len(wrong)} counters are not the sum of their events; first: {first.key} at {isoformat(first.at)},"
            f" {first.measure} {first.counter:g} instead of {first.events:g}.",
            "Report this: it should be impossible. Restore the last good backup meanwhile.",
            {"discrepancies": len(wrong)},
        )
    return Check("counters", Level.OK, f"Every counter of the last {days} days is the sum of its events.")


def _trail(stores: Stores) -> Check:
    report = trail.verify(stores.records)
    if report.broken_at is not None:
        return Check(
            "audit trail",
            Level.BREACH,
            f"The chain breaks: {report.why}.",
            "Somebody changed the database. Compare with a backup before anything else.",
            {"broken_at": report.broken_at},
        )
    return Check("audit trail", Level.OK, f"The chain of {report.rows} rows holds.", "", {"rows": report.rows})
