"""What the health page says of a home, from what is really there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

from evenkeel.app.control import Control
from evenkeel.app.folding import Folding
from evenkeel.app.health import LAG_WARNING_S, STILL_S, HealthSources, is_ready, report_health
from evenkeel.app.home import Home
from evenkeel.app.running import own_identity
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND
from evenkeel.store.journal.frame import Header, encode_frame, parse_frame, payload_of, segment_seed
from evenkeel.store.system import RealDisk
from evenkeel.store.tables import publish
from evenkeel.testing.clock import SimClock
from evenkeel.testing.feeder import NOON_US, Feeder
from evenkeel.web.health import Check, Level

Write = Any
HOLDING = """\
upstreams: {u: {url: http://u, dialect: openai}}
gateway: {routes: {bot: {versions: {"1": {upstreams: [u]}}, guard: {actions: {pii: hold}}}}}
"""


def sources(control: Control) -> HealthSources:
    parts = (control.stores, control.folding, control.judging, control.engine, control.configuration)
    return HealthSources(*parts, control.pulling.checks, reviews=control.reviews)


def checks(control: Control) -> dict[str, Check]:
    return {check.name: check for check in report_health(sources(control)).checks}


def test_a_fresh_home_is_well_and_says_what_to_do_first(control: Control) -> None:
    health = report_health(sources(control))
    assert health.level is Level.OK
    found = checks(control)
    assert set(found) == {"journal", "fold", "judge", "store", "configuration"}
    assert (found["journal"].finding, found["journal"].todo) == ("No events have arrived yet.", "Connect a service.")


def test_what_waits_is_counted_until_it_is_folded(control: Control, write: Write) -> None:
    write(3)
    waiting = checks(control)["journal w0"]
    assert waiting.facts["backlog_rows"] == 3
    assert waiting.finding.startswith("3 events")
    control.folding.drain()
    assert checks(control)["journal w0"].finding.startswith("Nothing waits")
    assert report_health(sources(control)).folded_rows == 3
    assert checks(control)["store"].facts["events"] == 3


def test_a_service_with_more_features_than_are_counted_is_named_for_a_day(control: Control) -> None:
    telemetry = control.stores.telemetry
    feeder = Feeder(telemetry)
    many = json.dumps({f"feature.f{number}": number for number in range(301)})
    feeder.fold(feeder.event(kind="prediction", role="none", attributes=many))
    clock = SimClock(NOON_US + US_PER_SECOND)
    parts = replace(sources(control), stores=replace(control.stores, clock=clock))
    (found,) = [check for check in report_health(parts).checks if check.name == "features"]
    assert found.level is Level.WARNING
    assert found.finding == "production/bot sends more features than are counted; the last that is not is 'f99'."
    clock.advance(US_PER_DAY)
    assert [check for check in report_health(parts).checks if check.name == "features"] == []


def test_a_journal_whose_oldest_frame_waits_too_long_is_behind(control: Control, write: Write) -> None:
    write(1)
    fresh = checks(control)["journal w0"]
    assert fresh.level is Level.OK
    frame = control.stores.home.journal / "w0" / "00000001.log"
    age(frame, LAG_WARNING_S + 1)
    behind = checks(control)["journal w0"]
    assert behind.level is Level.WARNING
    assert behind.facts["lag_s"] > LAG_WARNING_S
    assert "The fold is behind" in behind.todo


def test_a_fold_that_stands_still_is_a_breach_and_the_house_is_not_ready(control: Control, home: Home) -> None:
    clock = SimClock(control.stores.clock.now_us() - round((STILL_S + 1) * US_PER_SECOND))
    folding = Folding(control.stores.telemetry, RealDisk(), str(home.journal), clock)
    still = replace(sources(control), folding=folding)
    assert not is_ready(still)
    check = next(check for check in report_health(still).checks if check.name == "fold")
    assert check.level is Level.BREACH
    assert "safe in the journals" in check.todo
    control.folding.step()
    control.judging.step()
    assert is_ready(sources(control))


def test_probes_that_nobody_runs_are_told(control: Control, home: Home) -> None:
    assert "prober" not in checks(control)
    home.configuration.write_text("probes: {front: {service: shop, http: {url: 'http://localhost'}}}", encoding="utf-8")
    control.judging.step()
    assert checks(control)["prober"].finding == "No prober runs here for 1 probe."
    publish(home.prober, own_identity())
    assert checks(control)["prober"].level is Level.OK
    publish(home.prober, {"pid": 2**22 + 1, "started": "never"})
    gone = checks(control)["prober"]
    assert (gone.level, gone.todo) == (Level.WARNING, "Restart evenkeel.")


def test_a_source_that_is_not_configured_is_told_where_slos_count_by_it(control: Control) -> None:
    told = Check("source prometheus", Level.WARNING, "It is not configured.", "Write it.")
    found = report_health(replace(sources(control), pulled=lambda: [told]))
    assert told in found.checks


def test_damage_that_the_fold_met_is_told(control: Control, write: Write, home: Home) -> None:
    write(1)
    write(1)
    file = home.journal / "w0" / "00000001.log"
    data = bytearray(file.read_bytes())
    data[90] ^= 0xFF
    file.write_bytes(data)
    control.folding.drain()
    health = report_health(sources(control))
    assert health.level is Level.WARNING
    told = [check.finding for check in health.checks if check.name == "journal"]
    assert len(told) == 1
    assert "journal w0, segment 1" in told[0]
    assert "set aside as damaged" in checks(control)["journal w0"].finding


def test_a_configuration_that_is_not_in_force_is_told_with_its_problems(control: Control, home: Home) -> None:
    home.configuration.write_text("servces: {}\n", encoding="utf-8")
    control.configuration.refresh()
    check = checks(control)["configuration"]
    assert check.level is Level.WARNING
    assert "evenkeel.yaml:1:1: servces: there is no such key; did you mean services?" in check.finding
    assert "evenkeel check" in check.todo


def test_a_worker_that_is_gone_is_told_and_one_that_lives_is_well(control: Control, home: Home) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as ended:
        ended.wait()
    (home.workers / "w0.json").write_text(json.dumps({**own_identity(), "port": 1, "writer": "w0"}), encoding="utf-8")
    gone = {"pid": ended.pid, "port": 2, "writer": "w1"}
    (home.workers / "w1.json").write_text(json.dumps(gone), encoding="utf-8")
    found = checks(control)
    assert (found["intake w0"].level, found["intake w0"].facts) == (Level.OK, {"port": 1, "alive": True})
    assert str(os.getpid()) in found["intake w0"].finding
    assert found["intake w1"].level is Level.WARNING
    assert "Restart evenkeel" in found["intake w1"].todo


def age(segment: Any, seconds: float) -> None:
    """Write the segment's frame anew as if it had been written earlier."""
    seed = segment_seed("w0", 1)
    data = segment.read_bytes()
    header = parse_frame(data, 0, seed)
    assert isinstance(header, Header)
    payload = payload_of(data, 0, header)
    older = Header(header.schema_id, header.rows, len(payload), header.written_at_us - round(seconds * US_PER_SECOND))
    segment.write_bytes(encode_frame(older, payload, seed))


def test_before_the_first_judgement_and_when_the_judge_stands_still_nothing_is_said_to_be_ready(
    control: Control, write: Write
) -> None:
    """Without SLOs the gate would allow everything."""
    write(3)
    control.folding.drain()
    assert not is_ready(sources(control))
    control.judging.step()
    assert is_ready(sources(control))
    control.judging.stepped_at_us -= round((STILL_S + 1) * US_PER_SECOND)
    assert not is_ready(sources(control))


def test_a_store_of_limits_that_is_lost_is_a_breach_and_one_that_is_changed_wants_a_restart(control: Control) -> None:
    assert "store of limits" not in checks(control)
    home = control.stores.home
    home.configuration.write_text('gateway: {store: {url: "redis://cache/0"}}\n', encoding="utf-8")
    control.configuration.refresh()
    assert checks(control)["store of limits"].level is Level.OK
    (home.limits / "shared").mkdir(parents=True)
    publish(home.limits / "shared" / "store-g0.json", {"trouble": "The store is gone.", "at_us": 1, "lets_pass": False})
    lost = checks(control)["store of limits"]
    assert (lost.level, lost.finding) == (Level.BREACH, "The store is gone.")
    assert "accept-loss" in lost.todo
    home.gateways.mkdir(exist_ok=True)
    publish(home.gateways / "g0.json", {"writer": "g0", "port": 1, "store": "", **own_identity()})
    other = checks(control)["store of limits"]
    assert (other.level, "g0 began with another store" in other.finding) == (Level.WARNING, True)


def test_a_worker_without_the_store_of_answers_is_a_warning(control: Control) -> None:
    assert "store of answers" not in checks(control)
    home = control.stores.home
    home.configuration.write_text('gateway: {cache_store: {url: "redis://cache/1"}}\n', encoding="utf-8")
    control.configuration.refresh()
    assert "store of answers" not in checks(control), "without workers nobody uses it"
    home.gateways.mkdir(exist_ok=True)
    publish(home.gateways / "g0.json", {"writer": "g0", "port": 1, "own_port": 1, **own_identity()})
    lost = checks(control)["store of answers"]
    assert (lost.level, lost.finding.startswith("g0: redis://cache/1 cannot be used")) == (Level.WARNING, True)


def test_a_guard_that_holds_has_a_queue_that_is_known_once_it_is_read(control: Control) -> None:
    assert "reviews" not in checks(control)
    control.stores.home.configuration.write_text(HOLDING, encoding="utf-8")
    control.configuration.refresh()
    assert checks(control)["reviews"].level is Level.UNKNOWN
    assert report_health(sources(control)).sentence.endswith("Not known: reviews.")
    control.reviews.step()
    found = checks(control)["reviews"]
    assert (found.level, found.finding) == (Level.OK, "No review waits for a decision.")
    assert found.facts["waiting"] == 0


def test_a_store_that_cannot_be_read_is_a_breach_and_the_rest_of_health_is_told(control: Control) -> None:
    control.stores.telemetry.close()
    health = report_health(sources(control))
    (check,) = (each for each in health.checks if each.name == "store")
    assert check.level is Level.BREACH
    assert check.finding == "The telemetry store cannot be read (Connection Error)."
    assert {"fold", "judge", "configuration"} <= {each.name for each in health.checks}
