"""How notifications are configured: channels, and which messages go to which of them (SPEC INC-3)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, Self, cast

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from evenkeel.org.config.fields import Seconds, Section
from evenkeel.org.config.probes import Url
from evenkeel.org.config.references import REFERENCE

CHANNELS_MAX: Final = 20
ROUTES_MAX: Final = 200
#: While one secret is changed two are in use; a third one has been forgotten.
SECRETS_MAX: Final = 2
#: More often is of no use to a watcher; less often, and an hour passes before anybody notices.
DEAD_MAN_S: Final = (10, 3_600)
#: More often would be noise; less often cannot show much within a month.
SYNTHETIC_S: Final = (60, 86_400)
_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
_ADDRESS: Final = r"^[^@\s,<>]+@[^@\s,<>]+$"

#: What each type of channel needs, and what else it takes.
_NEEDS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "pagerduty": (("routing_key",), ("base_url",)),
    "opsgenie": (("api_key",), ("base_url",)),
    "slack": ((), ("token", "channel", "url", "base_url")),
    "teams": (("url",), ()),
    "email": (("host", "sender", "to"), ("port", "tls", "username", "password")),
    "webhook": (("url",), ("secret",)),
}
#: Addresses that let anybody who knows them send.
_SECRET_ADDRESSES: Final = ("slack", "teams")
#: What a route can ask of an alert.
LABELS: Final = (
    "environment", "service", "severity", "family", "objective", "rule", "team", "tier", "owner", "level",
)  # fmt: skip


def _secret(value: str) -> str:
    if value and not REFERENCE.fullmatch(value):
        msg = "a secret does not stand here; write env:NAME or file:PATH"
        raise ValueError(msg)
    return value


def _target(value: str) -> str:
    if value and not REFERENCE.fullmatch(value) and not re.fullmatch(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", value):
        msg = f"{value!r} is no address; write e.g. https://hooks.example/evenkeel, or env:NAME where it is a secret"
        raise ValueError(msg)
    return value


def _list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _named(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(value):
        msg = "write env:NAME or file:PATH, or leave it out"
        raise ValueError(msg)
    return value


def _known_labels(value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for name in value:
        if name not in LABELS:
            near = difflib.get_close_matches(name, LABELS, n=1)
            msg = f"alerts have no {name!r}; " + (f"did you mean {near[0]}?" if near else f"known: {', '.join(LABELS)}")
            raise ValueError(msg)
    return value


Secret = Annotated[str, AfterValidator(_secret)]
Target = Annotated[str, AfterValidator(_target)]
Names = Annotated[
    tuple[str, ...], BeforeValidator(_list, json_schema_input_type=str | tuple[str, ...]), Field(min_length=1)
]

_Secrets = Annotated[tuple[Secret, ...], Field(max_length=SECRETS_MAX)]
Rotated = Annotated[_Secrets, BeforeValidator(_list, json_schema_input_type=Secret | _Secrets), AfterValidator(_named)]


class ChannelConfig(Section):
    """One receiver. Keys and addresses that let anybody send are named as env:NAME or file:PATH."""

    type: Literal["pagerduty", "opsgenie", "slack", "teams", "email", "webhook"] = Field(
        description="What it is.", examples=["slack"]
    )
    base_url: Url | None = Field(
        default=None,
        description="Where its API is, if not at its usual address: a relay of yours, or another region.",
        examples=["https://api.eu.opsgenie.com"],
    )
    routing_key: Secret = Field(
        default="", description="PagerDuty: the integration key of Events API v2.", examples=["env:PAGERDUTY_KEY"]
    )
    api_key: Secret = Field(default="", description="Opsgenie: the key of an API integration.", examples=["env:GENIE"])
    token: Secret = Field(
        default="", description="Slack: a bot token with chat:write.", examples=["file:/run/secrets/slack"]
    )
    channel: str = Field(default="", description="Slack: the channel, best by its id.", examples=["C0123456789"])
    url: Target = Field(
        default="",
        description="Slack without a token, Teams: the address to send to, a secret itself; webhook: any address.",
        examples=["env:TEAMS_URL"],
    )
    secret: Rotated = Field(
        default=(),
        description="Webhook: signs every body; while it is changed, the new one and the old one.",
        examples=[["env:HOOK_SECRET", "env:HOOK_SECRET_OLD"]],
    )
    host: str = Field(default="", description="E-mail: the SMTP server.", examples=["smtp.example.org"])
    port: int = Field(default=587, gt=0, lt=65_536, description="E-mail: its port.", examples=[25])
    tls: Literal["starttls", "implicit", "none"] = Field(
        default="starttls", description="E-mail: how the connection is encrypted.", examples=["implicit"]
    )
    username: str = Field(default="", description="E-mail: who signs in.", examples=["evenkeel"])
    password: Secret = Field(default="", description="E-mail: with what.", examples=["env:SMTP_PASSWORD"])
    sender: Annotated[str, Field(pattern=f"^$|{_ADDRESS}")] = Field(
        default="", description="E-mail: from whom.", examples=["evenkeel@example.org"]
    )
    to: tuple[Annotated[str, Field(pattern=_ADDRESS)], ...] = Field(
        default=(), max_length=50, description="E-mail: to whom.", examples=[["oncall@example.org"]]
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        needed, more = _NEEDS[self.type]
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            msg = f"a channel of type {self.type} needs {' and '.join(missing)}"
            raise ValueError(msg)
        foreign = sorted(self.model_fields_set - {"type", *needed, *more})
        if foreign:
            takes = ", ".join((*needed, *more))
            msg = f"a channel of type {self.type} has no {' and no '.join(foreign)}; it takes {takes}"
            raise ValueError(msg)
        if self.type in _SECRET_ADDRESSES and self.url and not REFERENCE.fullmatch(self.url):
            msg = f"whoever knows this address can send to {self.type}; name it as env:NAME or file:PATH"
            raise ValueError(msg)
        if self.type == "slack" and bool(self.url) == bool(self.token and self.channel):
            msg = "slack needs token and channel, or the url of an incoming webhook instead"
            raise ValueError(msg)
        return self


class RouteConfig(Section):
    """Alerts that fit all of `match` go to `channels`; the first route that fits decides."""

    match: Annotated[dict[str, Names], AfterValidator(_known_labels)] = Field(
        default_factory=dict,
        description="Labels and the values they may have; * stands for anything. severity is page or ticket. All must"
        " fit; empty fits every alert.",
        examples=[{"severity": "page", "team": ["care", "billing"]}],
    )
    channels: tuple[str, ...] = Field(min_length=1, description="Names of channels.", examples=[["pager", "slack"]])
    go_on: bool = Field(
        default=False, alias="continue", description="true: later routes are asked too.", examples=[True]
    )


class DeadManConfig(Section):
    """A dead-man's switch outside, which raises the alarm when it hears nothing."""

    url: Target = Field(
        min_length=1, description="What is called (GET), e.g. of healthchecks.io.", examples=["env:DEADMAN_URL"]
    )
    every: Annotated[Seconds, Field(ge=DEAD_MAN_S[0], le=DEAD_MAN_S[1])] = Field(
        default=60, description="How often.", examples=["1m"]
    )


