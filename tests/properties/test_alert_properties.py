"""What must hold of alerts whatever rules, people and clocks do."""

from __future__ import annotations

import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenkeel.act.alerts.handling import AskedSilence, By
from evenkeel.act.alerts.matching import read_matcher
from evenkeel.act.alerts.model import AlertFilter
from evenkeel.act.alerts.service import Alerts, AlertsDependencies
from evenkeel.judge.slo.model import Family, Firing, Observation, RuleId, Severity
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.clock import SimClock
from evenkeel.testing.ids import SimIds

RULES = (
    ("availability", "hard-outage", Family.OUTAGE, Severity.PAGE),
    ("latency_p95", "threshold", Family.THRESHOLD, Severity.PAGE),
    ("error_rate", "burn-1h-5m", Family.BURN, Severity.PAGE),
    ("error_rate", "burn-3d-6h", Family.BURN, Severity.TICKET),
)
BOT = ServiceKey("production", "bot")
STATES = st.lists(st.sampled_from(("fires", "clear", "unknown")), min_size=len(RULES), max_size=len(RULES))
ACTS = st.sampled_from(("nothing", "nothing", "acknowledge", "silence", "expire", "maintenance", "work", "restart"))
STEPS = st.lists(st.tuples(STATES, st.sampled_from((1, 30, 61, 700)), ACTS), min_size=1, max_size=25)


class House:
    """Alerts on a real database, and what was said."""

    def __init__(self, folder: str) -> None:
        self.records = Records.open(f"sqlite:///{Path(folder) / 'records.sqlite'}")
        self.clock, self.ids = SimClock(), SimIds()
        self.messages: list[Any] = []
        self.planned: str | None = None
        self.restart()

    def restart(self) -> None:
        self.alerts = Alerts(
            AlertsDependencies(
                self.records, self.clock, self.ids, lambda _c, message, _n: self.messages.append(message),
                in_maintenance=lambda _key, _at_us: self.planned,
            )
        )  # fmt: skip

    def observation(self, states: list[str]) -> Observation:
        firing, unknown = [], []
        for state, (objective, name, family, severity) in zip(states, RULES, strict=True):
            rule = RuleId(BOT, objective, name)
            if state == "fires":
                firing.append(Firing(rule, family, severity, 5, "it fires"))
            elif state == "unknown":
                unknown.append(rule)
        return Observation(self.clock.now_us(), tuple(firing), frozenset(unknown))

    def act(self, what: str) -> None:
        by = By("ada", "because", self.clock.now_us())
        handling, firing, silences = self.alerts.handling, self.alerts.firing(), self.alerts.silences()
        match what:
            case "acknowledge" if firing:
                handling.acknowledge(firing[0].id, by)
            case "silence":
                handling.silence(AskedSilence([read_matcher("severity=page")], 300), by)
            case "expire" if silences:
                handling.expire(silences[0].id, by)
            case "maintenance" | "work":
                self.planned = "a move" if what == "maintenance" else None
            case "restart":
                self.restart()
            case _:
                pass


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_whatever_happens_alerts_are_one_each_told_or_quiet_for_a_reason_and_their_end_is_told(steps: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        house = House(folder)
        for states, seconds, act in steps:
            house.clock.advance(seconds)
            observation = house.observation(states)
            house.alerts.reconcile(observation, house.clock.now_us())
            _check_now(house, observation)
            before = (list(house.messages), house.alerts.firing())
            house.alerts.reconcile(observation, house.clock.now_us())
            assert (house.messages, house.alerts.firing()) == before  # twice is once
            house.act(act)
        _check_stories(house)
        house.records.close()


def _check_now(house: House, observation: Observation) -> None:
    firing = house.alerts.firing()
    assert max(Counter(alert.fingerprint for alert in firing).values(), default=1) == 1
    open_rules = {(alert.objective, alert.rule) for alert in firing}
    assert {(each.id.objective, each.id.rule) for each in observation.firing} <= open_rules
    for alert in firing:
        if alert.clear_since_us is None and alert.held_since_us is None:
            assert alert.told_at_us is not None or alert.quiet or alert.acknowledged_at_us is not None, alert
    last = {message.dedup_key: message.event for message in house.messages}
    known = {f"evenkeel-{alert.group_id}" for alert in firing if alert.told_at_us is not None}
    # The last word people heard is true: what they know to fire fires, and what they heard to be over is over.
    assert {key for key, event in last.items() if event != "resolve"} == known


def _check_stories(house: House) -> None:
    for alert in house.alerts.list(AlertFilter(state="resolved")):
        entries = [entry.what.value for entry in house.alerts.history(alert.id)]
        reasons = {"told", "quiet", "acknowledged"}
        assert reasons & set(entries), entries
    per_key: dict[str, list[str]] = {}
    for message in house.messages:
        per_key.setdefault(message.dedup_key, []).append(message.event)
    for events in per_key.values():
        assert events[0] == "trigger"
        assert all(after == "trigger" for before, after in pairwise(events) if before == "resolve")


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_a_restart_at_any_moment_changes_nothing(steps: Any) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        steady, restarted = House(one), House(two)
        for states, seconds, _ in steps:
            for house in (steady, restarted):
                house.clock.advance(seconds)
                house.alerts.reconcile(house.observation(states), house.clock.now_us())
            restarted.restart()
            assert restarted.messages == steady.messages
            assert sorted(restarted.alerts.firing(), key=str) == sorted(steady.alerts.firing(), key=str)
        steady.records.close()
        restarted.records.close()
