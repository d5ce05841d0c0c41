"""`evenkeel doctor`: journal, offsets, counters against events, audit trail; says what to do."""

from __future__ import annotations

from evenkeel.app.stores import Stores
from evenkeel.kernel.time import US_PER_DAY, Window, isoformat
from evenkeel.store.journal.layout import list_segments, segment_name
from evenkeel.store.journal.status import load_status
from evenkeel.store.system import RealDisk
from evenkeel.store.telemetry.port import JournalOffset
from evenkeel.store.trail import trail
from evenkeel.ui.formats import plural
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
    offsets = stores.telemetry.offsets()
    wrong = [text for writer, offset in sorted(offsets.items()) if (text := _beyond(stores, writer, offset))]
    if wrong:
        return Check(
            "offsets",
            Level.WARNING,
            f"More was folded than the journals hold: {'; '.join(wrong)}.",
            "What was folded is in the store. Harmless if these files were removed on purpose, e.g. with a worker;"
            " else somebody cut or replaced them: restore the journal folder, and look at the disk.",
            {"journals": len(wrong)},
        )
    return Check("offsets", Level.OK, f"{plural(len(offsets), 'journals')}, none of them shorter than what was folded.")


def _beyond(stores: Stores, writer: str, offset: JournalOffset) -> str:
    """What a journal lacks of what was folded from it, or nothing."""
    disk, directory = RealDisk(), f"{stores.home.journal}/{writer}"
    segments = list_segments(disk, directory)
    if not segments:
        return f"{writer} is gone"
    newest = segments[-1]
    if offset.segment > newest and offset != JournalOffset(newest + 1, 0):
        return f"{writer} was folded up to segment {offset.segment} and ends with segment {newest}"
    size = disk.size(f"{directory}/{segment_name(offset.segment)}") if offset.segment in segments else offset.position
    if offset.position > size:
        return f"segment {offset.segment} of {writer} was folded up to byte {offset.position:,} and has {size:,}"
    return ""


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
