"""How evenkeel itself is: what the health page, `doctor` and `/metrics` say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evenkeel.app.configuration import Configuration
from evenkeel.app.folding import Folding
from evenkeel.app.stores import Stores
from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.journal.status import load_status
from evenkeel.store.system import RealDisk
from evenkeel.web.health import Check, Health, Level

#: A journal whose oldest waiting frame is older than this is behind.
LAG_WARNING_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class HealthSources:
    """What is asked."""

    stores: Stores
    folding: Folding
    engine: ObjectiveEngine
    configuration: Configuration


def report_health(sources: HealthSources) -> Health:
    """Every check with its finding and what to do."""
    now_us = sources.stores.clock.now_us()
    return Health(
        checks=(
            *_journals(sources, now_us),
            _fold(sources, now_us),
            _store(sources),
            _configuration(sources.configuration),
            *_workers(sources),
            *(
                Check("journal", Level.WARNING, message, "Look at the file it names.")
                for message in sources.folding.findings
            ),
        ),
        folded_rows=sources.folding.rows,
    )


def _journals(sources: HealthSources, now_us: int) -> list[Check]:
    home, telemetry = sources.stores.home, sources.stores.telemetry
    checks: list[Check] = []
    for writer in load_status(RealDisk(), str(home.journal), telemetry.offsets()):
        lag_s = 0.0 if writer.oldest_at_us is None else max(0.0, (now_us - writer.oldest_at_us) / US_PER_SECOND)
        behind = lag_s > LAG_WARNING_S
        checks.append(
            Check(
                f"journal {writer.writer}",
                Level.WARNING if behind or writer.quarantined else Level.OK,
                f"{writer.backlog_rows:,} events wait ({writer.backlog_bytes:,} bytes), the oldest for {lag_s:.1f} s"
                f"; {writer.segments} segments, {writer.bytes_on_disk:,} bytes; {writer.quarantined} set aside.",
                "The fold is behind: see whether the disk or the CPU is the limit." if behind else "",
                {"backlog_rows": writer.backlog_rows, "lag_s": round(lag_s, 3), "bytes": writer.bytes_on_disk},
            )
        )
    return checks or [Check("journal", Level.OK, "No events have arrived yet.", "Connect a service.")]


def _fold(sources: HealthSources, now_us: int) -> Check:
    folded_at_us = sources.folding.folded_at_us
    age_s = (now_us - folded_at_us) / US_PER_SECOND if folded_at_us else None
    text = "Nothing folded since the start." if age_s is None else f"Last fold {age_s:.1f} s ago."
    facts: dict[str, Any] = {"rows": sources.folding.rows, "age_s": age_s}
    return Check("fold", Level.OK, f"{text} {sources.folding.rows:,} events since the start.", "", facts)


def _store(sources: HealthSources) -> Check:
    usage = sources.stores.telemetry.usage()
    free = RealDisk().free_bytes(str(sources.stores.home.root))
    low = free < 1 << 30
    return Check(
        "store",
        Level.WARNING if low else Level.OK,
        f"{usage.events:,} events, {usage.counter_rows:,} counter rows, {usage.sketch_rows:,} sketch rows in "
        f"{usage.bytes_on_disk:,} bytes; {free:,} bytes are free.",
        "Make room, or lower the retention: below 64 MB the intake refuses events." if low else "",
        {"events": usage.events, "bytes": usage.bytes_on_disk, "free_bytes": free},
    )


def _configuration(configuration: Configuration) -> Check:
    problems = configuration.problems
    if not problems:
        return Check("configuration", Level.OK, "In force as written.")
    listed = "; ".join(map(str, problems[:5]))
    return Check(
        "configuration",
        Level.WARNING,
        f"{len(problems)} problems, the last good one stays in force: {listed}",
        "Run `evenkeel check` and mend the file.",
    )


def _workers(sources: HealthSources) -> list[Check]:
    checks: list[Check] = []
    for file in sorted(sources.stores.home.workers.glob("*.json")):
        worker: Mapping[str, Any] = json.loads(file.read_bytes())
        alive = is_running(int(worker["pid"]))
        checks.append(
            Check(
                f"intake {worker['writer']}",
                Level.OK if alive else Level.WARNING,
                f"port {worker['port']}, process {worker['pid']}{'' if alive else ' is gone'}.",
                "" if alive else "Restart evenkeel; what was acknowledged is safe in the journal.",
                {"port": worker["port"], "alive": alive},
            )
        )
    return checks


def is_running(pid: int) -> bool:
    """Whether a process of this number exists."""
    return Path(f"/proc/{pid}").exists()
