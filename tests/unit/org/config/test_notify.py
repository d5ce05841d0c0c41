"""Channels and routes as people configure them, and every mistake with its place and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.org.config.notify import NotifyConfig
from evenkeel.org.config.read import check

CHANNELS = """
notify:
  channels:
    pager: {type: pagerduty, routing_key: env:PAGERDUTY_KEY}
    chat: {type: slack, token: 'file:/run/secrets/slack', channel: C0123}
    teams: {type: teams, url: env:TEAMS_URL}
    genie: {type: opsgenie, api_key: env:GENIE, base_url: 'https://api.eu.opsgenie.com'}
    mail: {type: email, to: [ops@acme.org], sender: keel@acme.org, host: mx.acme.org, password: env:MAIL}
    hook: {type: webhook, url: 'https://hooks.acme.org/x', secret: env:HOOK}
"""


def read(tmp_path: Path, text: str) -> tuple[NotifyConfig, list[str]]:
    path = tmp_path / "evenkeel.yaml"
    path.write_text(text, encoding="utf-8")
    config, problems = check(path, {})
    return config.notify, [str(problem) for problem in problems]


def test_without_a_word_nobody_is_told_and_the_path_is_measured_every_hour() -> None:
    nothing = NotifyConfig()
    assert (nothing.channels, nothing.routes, nothing.default, nothing.dead_man) == ({}, (), (), None)
    assert (nothing.synthetic.every, nothing.synthetic.channel) == (3_600, "")


def test_every_type_of_channel_and_route_is_read(tmp_path: Path) -> None:
    rest = """
  routes:
    - {match: {severity: page, environment: [production, beta]}, channels: [pager], continue: true}
    - {match: {team: care*}, channels: [chat, mail]}
  default: [hook]
  site_url: https://keel.acme.org
  dead_man: {url: env:HEARTBEAT, every: 30s}
  synthetic: {every: 30m, channel: hook}
"""
    found, problems = read(tmp_path, CHANNELS + rest)
    assert problems == []
    assert [channel.type for channel in found.channels.values()] == [
        "pagerduty", "slack", "teams", "opsgenie", "email", "webhook",
    ]  # fmt: skip
    assert [route.go_on for route in found.routes] == [True, False]
    assert found.routes[0].match == {"severity": ("page",), "environment": ("production", "beta")}
    assert found.dead_man is not None
    assert (found.dead_man.every, found.synthetic.every, found.default) == (30, 1_800, ("hook",))


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("  routes:\n    - {channels: [pagr]}", "yaml:11:19: notify.routes.0.channels.0: there is no channel 'pagr'"),
        ("  default: [x]", "notify.default.0: there is no channel 'x'; known: pager, chat, teams, genie, mail, hook"),
        ("  synthetic: {channel: hok}", "notify.synthetic.channel: there is no channel 'hok'; did you mean hook?"),
        ("  routes: [{match: {enviroment: beta}, channels: [chat]}]", "no 'enviroment'; did you mean environment?"),
        ("  routes: [{mtch: {team: a}, channels: [chat]}]", "routes.0.mtch: there is no such key; did you mean match"),
        ("  routes: [{channels: [chat], continu: true}]", "did you mean continue?"),
        ("  routes: [{match: {team: a}, channels: []}]", "should have at least 1 item"),
        ("  dead_man: {url: 'https://a.example', every: 5s}", "greater than or equal to 10"),
        ("  synthetic: {every: 1s}", "greater than or equal to 60"),
        ("  site_url: keel.acme.org", "is no address"),
    ],
    ids=str,
)  # fmt: skip
def test_mistakes_in_routes_are_told_with_their_place(tmp_path: Path, rest: str, said: str) -> None:
    _, problems = read(tmp_path, CHANNELS + rest)
    assert len(problems) == 1
    assert said in problems[0]
    assert problems[0].startswith("evenkeel.yaml:")


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("{type: pagerduty}", "a channel of type pagerduty needs routing_key"),
        (
            "{type: pagerduty, routing_key: 0123456789abcdef}",
            "a secret does not stand here; write env:NAME or file:PATH",
        ),
        ("{type: slack, token: env:T}", "slack needs token and channel, or the url of an incoming webhook"),
        (
            "{type: slack, token: env:T, channel: c, port: 1}",
            "a channel of type slack has no port; it takes token, channel",
        ),
        ("{type: teams, url: 'https://teams.example/x'}", "whoever knows this address can send to teams"),
        ("{type: email, to: [ops], sender: a@b.example, host: mx}", "should match pattern"),
        ("{type: webhook, url: 'https://user:pw@hooks.example'}", "is no address"),
        ("{type: webhook, url: 'https://hooks.example', secret: [env:A, letmein]}", "a secret does not stand here"),
        ("{type: webhook, url: 'https://hooks.example', secret: ''}", "write env:NAME or file:PATH, or leave it out"),
        ("{type: webhook, url: 'https://hooks.example', secret: [env:A, env:B, env:C]}", "at most 2 items"),
        ("{type: webhok, url: 'https://hooks.example'}", "input should be 'pagerduty'"),
        ("{type: webhook, urll: 'https://hooks.example'}", "no such key; did you mean url?"),
    ],
    ids=str,
)
def test_mistakes_in_channels_are_told_and_no_secret_is_taken(tmp_path: Path, channel: str, said: str) -> None:
    _, problems = read(tmp_path, f"notify: {{channels: {{it: {channel}}}}}")
    assert any(said in problem and problem.startswith("evenkeel.yaml:1:") for problem in problems), problems


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("env:A", ("env:A",)), ("[env:A]", ("env:A",)), ("[env:NEW, 'file:/old']", ("env:NEW", "file:/old"))],
    ids=str,
)
def test_a_webhook_has_one_secret_or_while_it_is_changed_two(
    tmp_path: Path, written: str, read_as: tuple[str, ...]
) -> None:
    hook = f"{{type: webhook, url: 'https://hooks.example', secret: {written}}}"
    found, problems = read(tmp_path, f"notify: {{channels: {{it: {hook}}}}}")
    assert not problems
    assert found.channels["it"].secret == read_as


def test_routes_without_any_channel_say_that_there_is_none(tmp_path: Path) -> None:
    _, problems = read(tmp_path, "notify: {default: [chat]}")
    assert problems == ["evenkeel.yaml:1:20: notify.default.0: there is no channel 'chat'; none is configured"]
