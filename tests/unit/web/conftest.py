"""A whole site in this process: real stores, a real engine, a clock that stands still, and clients that ask it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from evenkeel.act.alerts.service import Alerts, AlertsDependencies
from evenkeel.act.notify.channels import Channels
from evenkeel.act.notify.meter import Meter
from evenkeel.act.notify.service import Notifications, NotificationsDependencies
from evenkeel.gateway.commands.accounts import AccountsDependencies, LimitAccounts
from evenkeel.gateway.commands.service import Gateway
from evenkeel.gateway.drill.model import LiveWorker
from evenkeel.gateway.drill.service import DrillDependencies, SelfDrill
from evenkeel.gateway.holds.files import HoldFiles
from evenkeel.gateway.reviews.service import Reviews
from evenkeel.judge.audits.service import Audits, AuditsDependencies
from evenkeel.judge.drift.references import DriftReferences
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.evaluations.service import Evaluations, EvaluationsDependencies
from evenkeel.judge.golden.service import GoldenSets
from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.model_judges.model import ModelJudge
from evenkeel.judge.model_judges.service import ModelJudges, ModelJudgesDependencies
from evenkeel.judge.objectives.assessors import all_assessors, plain_assessors
from evenkeel.judge.objectives.drift import drift_limits
from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.judge.objectives.resolve import resolve_service
from evenkeel.judge.slo.budget_reader import ReaderDependencies
from evenkeel.judge.slo.engine import SloEngine
from evenkeel.judge.slo.overrides import Overrides
from evenkeel.judge.slo.reading import SloReader, known_cadence_s
from evenkeel.judge.slo.resolve import resolve_slos
from evenkeel.judge.slo.sampled_reader import SampledSloReader
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import EvenkeelError
from evenkeel.kernel.time import US_PER_MINUTE, US_PER_SECOND
from evenkeel.observe.privacy.pseudonyms import Pseudonyms
from evenkeel.observe.probes.model import Probe
from evenkeel.org.access.keys import Keys, NewKey
from evenkeel.org.access.model import Scope
from evenkeel.org.access.signin import SignIn
from evenkeel.org.approvals.service import Approvals
from evenkeel.org.calendar.service import Calendar
from evenkeel.org.catalog.catalog import catalogue
from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.org.config.model import Config
from evenkeel.org.config.notify import NotifyConfig
from evenkeel.org.config.secrets import Secrets
from evenkeel.store.records.engine import Records
from evenkeel.store.system import RealDisk, SystemIds
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.testing.client import SelfClient
from evenkeel.testing.clock import SimClock
from evenkeel.testing.feeder import NOON_US, Feeder
from evenkeel.web.frame import SiteDependencies
from evenkeel.web.gateway_numbers import WorkerNumbers
from evenkeel.web.gateway_workers import GatewayStanding
from evenkeel.web.health import Check, Health, Level
from evenkeel.web.live import Live
from evenkeel.web.site import create_site

NAME, PASSWORD, TOKEN = "jo", "a long and quiet sentence", "the command line's own"


@dataclass
class World:
    """The site with everything it stands on."""

    clock: SimClock
    feeder: Feeder
    engine: ObjectiveEngine
    keys: Keys
    sign_in: SignIn
    live: Live
    records: Records
    slo_engine: SloEngine
    calendar: Calendar
    slos: SloReader
    alerts: Alerts
    notifications: Notifications
    gateway: Any = None
    limit_accounts: Path = Path()  # the file that workers count in
    holds: Any = None
    reviews: Any = None
    evaluations: Any = None
    judges: Any = None
    golden: Any = None
    content: set[str] = field(default_factory=set[str])  # services whose texts are kept
    judging: list[ModelJudge] = field(default_factory=list[ModelJudge])  # as configured
    workers: list[LiveWorker] = field(default_factory=list[LiveWorker])  # of the gateway, that drills ask
    standing: GatewayStanding = field(default_factory=GatewayStanding)
    numbers: list[WorkerNumbers] = field(default_factory=list[WorkerNumbers])
    app: Any = None
    ready: bool = True
    gate_allows_unknown: bool = False
    emitted: list[EventBatch] = field(default_factory=list[EventBatch])  # by evaluations
    failure: EvenkeelError | None = None  # what looking at health ends in
    backups: list[str] = field(default_factory=list)
    erased: list[tuple[str, str, str]] = field(default_factory=list)
    audits: Any = None
    config: Config = field(default_factory=Config)  # of audits, and of what is judged
    probes: list[Probe] = field(default_factory=list)
    fairness: dict[str, FairnessConfig] = field(default_factory=dict[str, FairnessConfig])  # by service
    notify: NotifyConfig = field(default_factory=NotifyConfig)
    meter: Meter = field(default_factory=Meter)

    def chat(self, count: int, *, bad: int = 0, minutes: int = 30, **more: Any) -> None:
        """Chat calls evenly over the last `minutes`; every so often one of `bad` failures."""
        step = minutes * US_PER_MINUTE // count
        start = self.clock.now_us() - minutes * US_PER_MINUTE
        failing = {n * count // bad for n in range(bad)} if bad else set[int]()
        self.feeder.fold(
            *(
                self.feeder.event(
                    at=start + n * step,
                    outcome="bad" if n in failing else "good",
                    reason="http_500" if n in failing else None,
                    caller=n % 97 + 1,
                    **more,
                )
                for n in range(count)
            )
        )

    def judge(self) -> None:
        """Take up what appeared, and judge it."""
        states = self.feeder.telemetry.services()
        services = [resolve_service(service) for service in catalogue(states, self.config)]
        self.engine.set_services(services)
        self.engine.judge(self.clock.now_us())
        self.slo_engine.set_slos([slo for service in services for slo in resolve_slos(service, {}, Config().org)])
        self.slo_engine.observe(self.clock.now_us(), self.engine.services(self.clock.now_us()))

    def lose_store(self) -> None:
        """From now on, the telemetry store answers nobody."""
        self.feeder.telemetry.close()

    def anonymous(self) -> SelfClient:
        """Somebody who has not signed in."""
        return SelfClient(self.app)

    def person(self) -> SelfClient:
        """The first admin, signed in."""
        client = SelfClient(self.app)
        token = self.sign_in.new_setup_token()
        form = {"name": NAME, "password": PASSWORD}
        if token:
            assert client.post("/setup", {**form, "token": token}).status == 303
        else:
            assert client.post("/sign-in", form).status == 303
        return client

    def program(self, scope: Scope | None = None) -> SelfClient:
        """A program with a key of this scope, or the command line of this machine."""
        secret = TOKEN if scope is None else self.keys.create(NewKey("a program", scope), actor="test")[1]
        return SelfClient(self.app, {"authorization": f"Bearer {secret}"})


def _tell_nobody(*_: Any) -> None:
    """Where alerts would be sent to."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = SimClock(NOON_US + 5 * US_PER_SECOND)
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    ids = SystemIds()
    keys = Keys(records, clock, ids, tmp_path / "keys.json")
    references = DriftReferences(records, telemetry, clock, ids)
    drift = DriftJudge(
        telemetry, references.of, references.retired.of, lambda key: drift_limits(engine.objectives(key))
    )
    audits = Audits(
        AuditsDependencies(records, telemetry, clock, lambda: made.config, lambda: all_assessors(drift, records))
    )
    engine = ObjectiveEngine(telemetry, assessors={**plain_assessors(), Reads.AUDITS: audits.assessor})
    slo_engine, calendar = SloEngine(telemetry), Calendar(records, clock, ids)
    slos = SampledSloReader(
        ReaderDependencies(telemetry, slo_engine, calendar.excluded, lambda key: known_cadence_s(engine, key), bool),
        engine.services,
        lambda: "UTC",
        lambda: all_assessors(drift, records),
        engine.unseen,
    )
    sign_in = SignIn(records, clock, ids)
    alerts = Alerts(AlertsDependencies(records, clock, ids, _tell_nobody, calendar.in_maintenance))
    told = Notifications(
        NotificationsDependencies(
            records,
            clock,
            ids,
            lambda: Channels(made.notify, Secrets(), "https://keel.example", clock),
            lambda _name: {},
        )
    )
    made = World(
        clock, Feeder(telemetry), engine, keys, sign_in, Live(), records, slo_engine, calendar, slos, alerts, told
    )

    made.gateway = Gateway(records, clock, ids, tmp_path / "gateway.json")
    made.limit_accounts = tmp_path / "accounts.bin"
    made.holds = HoldFiles(tmp_path / "holds", RealDisk())
    made.reviews = Reviews(Approvals(records, clock), made.holds, clock)

    made.evaluations = Evaluations(EvaluationsDependencies(records, telemetry, clock, ids, made.emitted.append, Random))

    made.judges = ModelJudges(
        ModelJudgesDependencies(
            records, telemetry, clock, lambda: made.judging, Secrets().read, made.emitted.append, clock.advance
        )
    )

    made.golden = GoldenSets(records, clock, lambda key: key.service in made.content)

    def back_up(path: str) -> dict[str, Any]:
        made.backups.append(path)
        return {"path": path}

    def erase(user: str, actor: str, reason: str) -> dict[str, Any]:
        made.erased.append((user, actor, reason))
        return {"id": "r1", "events": 3}

    def health() -> Health:
        if made.failure is not None:
            raise made.failure
        return Health((Check("store", Level.OK, "3 events."),), folded_rows=3)

    made.audits = audits
    made.app = create_site(
        SiteDependencies(
            telemetry=telemetry,
            engine=made.engine,
            drift=drift,
            drift_references=references,
            alerts=made.alerts,
            notifications=made.notifications,
            metered=made.meter.read,
            records=records,
            keys=keys,
            sign_in=made.sign_in,
            clock=clock,
            live=made.live,
            health=health,
            is_ready=lambda: made.ready,
            own_token=TOKEN,
            timezone=lambda: "UTC",
            intake_port=lambda: 4999,
            probes=lambda: made.probes,
            fairness=lambda key: made.fairness.get(key.service),
            slos=made.slos,
            calendar=made.calendar,
            gateway=made.gateway,
            limit_accounts=LimitAccounts(
                AccountsDependencies(
                    made.limit_accounts.parent, made.gateway, keys, records, clock, lambda: "UTC", ids, lambda: None
                )
            ),
            reviews=made.reviews,
            evaluations=made.evaluations,
            judges=made.judges,
            golden=made.golden,
            audits=audits,
            gateway_standing=lambda: made.standing,
            gateway_numbers=lambda: made.numbers,
            drill=SelfDrill(
                DrillDependencies(made.gateway, keys.lend, ids.new_id, lambda: made.workers, lambda: 60.0, clock, 0.0)
            ),
            overrides=Overrides(records, clock, ids),
            gate_allows_unknown=lambda: made.gate_allows_unknown,
            examine=lambda: [Check("audit trail", Level.BREACH, "The chain breaks.", "Compare with a backup.")],
            back_up=back_up,
            pseudonyms_of=Pseudonyms.with_key(b"k" * 32).all_of,
            erase=erase,
            rotate_pseudonym_key=lambda actor, reason: f"since {actor} said {reason}",
        )
    )
    yield made
    records.close()
    telemetry.close()
