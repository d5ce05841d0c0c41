"""Which channels are told: the first route that fits decides, unless it says to go on. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from evenkeel.org.config.notify import NotifyConfig, RouteConfig


def route(labels: Mapping[str, str], notify: NotifyConfig) -> tuple[str, ...]:
    """The channels of what carries these labels, each once; empty where there is nowhere to go.

    >>> routes = [{"match": {"severity": "page"}, "channels": ["pager"]}]
    >>> notify = NotifyConfig.model_validate({"routes": routes, "default": ["chat"]})
    >>> route({"severity": "page"}, notify), route({"severity": "ticket"}, notify)
    (('pager',), ('chat',))
    """
    chosen: list[str] = []
    for each in notify.routes:
        if not fits(each, labels):
            continue
        chosen += each.channels
        if not each.go_on:
            break
    return tuple(dict.fromkeys(chosen or notify.default))


def fits(wanted: RouteConfig, labels: Mapping[str, str]) -> bool:
    """Whether all that a route asks is so; a label that is absent reads as empty."""
    return all(
        any(fnmatchcase(labels.get(name, ""), value) for value in values) for name, values in wanted.match.items()
    )


def describe_routes(notify: NotifyConfig) -> tuple[str, ...]:
    """The routes as sentences, in the order in which they are asked.

    >>> routes = [{"match": {"severity": "page"}, "channels": ["pager"]}]
    >>> describe_routes(NotifyConfig.model_validate({"routes": routes}))
    ('Alerts whose severity is page go to pager.', 'All others go nowhere: nobody is told of them.')
    """
    sentences: list[str] = []
    for each in notify.routes:
        what = " and ".join(f"{name} is {_either(values)}" for name, values in each.match.items())
        who = f"Alerts whose {what}" if what else "All alerts"
        go_on = "; later routes are asked too" if each.go_on else ""
        sentences.append(f"{who} go to {_and(each.channels)}{go_on}.")
    if notify.default:
        sentences.append(f"{'All others' if notify.routes else 'All alerts'} go to {_and(notify.default)}.")
    elif not any(not each.match for each in notify.routes):
        others = "All others" if notify.routes else "Alerts"
        sentences.append(f"{others} go nowhere: nobody is told of them.")
    return tuple(sentences)


def _either(values: Sequence[str]) -> str:
    return " or ".join("anything" if value == "*" else value for value in values)


def _and(names: Sequence[str]) -> str:
    return " and ".join(dict.fromkeys(names))
