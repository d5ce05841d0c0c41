"""The calendar on real records: how much it holds."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import insert

from evenkeel.kernel.errors import ConflictError
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR
from evenkeel.org.calendar.model import Entry, EntryKind
from evenkeel.org.calendar.records import calendar_entries
from evenkeel.org.calendar.service import AGE_MAX_US, ENTRIES_MAX, Calendar, NewEntry
from evenkeel.store.records.engine import Records
from evenkeel.store.system import SystemIds
from evenkeel.testing.clock import SimClock

NOW_US = 20_000 * US_PER_DAY


@pytest.mark.parametrize(("age_us", "is_full"), [(AGE_MAX_US + US_PER_DAY, False), (US_PER_DAY, True)])
def test_entries_too_old_to_matter_do_not_fill_it(tmp_path: Path, age_us: int, is_full: bool) -> None:
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    at_us = NOW_US - age_us
    rows = [
        asdict(Entry(str(n), EntryKind.MAINTENANCE, "", "", at_us, at_us + US_PER_HOUR, "old", "jo", at_us))
        | {"kind": "maintenance"}
        for n in range(ENTRIES_MAX)
    ]
    with records.transaction() as connection:
        connection.execute(insert(calendar_entries), rows)
    calendar = Calendar(records, SimClock(NOW_US), SystemIds())
    asked = NewEntry(NOW_US, NOW_US + US_PER_HOUR, "new disks")
    if is_full:
        with pytest.raises(ConflictError):
            calendar.add(asked, actor="jo")
    else:
        assert calendar.add(asked, actor="jo").reason == "new disks"
    records.close()
