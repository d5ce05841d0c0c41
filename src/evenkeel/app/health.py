"""How evenkeel itself is: what the health page, `doctor` and `/metrics` say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.app.configuration import Configuration
from evenkeel.app.drilling import drill_checks, live_workers
from evenkeel.app.folding import Folding
from evenkeel.app.gateway_standing import read_standing
from evenkeel.app.judging import Judging
from evenkeel.app.notices import Notice, read_notices
from evenkeel.app.running import is_running
from evenkeel.app.stores import Stores
from evenkeel.gateway.drill.model import DrillState
from evenkeel.gateway.reviews.service import Reviews
from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.kernel.errors import UnreadableError
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND, format_duration
from evenkeel.org.config.gateway_limits import StoreConfig
from evenkeel.store.journal.status import WriterStatus, load_status
from evenkeel.store.system import RealDisk
from evenkeel.ui.formats import bytes_, plural
from evenkeel.web.backlog import backlog_document, read_backlog
from evenkeel.web.health import Check, Health, Level

#: A journal whose oldest waiting frame is older than this is behind.
LAG_WARNING_S: Final = 30.0
#: Fold and judge go round every second; one that has not for this long stands still.
STILL_S: Final = 30.0
_RESTORE: Final = (
    "evenkeel's log says why. Restart evenkeel; if it stays so, put a backup in place with `evenkeel restore`."
)


@dataclass(frozen=True, slots=True)
class HealthSources:
    """What is asked."""

    stores: Stores
    folding: Folding
    judging: Judging
    engine: ObjectiveEngine
    configuration: Configuration
    pulled: Callable[[], list[Check]]  # sources outside
    notified: Callable[[], list[Check]] = list  # the way alerts take
    drilled: Callable[[], DrillState | None] = lambda: None
    ending: Callable[[], list[Check]] = list  # keys that end soon
    reviews: Reviews | None = None


def is_ready(sources: HealthSources) -> bool:
    """Whether pages and the gate show the present: fold and judge go round, and there was a first judgement."""
    rounds = (sources.folding.stepped_at_us, sources.judging.stepped_at_us)
    return sources.judging.has_judged and sources.stores.clock.now_us() - min(rounds) < STILL_S * US_PER_SECOND


def report_health(sources: HealthSources) -> Health:
    """Every check with its finding and what to do."""
    now_us = sources.stores.clock.now_us()
    return Health(
        checks=(
            *_journals(sources, now_us),
            _fold(sources, now_us),
            _judge(sources, now_us),
            _store(sources),
            _configuration(sources.configuration),
            *_workers(sources),
            *_prober(sources),
            *sources.pulled(),
            *sources.notified(),
            *_drill(sources),
            *_limit_store(sources),
            *_answer_store(sources),
            *sources.ending(),
            *_reviews(sources, now_us),
            *_features(sources, now_us),
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
                _waiting(writer, lag_s),
                "The fold is behind: see whether the disk or the CPU is the limit." if behind else "",
                {"backlog_rows": writer.backlog_rows, "lag_s": round(lag_s, 3), "bytes": writer.bytes_on_disk},
            )
        )
    return checks or [Check("journal", Level.OK, "No events have arrived yet.", "Connect a service.")]


def _waiting(writer: WriterStatus, lag_s: float) -> str:
    size = f"{plural(writer.segments, 'segments')} of {bytes_(writer.bytes_on_disk)}"
    damage = f"; {plural(writer.quarantined, 'pieces')} set aside as damaged" if writer.quarantined else ""
    if not writer.backlog_rows:
        return f"Nothing waits to be folded; {size}{damage}."
    waiting = f"{plural(writer.backlog_rows, 'events')} ({bytes_(writer.backlog_bytes)})"
    return f"{waiting} wait to be folded, the oldest for {format_duration(lag_s)}; {size}{damage}."


def _fold(sources: HealthSources, now_us: int) -> Check:
    folding = sources.folding
    still_s = (now_us - folding.stepped_at_us) / US_PER_SECOND
    age_s = (now_us - folding.folded_at_us) / US_PER_SECOND if folding.folded_at_us else None
    facts: dict[str, Any] = {"rows": folding.rows, "age_s": age_s, "still_s": still_s}
    rows = plural(folding.rows, "events")
    if still_s > STILL_S:
        finding = f"It has not gone round for {format_duration(still_s)}; {rows} since the start."
        todo = "evenkeel's log says why. What was acknowledged is safe in the journals."
        return Check("fold", Level.BREACH, finding, todo, facts)
    last = "Nothing folded since the start." if age_s is None else f"Last fold {format_duration(age_s)} ago."
    return Check("fold", Level.OK, f"{last} {rows} since the start.", "", facts)


def _judge(sources: HealthSources, now_us: int) -> Check:
    still_s = (now_us - sources.judging.stepped_at_us) / US_PER_SECOND
    looked_at = sources.engine.looked_at()
    facts: dict[str, Any] = {"services": len(looked_at), "still_s": still_s}
    if still_s > STILL_S:
        finding = f"It has not gone round for {format_duration(still_s)}: verdicts expire and read stale."
        return Check("judge", Level.BREACH, finding, "evenkeel's log says why.", facts)
    return Check("judge", Level.OK, f"{plural(len(looked_at), 'services')} judged.", "", facts)


def _store(sources: HealthSources) -> Check:
    try:
        usage = sources.stores.telemetry.usage()
    except UnreadableError as error:
        return Check("store", Level.BREACH, error.message, _RESTORE)
    free = RealDisk().free_bytes(str(sources.stores.home.root))
    low = free < 1 << 30
    return Check(
        "store",
        Level.WARNING if low else Level.OK,
        f"{plural(usage.events, 'events')}, {plural(usage.counter_rows, 'counter rows')} and "
        f"{plural(usage.sketch_rows, 'sketch rows')} in {bytes_(usage.bytes_on_disk)}; {bytes_(free)} are free.",
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
    home = sources.stores.home
    return [
        _worker(kind, notice)
        for kind, folder in (("intake", home.workers), ("gateway", home.gateways))
        for notice in read_notices(folder)
    ]


def _drill(sources: HealthSources) -> list[Check]:
    """Whether gateway workers are proven to obey."""
    state = sources.drilled()
    return [] if state is None else drill_checks(state, len(live_workers(sources.stores.home)))


def _reviews(sources: HealthSources, now_us: int) -> list[Check]:
    """Whether people come to what the guard holds for them."""
    if sources.reviews is None:
        return []
    backlog = read_backlog(sources.reviews, sources.configuration.current.gateway, now_us)
    if backlog is None:
        return []
    return [Check("reviews", Level(backlog.mood), backlog.sentence, backlog.todo, backlog_document(backlog) or {})]


def _features(sources: HealthSources, now_us: int) -> list[Check]:
    """Services that sent more features within a day than are counted."""
    telemetry = sources.stores.telemetry
    refused = {state.key: telemetry.refused_features(state.key) for state in telemetry.services()}
    return [
        Check(
            "features",
            Level.WARNING,
            f"{key} sends more features than are counted; the last that is not is {each.feature!r}.",
            "Features are columns, of which a service has up to 300: see whether names carry a value or an id.",
            {"service": str(key), "values": each.predictions},
        )
        for key, each in sorted(refused.items())
        if each is not None and now_us - each.last_at < US_PER_DAY
    ]


def _limit_store(sources: HealthSources) -> list[Check]:
    """Whether the store can be used in which machines keep their accounts of limits together."""
    home, configured = sources.stores.home, sources.configuration.current.gateway.store
    url = "" if configured is None else configured.url
    others = [each.writer for each in read_notices(home.gateways) if each.is_alive and each.store != url]
    if others:
        finding = f"{', '.join(others)} began with another store of limits than the one that is configured now."
        return [Check("store of limits", Level.WARNING, finding, "Restart evenkeel: workers keep to theirs.")]
    if configured is None:
        return []
    for file in sorted((home.limits / "shared").glob("store-g*.json")):
        with suppress(OSError, ValueError):
            said = json.loads(file.read_bytes())
            if said["trouble"]:
                return [Check("store of limits", Level.BREACH, str(said["trouble"]), _store_todo(configured))]
    policy = "requests pass uncounted" if configured.when_lost == "open" else "requests under a limit are refused"
    return [Check("store of limits", Level.OK, f"{url} is shared; when it is lost, {policy}.")]


def _store_todo(configured: StoreConfig) -> str:
    meanwhile = "pass uncounted" if configured.when_lost == "open" else "are refused"
    return (
        f"Requests under a limit {meanwhile} meanwhile. Look at the server; if what it lost is lost for good,"
        " `evenkeel gateway accept-loss` counts on from what it knows."
    )


def _answer_store(sources: HealthSources) -> list[Check]:
    """Whether the store can be used in which machines keep answers together."""
    configured = sources.configuration.current.gateway.cache_store
    if configured is None:
        return []
    workers = read_standing(sources.stores.home).alive
    apart = [each.name for each in workers if each.store is None or not each.store.is_up]
    if apart:
        finding = f"{', '.join(apart)}: {configured.url} cannot be used; what is asked there is asked upstream."
        todo = "Look at the server and the gateway's log; after a change of `cache_store`, restart evenkeel."
        return [Check("store of answers", Level.WARNING, finding, todo)]
    return [Check("store of answers", Level.OK, f"{configured.url} is shared.")] if workers else []


def _worker(kind: str, notice: Notice) -> Check:
    return Check(
        f"{kind} {notice.writer}",
        Level.OK if notice.is_alive else Level.WARNING,
        f"port {notice.port}, process {notice.pid}{'' if notice.is_alive else ' is gone'}.",
        "" if notice.is_alive else "Restart evenkeel; what was acknowledged is safe in the journal.",
        {"port": notice.port, "alive": notice.is_alive},
    )


def _prober(sources: HealthSources) -> list[Check]:
    """Whether somebody runs the probes, where there are any."""
    probes = sources.configuration.current.probes
    if not probes:
        return []
    count = plural(len(probes), "probes")
    try:
        prober: Mapping[str, Any] = json.loads(sources.stores.home.prober.read_bytes())
    except (FileNotFoundError, ValueError):
        finding = f"No prober runs here for {count}."
        return [Check("prober", Level.WARNING, finding, "`evenkeel up` starts one within seconds; its log says more.")]
    if is_running(prober):
        return [Check("prober", Level.OK, f"{count}, process {prober['pid']}.", "")]
    return [
        Check("prober", Level.WARNING, f"Process {prober['pid']} is gone: {count} are not run.", "Restart evenkeel.")
    ]
