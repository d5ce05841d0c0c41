"""Composition root of the control process: `python -m evenkeel.app.control --home DIR --port 4180`.

It owns the home's stores, folds, judges and serves the UI and the API. It never parses telemetry.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import secrets
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import uvicorn
import uvloop
from starlette.applications import Starlette

from evenkeel.act.alerts.service import Alerts, AlertsDependencies
from evenkeel.app.auditing import make_audits
from evenkeel.app.configuration import Configuration
from evenkeel.app.control_site import create_control_site
from evenkeel.app.drilling import self_drill
from evenkeel.app.folding import Folding
from evenkeel.app.home import Home
from evenkeel.app.judging import Judging, JudgingDependencies
from evenkeel.app.notifying import Notifying
from evenkeel.app.own_events import OwnEvents
from evenkeel.app.parent import end_with_parent, tell_ready, telling_failure
from evenkeel.app.privacy import Receipt, erase_person
from evenkeel.app.pulling import Pulling
from evenkeel.app.running import own_identity
from evenkeel.app.secrets import own_secrets
from evenkeel.app.serving import OrderlyServer, listen
from evenkeel.app.stores import Stores
from evenkeel.gateway.commands.service import Gateway
from evenkeel.gateway.holds.files import HoldFiles
from evenkeel.gateway.reviews.service import Reviews
from evenkeel.judge.drift.references import DriftReferences
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.evaluations.service import Evaluations, EvaluationsDependencies
from evenkeel.judge.golden.service import GoldenSets
from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.model_judges.configured import configured_judges
from evenkeel.judge.model_judges.service import ModelJudges, ModelJudgesDependencies
from evenkeel.judge.objectives.assessors import all_assessors
from evenkeel.judge.objectives.drift import drift_limits
from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.judge.slo.budget_reader import ReaderDependencies
from evenkeel.judge.slo.engine import SloEngine
from evenkeel.judge.slo.probed import Pace
from evenkeel.judge.slo.reading import SloReader, known_cadence_s
from evenkeel.judge.slo.sampled_reader import SampledSloReader
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.observe.privacy.pseudonyms import open_pseudonyms
from evenkeel.org.access.signin import SignIn
from evenkeel.org.approvals.service import Approvals
from evenkeel.org.calendar.service import Calendar
from evenkeel.store.system import RealDisk
from evenkeel.store.tables import publish
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.live import Live

log = logging.getLogger(__name__)

FOLD_EVERY_S = 0.5
JUDGE_EVERY_S = 1.0
UPKEEP_EVERY_S = 60.0
TRY_PATH_EVERY_S = 10.0
WATCHER_EVERY_S = 1.0
DRILL_LOOK_EVERY_S = 1.0  # whether one is due
REVIEW_EVERY_S = 1.0
JUDGES_EVERY_S = 1.0  # whether a run of a model that judges is due, or asked for
PULL_EVERY_S = 5.0  # what is due is asked; each source has its own pace


class Control:
    """The background work and the site."""

    def __init__(self, stores: Stores) -> None:
        home, clock = stores.home, stores.clock
        self.stores = stores
        self._stop = threading.Event()
        self.live = Live()
        self.configuration = Configuration(home.configuration)
        self.drift_references = DriftReferences(stores.records, stores.telemetry, clock, stores.ids)
        self.drift = DriftJudge(
            stores.telemetry,
            self.drift_references.of,
            self.drift_references.retired.of,
            lambda key: drift_limits(self.engine.objectives(key)),
        )
        self.audits = make_audits(stores, self.configuration, self.drift)
        assessors = {**all_assessors(self.drift, stores.records), Reads.AUDITS: self.audits.assessor}
        timezone = self.configuration.current.org.timezone
        self.engine = ObjectiveEngine(stores.telemetry, timezone=timezone, assessors=assessors)
        self.pulling = Pulling.of(stores, self.configuration, lambda: self.slos.slos())  # noqa: PLW0108 made below
        self.slos = SloEngine(stores.telemetry, self.pulling.read)
        self.calendar = Calendar(stores.records, clock, stores.ids)
        pseudonyms = open_pseudonyms(home.secrets, clock.now_us())  # a new key is for the next start, as in workers
        self.gateway = Gateway(stores.records, clock, stores.ids, home.routes, pseudonyms.of)
        self.drill = self_drill(stores, self.gateway, lambda: self.configuration.current.gateway.drill)
        files = HoldFiles(home.holds, RealDisk())
        self.reviews = Reviews(Approvals(stores.records, clock), files, clock, self.live.tell)
        self.own_events = OwnEvents(RealDisk(), stores.home.journal, clock)
        self.evaluations = self._make_evaluations()
        self.judges = self._make_judges()
        self.golden = GoldenSets(stores.records, clock, self._keeps_content)
        self.reader = self._read_slos()
        self.folding = Folding(stores.telemetry, RealDisk(), str(home.journal), clock)
        self.url = ""  # known once it serves
        self.notifying = Notifying.of(stores, self.configuration, lambda: self.url, self._rounds)
        self.alerts = self._make_alerts()
        self.sign_in = SignIn(stores.records, clock, stores.ids)
        self.token = secrets.token_urlsafe(32)
        self.judging = self._make_judging()
        self._threads: list[threading.Thread] = []
        self._retained_on = 0
        stores.keys.publish()

    def _make_alerts(self) -> Alerts:
        stores = self.stores
        return Alerts(
            AlertsDependencies(
                records=stores.records,
                clock=stores.clock,
                ids=stores.ids,
                enqueue=self.notifying.tell,
                in_maintenance=self.calendar.in_maintenance,
                is_shadow=lambda: self.configuration.current.alerts.mode == "shadow",
                tell=self.live.tell,
            )
        )

    def _make_evaluations(self) -> Evaluations:
        stores = self.stores
        return Evaluations(
            EvaluationsDependencies(
                records=stores.records,
                telemetry=stores.telemetry,
                clock=stores.clock,
                ids=stores.ids,
                emit=self.own_events.write,
                seeded=random.Random,
            )
        )

    def _make_judges(self) -> ModelJudges:
        stores = self.stores
        return ModelJudges(
            ModelJudgesDependencies(
                records=stores.records,
                telemetry=stores.telemetry,
                clock=stores.clock,
                judges=lambda: configured_judges(self.configuration.current),
                secret=own_secrets().read,
                emit=self.own_events.write,
                wait=self._stop.wait,
            )
        )

    def _keeps_content(self, key: ServiceKey) -> bool:
        """Whether texts of a service may be kept."""
        return key.service in self.configuration.current.content_services

    def _make_judging(self) -> Judging:
        stores = self.stores
        return Judging(
            JudgingDependencies(
                home=stores.home,
                telemetry=stores.telemetry,
                engine=self.engine,
                slos=self.slos,
                records=stores.records,
                keys=stores.keys,
                configuration=self.configuration,
                clock=stores.clock,
                ids=stores.ids,
                tell=self.live.tell,
                alert=self.alerts.reconcile,
                gateway=self.gateway,
            )
        )

    def _read_slos(self) -> SloReader:
        """What tells pages, API and gate how SLOs stand."""
        return SampledSloReader(
            ReaderDependencies(
                telemetry=self.stores.telemetry,
                engine=self.slos,
                excluded=self.calendar.excluded,
                cadence_s=lambda key: known_cadence_s(self.engine, key),
                is_fixed_30d=lambda: self.configuration.current.org.budget_month == "fixed_30d",
                pulled=self.pulling.read,
                pace=self._pace,
            ),
            self.engine.services,
            lambda: self.configuration.current.org.timezone,
            lambda: all_assessors(self.drift, self.stores.records),
            self.engine.unseen,
        )

    def _pace(self, name: str) -> Pace | None:
        probe = self.configuration.current.probes.get(name)
        return None if probe is None else Pace(float(probe.every), len(probe.vantage))

    def start(self) -> None:
        """Begin folding, judging and upkeep, each in a thread of its own."""
        self.drift_references.restore()
        for name, work, every_s in (
            ("fold", self._fold, FOLD_EVERY_S),
            ("judge", self.judging.step, JUDGE_EVERY_S),
            ("upkeep", self._upkeep, UPKEEP_EVERY_S),
            ("notify", self.notifying.send, 0.0),
            ("synthetic", self.notifying.try_path, TRY_PATH_EVERY_S),
            ("watcher", self.notifying.call_watcher, WATCHER_EVERY_S),
            ("pull", self.pulling.step, PULL_EVERY_S),
            ("reviews", self.reviews.step, REVIEW_EVERY_S),
            ("judges", self.judges.step, JUDGES_EVERY_S),
            ("drill", self.drill.step, DRILL_LOOK_EVERY_S),
        ):
            thread = threading.Thread(target=self._repeat, args=(name, work, every_s), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End the work and close the stores; what is not folded yet waits in the journals."""
        self._stop.set()
        self.notifying.stop()
        self.drill.close()
        for thread in self._threads:
            thread.join(timeout=30)
        self.own_events.close()
        self.stores.close()

    def site(self) -> Starlette:
        """The ASGI application."""
        return create_control_site(self)

    def erase(self, user: str, *, actor: str, reason: str) -> Receipt:
        """Take out what tells who a person was: of events, limits, and what the gateway's workers keep."""
        return erase_person(self.stores, user, actor=actor, reason=reason, forget=self.gateway.forget)

    def _repeat(self, name: str, work: Callable[[], None], every_s: float) -> None:
        while not self._stop.is_set():
            try:
                work()
            except Exception:  # a fault in one pass must not end the work; the next pass tries again
                log.exception("%s failed; it is tried again", name)
            self._stop.wait(every_s)

    def _rounds(self) -> Mapping[str, int]:
        """When each part that leads to an alert last went round."""
        return {"fold": self.folding.stepped_at_us, "judge": self.judging.stepped_at_us}

    def _fold(self) -> None:
        while self.folding.step().more and not self._stop.is_set():
            pass

    def _upkeep(self) -> None:
        stores = self.stores
        now_us = stores.clock.now_us()
        stores.telemetry.close_periods(now_us)
        if now_us // US_PER_DAY != self._retained_on:
            retention = self.configuration.current.retention
            stores.telemetry.apply_retention(retention.model_dump(exclude={"uploaded_texts"}), now_us)
            self.judges.forget(now_us - retention.events * US_PER_DAY)
            self.evaluations.forget(now_us - retention.uploaded_texts * US_PER_DAY)
            self.alerts.forget(now_us)
            self._retained_on = now_us // US_PER_DAY


