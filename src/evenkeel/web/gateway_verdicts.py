"""How a version of a route stands by its own errors lately: judged as objectives are, or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from evenkeel.gateway.routes.model import Route
from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.share import estimate_share
from evenkeel.judge.indicators.table import load_defaults
from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.judge.objectives.model import ObjectiveVerdict, ServiceStatus
from evenkeel.kernel.errors import UnreadableError
from evenkeel.kernel.estimate import Evidence
from evenkeel.kernel.stats.spending import ALPHA_OK, alpha_for
from evenkeel.kernel.time import US_PER_MINUTE, Window
from evenkeel.kernel.verdict import Limits, Status, Verdict, judge_verdict, read_status
from evenkeel.store.telemetry.port import Clusters, ServiceKey, Telemetry
from evenkeel.store.telemetry.series import GatewayMinute, GatewayTraffic
from evenkeel.web.gateway_words import say_unknown

#: What "now" means on the pages of the gateway: long enough for a rate, short enough to see a flip.
RECENT_MINUTES: Final = 5
ERROR_RATE: Final = "error_rate"
_VALID_US: Final = US_PER_MINUTE


@dataclass(frozen=True, slots=True)
class RouteEvidence:
    """What is known of a route's last minutes."""

    traffic: Sequence[GatewayTraffic] = ()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict[str, Verdict])  # by version, of those that counted
    service: Status | None = None  # of the whole service's errors; None: it has no such objective
    sentence: str = ""  # the same in words, over the objective's own window
    is_known: bool = True


#: Of a route that nobody asked lately.
NOTHING: Final = RouteEvidence()
#: Of every route while the store cannot be read.
UNKNOWN: Final = RouteEvidence(is_known=False)


@dataclass(frozen=True, slots=True)
class GatewayEvidence:
    """What is known of the routes."""

    routes: Mapping[str, RouteEvidence] = field(default_factory=dict[str, RouteEvidence])
    unknown_because: str = ""  # why nothing is known

    def of(self, route: Route) -> RouteEvidence:
        """What is known of one."""
        return self.routes.get(route.name, UNKNOWN if self.unknown_because else NOTHING)


def recent(now_us: int) -> Window:
    """The last minutes."""
    return Window(now_us - RECENT_MINUTES * US_PER_MINUTE, now_us + 1)


def read_evidence(
    telemetry: Telemetry, engine: ObjectiveEngine, now_us: int, key: ServiceKey | None = None
) -> GatewayEvidence:
    """What is known of every route, or of one. That the store cannot be read is an answer: the rest is shown anyway."""
    try:
        return GatewayEvidence(_read_routes(telemetry, engine, now_us, key))
    except UnreadableError as error:
        return GatewayEvidence(unknown_because=say_unknown(error))


def _read_routes(
    telemetry: Telemetry, engine: ObjectiveEngine, now_us: int, key: ServiceKey | None
) -> Mapping[str, RouteEvidence]:
    window = recent(now_us)
    traffic: dict[str, list[GatewayTraffic]] = defaultdict(list)
    for row in telemetry.gateway_traffic(window, key):
        traffic[f"{row.environment}/{row.service}"].append(row)
    minutes: dict[str, dict[str, list[GatewayMinute]]] = defaultdict(lambda: defaultdict(list))
    for minute in telemetry.gateway_minutes(window, key):
        minutes[f"{minute.environment}/{minute.service}"][minute.version].append(minute)
    found: dict[str, RouteEvidence] = {}
    for name, rows in traffic.items():
        of = ServiceKey(rows[0].environment, rows[0].service)
        whole = _error_rate(engine.service(of, now_us))
        limits = _usual_limits() if whole is None else whole.objective.limits
        verdicts = {
            version: judge_version(of, version, each, limits, now_us) for version, each in minutes[name].items()
        }
        status, sentence = (None, "") if whole is None else (read_status(whole.headline, now_us), whole.sentence)
        found[name] = RouteEvidence(rows, verdicts, status, sentence)
    return found


def judge_version(
    key: ServiceKey, version: str, minutes: Sequence[GatewayMinute], limits: Limits, now_us: int
) -> Verdict:
    """The verdict on the attempts at one version over the last minutes, by the error rate its service may have.

    Attempts, because a fallback that answers hides who failed before it. The risk of a false breach is that of a page
    window (`kernel.stats.spending`), for each version.
    """
    total = [float(minute.decided) for minute in minutes]
    bad = [float(minute.bad) for minute in minutes]
    clusters = Clusters("minute", total, bad, (), {})
    window = recent(now_us)
    given = Circumstances(
        window=window,
        as_of_us=now_us,
        watermark_us=now_us,
        coverage=1.0,  # the gateway's own records: whatever was answered is among them
        alpha_low=alpha_for("page"),
        alpha_high=ALPHA_OK,
        evidence=Evidence(failed_url(key, version, window), "failed attempts of all that count"),
    )
    return judge_verdict(estimate_share(clusters, limits, given), limits, now_us=now_us, valid_for_us=_VALID_US)


def failed_url(key: ServiceKey, version: str, window: Window) -> str:
    """Where the failed requests of a version are."""
    where = {"environment": key.environment, "service": key.service, "version": version}
    when = {"from": window.start_us, "to": window.end_us}
    return f"/events?{urlencode({**where, **when, 'outcome': 'bad', 'counted': 'true'})}"


def worst_of(route: Route, evidence: RouteEvidence) -> Status | None:
    """How a route stands by the errors of its versions and of its service; None where nothing of it counted lately.

    `ok` only where it is proved: of each version, or of the whole service while nothing looks worse than allowed.
    A version that nobody is sent to any more says nothing; one whose failures others answered for is a warning.
    """
    asked = {version.name for version in route.versions if version.weight > 0} | set(route.fallback)
    judged = [verdict for name, verdict in evidence.verdicts.items() if name in asked]
    statuses = [verdict.status for verdict in judged]
    if evidence.service is Status.BREACH:
        return Status.BREACH
    if Status.BREACH in statuses:
        return Status.WARNING if _all_answered(evidence, judged[0].limits) else Status.BREACH
    if Status.WARNING in (*statuses, evidence.service):
        return Status.WARNING
    if not any(row.good + row.bad + row.tried for row in evidence.traffic):
        return None
    looks_worse = any(
        share > verdict.limits.oriented()[1]
        for verdict in judged
        for share in (verdict.estimate.value or 0.0, _failed_share(evidence))
    )
    if not judged or looks_worse:
        return Status.UNKNOWN
    is_proved = evidence.service is Status.OK or all(status is Status.OK for status in statuses)
    return Status.OK if is_proved else Status.UNKNOWN


def _all_answered(evidence: RouteEvidence, limits: Limits) -> bool:
    """Whether callers got their answers all the same, from another version or at another attempt."""
    return any(row.good for row in evidence.traffic) and _failed_share(evidence) <= limits.oriented()[0]


def _failed_share(evidence: RouteEvidence) -> float:
    """Of the requests that count, whoever was asked, those that callers were told an error of."""
    bad = sum(row.bad for row in evidence.traffic)
    decided = bad + sum(row.good for row in evidence.traffic)
    return bad / decided if decided else 0.0


def _usual_limits() -> Limits:
    """Those of a service that has no objective of its own, or was not judged yet."""
    usual = next(default for _, default in load_defaults() if default.indicator == ERROR_RATE)
    return Limits(usual.target, usual.alert)


def _error_rate(status: ServiceStatus | None) -> ObjectiveVerdict | None:
    verdicts = () if status is None else status.verdicts
    return next((each for each in verdicts if each.objective.indicator == ERROR_RATE), None)