class SyntheticConfig(Section):
    """A page that nobody needs to answer, sent to measure the way of all others."""

    every: Annotated[Seconds, Field(ge=SYNTHETIC_S[0], le=SYNTHETIC_S[1])] = Field(
        default=3_600, description="How often.", examples=["1h"]
    )
    channel: str = Field(
        default="",
        description="Through which channel; default: a receiver built in, which nobody hears.",
        examples=["hook"],
    )


class NotifyConfig(Section):
    """Who is told, how, and how that is watched."""

    channels: Annotated[dict[Annotated[str, Field(pattern=_NAME)], ChannelConfig], Field(max_length=CHANNELS_MAX)] = (
        Field(default_factory=dict, description="Receivers by name.")
    )
    routes: Annotated[tuple[RouteConfig, ...], Field(max_length=ROUTES_MAX)] = Field(
        default=(), description="The first that fits decides, unless it says `continue: true`."
    )
    default: tuple[str, ...] = Field(default=(), description="Channels of what fits no route.", examples=[["slack"]])
    site_url: Url | None = Field(
        default=None,
        description="How people reach evenkeel; links begin with it. Default: the address it serves at.",
        examples=["https://evenkeel.example.org"],
    )
    dead_man: DeadManConfig | None = Field(default=None, description="Who notices when evenkeel itself is dead.")
    synthetic: SyntheticConfig = Field(
        default_factory=SyntheticConfig, description="The page that measures the alert path."
    )


def check_notify(notify: object, note: Callable[[tuple[str, ...], str], None]) -> None:
    """Tell `note` (path below `notify`, message) of channels that are named but are not there."""
    section = _mapping(notify)
    known = list(_mapping(section.get("channels")))
    for number, route in enumerate(_items(section.get("routes"))):
        for place, name in enumerate(_items(_mapping(route).get("channels"))):
            _check_channel(name, known, lambda said, at=("routes", str(number), "channels", str(place)): note(at, said))
    for place, name in enumerate(_items(section.get("default"))):
        _check_channel(name, known, lambda said, at=("default", str(place)): note(at, said))
    through = _mapping(section.get("synthetic")).get("channel")
    _check_channel(through or None, known, lambda said: note(("synthetic", "channel"), said))


def _check_channel(name: object, known: Sequence[str], note: Callable[[str], None]) -> None:
    if isinstance(name, str) and name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        there_are = f"known: {', '.join(known)}" if known else "none is configured"
        note(f"there is no channel {name!r}; " + (f"did you mean {near[0]}?" if near else there_are))


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _items(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
