"""The sample production broken on purpose: verdicts turn within seconds, silence is never ok, and it recovers.

The tests of this file are one story, told in order on one server; the times it takes are printed (`pytest -s`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

SERVICES = ("chat-lounge", "product-texts", "support-bot", "triage")
#: Between an answer and the judge: an exporter's batch, the fold, the judge's round; twice, on a busy machine.
SLACK_S = 8.0


class Story:
    """The server with the sample production, and what its services say."""

    def __init__(self, server: Any, start: Callable[..., Any], run: Any, wait_until: Callable[..., Any]) -> None:
        self.server = server
        self._start = start
        self._run = run
        self._wait_until = wait_until

    def restart(self) -> Story:
        """The same home, served again without the sample production."""
        return Story(self._start(self.server.home), self._start, self._run, self._wait_until)

    def command(self, *arguments: str) -> dict[str, Any]:
        """`evenkeel demo …`."""
        return self._run.json("demo", *arguments, "--home", self.server.home)

    def objectives(self, service: str) -> dict[str, Mapping[str, Any]]:
        """The objectives of a service by name; none before it is judged."""
        found = self.server.services().get(service, {"objectives": []})
        return {each["objective"]: each for each in found["objectives"]}

    def error_rate(self, service: str) -> str:
        """Its status."""
        return self.objectives(service).get("error_rate", {"status": "not judged"})["status"]

    def probes(self) -> dict[str, str]:
        """The status of every probe."""
        return {each["name"]: each["status"] for each in self.server.api("/probes")["probes"]}

    def minutes(self, service: str) -> tuple[int, int]:
        """(good, bad) minutes of its availability in the last hour."""
        estimate = self.objectives(service)["availability"]["windows"]["verdict"]["estimate"]
        good = round(estimate["n"] * (estimate["value"] or 0.0))
        return good, estimate["n"] - good

    def time_until(self, condition: Callable[[], bool], *, within_s: float, what: str) -> float:
        """Seconds until it holds, printed."""
        began = time.monotonic()
        self._wait_until(condition, within_s=within_s, what=what)
        took_s = time.monotonic() - began
        print(f"{took_s:5.1f} s until {what}")
        return took_s


@pytest.fixture(scope="module")
def story(start_server: Any, run: Any, wait_until: Any, tmp_path_factory: pytest.TempPathFactory) -> Story:
    home = tmp_path_factory.mktemp("sample") / "home"
    return Story(start_server(home, "--port", 0, "--demo"), start_server, run, wait_until)


def test_every_service_is_judged_by_itself_within_half_a_minute(story: Story) -> None:
    def estimated(service: str) -> bool:
        return all(
            story.objectives(service).get(name, {"windows": {"verdict": {"estimate": {"n": 0}}}})["windows"]["verdict"][
                "estimate"
            ]["n"]
            for name in ("error_rate", "latency_p95")
        )

    story.time_until(lambda: all(map(estimated, SERVICES)), within_s=40, what="every service has estimates")
    kinds = {name: found["kind"] for name, found in story.server.services().items()}
    assert kinds == {"chat-lounge": "llm", "product-texts": "llm", "support-bot": "rag", "triage": "ml"}
    running = story.command("status")["processes"]
    assert [process["running"] for process in running] == [True] * 6


def test_tokens_are_priced_and_nobody_is_told_who_it_was(story: Story) -> None:
    calls = [event for event in story.server.events(service="support-bot") if event["counts_attempt"]]
    assert calls
    assert all(call["cost_nano"] > 0 for call in calls if call["outcome"] == "good")
    assert all("caller" in event for event in story.server.events(service="support-bot", counted="true"))


def test_the_probes_find_nothing_wrong_while_the_services_start(story: Story) -> None:
    names = ("chat-lounge-front", "support-bot-documents", "support-bot-front", "support-bot-model")
    story.time_until(
        lambda: story.probes() == dict.fromkeys(names, "ok"), within_s=60, what="every probe had a good answer"
    )
    assert story.server.events(kind="probe", outcome="bad") == []
    rows = story.server.api("/probes")["probes"]
    assert {(each["vantage"], each["every_s"]) for each in rows} == {("sample", 15.0)}
    assert all(story.objectives(name)["availability"]["status"] not in ("warning", "breach") for name in SERVICES)


def test_an_outage_is_a_breach_within_seconds(story: Story) -> None:
    story.command("break", "outage", "--service", "support-bot")
    took_s = story.time_until(
        lambda: story.error_rate("support-bot") == "breach", within_s=40, what="an outage is a breach"
    )
    assert took_s < 30
    found = story.server.services()["support-bot"]
    assert found["status"] == "breach"
    assert found["todo"]
    assert {story.error_rate("chat-lounge"), story.error_rate("triage")} == {"unknown"}, "others are drawn into it"


def test_a_third_of_failures_is_a_warning_or_a_breach_within_a_minute(story: Story) -> None:
    for service in ("chat-lounge", "triage"):
        story.command("break", "errors", "--service", service)
    for service in ("chat-lounge", "triage"):
        story.time_until(
            lambda service=service: story.error_rate(service) in ("warning", "breach"),
            within_s=75,
            what=f"errors of {service} are a warning or a breach",
        )


def test_in_the_outage_the_probe_fails_and_minutes_are_bad(story: Story) -> None:
    story.time_until(
        lambda: story.probes()["support-bot-front"] == "breach", within_s=40, what="the probe finds the outage"
    )
    story.time_until(lambda: story.minutes("support-bot")[1] > 0, within_s=130, what="a minute of the outage is bad")


def test_after_the_fix_requests_succeed_again(story: Story) -> None:
    assert len(story.command("status")["broken"]) == 3
    story.command("fix")
    fixed_us = time.time_ns() // 1_000

    def mended(service: str) -> bool:
        events = story.server.events(service=service, counted="true")
        # What was answered a moment after the fix may have been asked before it.
        later = [event["outcome"] for event in events if event["at"] > fixed_us + 2_000_000]
        assert len(later) < 10 or "bad" not in later, f"{service} fails after the fix"
        return len(later) >= 10

    for service in SERVICES:
        story.time_until(lambda service=service: mended(service), within_s=60, what=f"{service} works again")


def test_after_the_fix_the_probe_succeeds_and_minutes_are_good_again(story: Story) -> None:
    story.time_until(
        lambda: set(story.probes().values()) == {"ok"}, within_s=40, what="every probe has a good answer again"
    )
    # The minute in which it was mended, and no other, may still turn out bad.
    good, bad = story.minutes("support-bot")
    story.time_until(lambda: story.minutes("support-bot")[0] > good, within_s=130, what="one more minute is good")
    assert story.minutes("support-bot")[1] <= bad + 1
    assert story.objectives("support-bot")["availability"]["status"] not in ("warning", "breach")


def test_silence_is_not_ok_within_twice_the_cadence(story: Story) -> None:
    was_ok = {name for name in SERVICES if "ok" in {each["status"] for each in story.objectives(name).values()}}
    assert was_ok, "nothing was ok before, so nothing can be seen to change"

    def is_known(service: str) -> bool:
        return story.server.services()[service]["cadence_s"] < 60

    story.time_until(lambda: all(map(is_known, SERVICES)), within_s=100, what="the habit of each service is learned")
    story.command("break", "silence")

    def none_is_ok() -> bool:
        return not any("ok" in {each["status"] for each in story.objectives(name).values()} for name in SERVICES)

    took_s = story.time_until(none_is_ok, within_s=90, what="nothing of the silent services reads ok")
    services = story.server.services()
    assert took_s < 2 * max(services[name]["cadence_s"] for name in SERVICES) + SLACK_S
    for name in SERVICES:
        silent_s = time.time() - datetime.fromisoformat(services[name]["last_event"]).timestamp()
        assert silent_s < 2 * services[name]["cadence_s"] + SLACK_S + took_s


def test_after_the_silence_nothing_stays_stale(story: Story) -> None:
    story.command("fix")

    def heard() -> bool:
        return not any("stale" in {each["status"] for each in story.objectives(name).values()} for name in SERVICES)

    story.time_until(heard, within_s=60, what="nothing is stale any more")


def test_it_all_ends_without_leaving_failures_behind(story: Story) -> None:
    began = time.monotonic()
    assert story.server.stop() == 0
    took_s = time.monotonic() - began
    print(f"{took_s:5.1f} s until all of it has ended")
    assert took_s < 8, "somebody waited for an intake that had gone before it"
    assert story.command("status")["processes"] == []
    again = story.restart()
    try:
        ended_us = time.time_ns() // 1_000
        last = [event for name in SERVICES for event in again.server.events(service=name, counted="true")]
        failed = [event for event in last if event["at"] > ended_us - 20_000_000 and event["outcome"] == "bad"]
        assert last
        assert not failed
    finally:
        again.server.stop()