def main(arguments: Sequence[str] | None = None) -> None:
    """Run control until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m evenkeel.app.control", description=__doc__)
    parser.add_argument("--home", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4180)
    parser.add_argument("--ready-fd", type=int, help="where a supervisor waits to hear that the work has begun")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s control: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if given.ready_fd is not None:
        end_with_parent()
    with telling_failure(given.ready_fd):
        listener = listen(given.host, given.port, option="--port")
        stores = Stores.open(Home(Path(given.home)))
        control = Control(stores)
        try:
            with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_serve(control, given.host, listener, given.ready_fd))
        finally:
            control.stop()
            stores.home.server.unlink(missing_ok=True)


async def _serve(control: Control, host: str, listener: socket.socket, ready_fd: int | None) -> None:
    config = uvicorn.Config(
        control.site(),
        http="httptools",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )

    # Before anything is sent: what waited in the outbox links to here.
    shown = "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0") else host  # noqa: S104
    url = control.url = f"http://{shown}:{listener.getsockname()[1]}"

    def announce(port_taken: int) -> None:
        setup = control.sign_in.new_setup_token()
        document = {
            **own_identity(supervised=ready_fd is not None),
            "url": url,
            "token": control.token,
            "started_at_us": control.stores.clock.now_us(),
            "setup_url": f"{url}/setup?token={setup}" if setup else None,
        }
        publish(control.stores.home.server, document)
        tell_ready(ready_fd, {"url": url, "port": port_taken, "setup_url": document["setup_url"]})
        log.info("serving %s", url)

    control.live.attach(asyncio.get_running_loop())
    control.start()
    await OrderlyServer(config, announce).serve(sockets=[listener])


if __name__ == "__main__":
    main()
