"""Where alerts go, on a page of the settings: channels without secrets, routes in words, what became of messages."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
import yaml

from evenkeel.act.notify.model import Event, Level, Message, Request, Response
from evenkeel.act.notify.sending import Sending, SendingDependencies
from evenkeel.org.access.model import Role
from evenkeel.org.config.notify import NotifyConfig
from evenkeel.store.trail import trail
from evenkeel.web.notifications import EXAMPLE

World = Any
URL = "/settings/notifications"
CONFIG: dict[str, Any] = {
    "channels": {
        "hook": {"type": "webhook", "url": "https://hooks.example/s3cret"},
        "pager": {"type": "pagerduty", "routing_key": "env:KEY"},
    },
    "routes": [{"match": {"severity": "page"}, "channels": ["hook"]}],
}


@pytest.fixture
def configured(world: World) -> World:
    world.notify = NotifyConfig.model_validate(CONFIG)
    return world


@contextmanager
def sender(world: World, status: int = 200) -> Iterator[None]:
    """Somebody sends what waits; receivers answer with `status`."""

    def send(_: Request) -> Response:
        return Response(status, b"no <such> hook")

    told = world.notifications
    sending = Sending(
        SendingDependencies(world.records, world.clock, Random(1), told.open_channel, send, told.on_finished)
    )
    told.wake = sending.wake
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            sending.step()
            sending.wait(0.05)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        sending.stop()
        thread.join()


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def tell(world: World, **more: Any) -> None:
    told = Message(Event.TRIGGER, "k", Level.CRITICAL, "bot <b>is down", "All.", "production", "bot", 5, **more)
    with world.records.transaction() as connection:
        world.notifications.enqueue(connection, told, world.clock.now_us())


def test_without_channels_it_says_so_and_shows_lines_that_can_be_pasted(world: World) -> None:
    page = world.person().get(URL).text
    assert "Nobody is told of alerts: no channel is configured." in page
    assert "Alerts go nowhere: nobody is told of them." in page
    assert "env:PAGERDUTY_KEY" in page
    NotifyConfig.model_validate(yaml.safe_load(EXAMPLE)["notify"])


def test_it_shows_channels_without_secrets_routes_in_words_and_messages(configured: World) -> None:
    tell(configured)
    page = configured.person().get(URL).text
    assert "2 channels are told of alerts." in page
    assert "hooks.example" in page
    assert "s3cret" not in page
    assert "events.pagerduty.com, key from env:KEY" in page
    assert "Alerts whose severity is page go to hook." in page
    assert "All others go nowhere: nobody is told of them." in page
    assert "bot &lt;b&gt;is down" in page
    assert "No dead-man&#39;s switch is configured" in page or "No dead-man's switch is configured" in page


def test_it_says_what_came_of_a_test_and_the_trail_who_sent_it(configured: World) -> None:
    person = configured.person()
    form = {"channel": "hook", "csrf": csrf(person.get(URL).text)}
    with sender(configured, status=404):
        answer = person.post(f"{URL}/test", form)
    assert answer.status == 303
    page = person.get(answer.headers["location"]).text
    assert "2 channels are told of alerts; the last message did not reach hook." in page
    assert 'class="answers is-warning"' in page
    assert "Test of hook: failed" in page
    assert "Answered 404: no &lt;such&gt; hook" in page
    assert [row["action"] for row in trail.latest(configured.records, limit=1)] == ["notify.test"]


def test_a_form_without_its_token_and_a_person_without_the_right_send_nothing(configured: World) -> None:
    person = configured.person()
    assert person.post(f"{URL}/test", {"channel": "hook", "csrf": "x"}).status == 401
    assert configured.anonymous().post(f"{URL}/test", {"channel": "hook"}).status == 303
    assert configured.notifications.deliveries() == []


def test_the_settings_lead_here(world: World) -> None:
    assert URL in world.person().get("/settings").text


def test_only_those_may_test_who_operate() -> None:
    from evenkeel.org.access.model import TEST_CHANNELS

    assert {Role.ADMIN, Role.OPERATOR} == TEST_CHANNELS
