"""From what is configured to what is spoken to: adapters by type, with their secrets read when they are used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from evenkeel.act.notify.email import Email
from evenkeel.act.notify.model import Adapter, Security
from evenkeel.act.notify.opsgenie import Opsgenie
from evenkeel.act.notify.pacing import Pace
from evenkeel.act.notify.pagerduty import PagerDuty
from evenkeel.act.notify.sending import Channel
from evenkeel.act.notify.slack import Slack, SlackWebhook
from evenkeel.act.notify.teams import Teams
from evenkeel.act.notify.webhook import Webhook
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.ports import Clock
from evenkeel.org.config.notify import ChannelConfig, NotifyConfig
from evenkeel.org.config.references import REFERENCE
from evenkeel.org.config.secrets import Secrets

#: How often a receiver is called at most: what it says it takes, or what is polite where it says nothing.
PACES: Final[Mapping[str, Pace]] = {
    "pagerduty": Pace(120, 60.0),  # events a minute and key (Events API v2, rate limits)
    "slack": Pace(1, 1.0),  # messages a second and channel (api.slack.com, rate limits)
    "teams": Pace(3, 1.0),  # from four requests a second it throttles (learn.microsoft.com, webhooks)
    "opsgenie": Pace(60, 60.0),
    "email": Pace(60, 60.0),
    "webhook": Pace(600, 60.0),
}

_SECURITY: Final = {"starttls": Security.STARTTLS, "implicit": Security.TLS, "none": Security.PLAIN}


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel as people see it: no secret."""

    name: str
    type: str
    target: str


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of one configuration."""

    notify: NotifyConfig
    secrets: Secrets
    site_url: str
    clock: Clock

    def open(self, name: str) -> Channel:
        """How a channel is spoken to, with its secrets as they are now, and how often.

        Raises InvalidInputError for a channel that is not configured, NotFoundError for a secret that is not there.
        """
        channel = self.notify.channels.get(name)
        if channel is None:
            known = ", ".join(self.notify.channels) or "none is configured"
            raise InvalidInputError(f"There is no channel {name[:100]!r}.", hint=f"Channels: {known}.")
        return Channel(_BUILDERS[channel.type](channel, self), PACES[channel.type])

    def describe(self) -> tuple[ChannelView, ...]:
        """Every channel, by name."""
        return tuple(ChannelView(name, each.type, describe_target(each)) for name, each in self.notify.channels.items())


def describe_target(channel: ChannelConfig) -> str:
    """Where a channel leads, without what is secret: of an address its host, of a secret its name."""
    match channel.type:
        case "email":
            return f"{', '.join(channel.to)} through {channel.host}:{channel.port}"
        case "slack" if channel.token:
            return f"channel {channel.channel}, token from {channel.token}"
        case "pagerduty":
            return f"{_host(channel, 'events.pagerduty.com')}, key from {channel.routing_key}"
        case "opsgenie":
            return f"{_host(channel, 'api.opsgenie.com')}, key from {channel.api_key}"
        case _:
            url = channel.url
            return f"address from {url}" if REFERENCE.fullmatch(url) else urlsplit(url).netloc


def _host(channel: ChannelConfig, usual: str) -> str:
    return urlsplit(channel.base_url).netloc if channel.base_url else usual


def _elsewhere(channel: ChannelConfig) -> dict[str, Any]:
    return {"base_url": channel.base_url} if channel.base_url else {}


def _pagerduty(channel: ChannelConfig, given: Channels) -> Adapter:
    key = given.secrets.read(channel.routing_key)
    return PagerDuty(routing_key=key, site_url=given.site_url, **_elsewhere(channel))


def _opsgenie(channel: ChannelConfig, given: Channels) -> Adapter:
    key = given.secrets.read(channel.api_key)
    return Opsgenie(api_key=key, site_url=given.site_url, **_elsewhere(channel))


def _slack(channel: ChannelConfig, given: Channels) -> Adapter:
    if channel.url:
        return SlackWebhook(url=given.secrets.read(channel.url), site_url=given.site_url)
    token = given.secrets.read(channel.token)
    return Slack(token=token, channel=channel.channel, site_url=given.site_url, **_elsewhere(channel))


def _teams(channel: ChannelConfig, given: Channels) -> Adapter:
    return Teams(url=given.secrets.read(channel.url), site_url=given.site_url)


def _email(channel: ChannelConfig, given: Channels) -> Adapter:
    return Email(
        host=channel.host,
        port=channel.port,
        sender=channel.sender,
        recipients=channel.to,
        site_url=given.site_url,
        security=_SECURITY[channel.tls],
        user=channel.username,
        password=given.secrets.read(channel.password),
    )


def _webhook(channel: ChannelConfig, given: Channels) -> Adapter:
    secrets = tuple(map(given.secrets.read, channel.secret))
    return Webhook(url=given.secrets.read(channel.url), site_url=given.site_url, clock=given.clock, secrets=secrets)


_BUILDERS: Final[Mapping[str, Callable[[ChannelConfig, Channels], Adapter]]] = {
    "pagerduty": _pagerduty,
    "opsgenie": _opsgenie,
    "slack": _slack,
    "teams": _teams,
    "email": _email,
    "webhook": _webhook,
}
