"""Where alerts go: the first route that fits, unless it says to go on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.act.notify.routing import describe_routes, route
from evenkeel.org.config.notify import NotifyConfig

PAGE = {"severity": "page", "environment": "production", "service": "bot", "team": "care"}
TO_PAGER = {"match": {"severity": "page"}, "channels": ["pager"]}
TO_CHAT = {"match": {"environment": ["production", "beta"]}, "channels": ["chat", "pager"]}


def notify(*routes: dict[str, Any], default: tuple[str, ...] = ()) -> NotifyConfig:
    return NotifyConfig.model_validate({"routes": routes, "default": default})


@pytest.mark.parametrize(
    ("config", "labels", "expected"),
    [
        (notify(TO_PAGER, TO_CHAT), PAGE, ("pager",)),
        (notify(TO_PAGER | {"continue": True}, TO_CHAT), PAGE, ("pager", "chat")),
        (notify(TO_PAGER, TO_CHAT), PAGE | {"severity": "ticket"}, ("chat", "pager")),
        (notify(TO_PAGER, default=("mail",)), PAGE | {"severity": "ticket"}, ("mail",)),
        (notify(TO_PAGER | {"continue": True}, default=("mail",)), PAGE, ("pager",)),
        (notify(TO_PAGER), PAGE | {"severity": "ticket"}, ()),
        (notify(), PAGE, ()),
        (notify(default=("mail", "mail")), PAGE, ("mail",)),
        (notify({"channels": ["chat"]}, TO_PAGER), PAGE, ("chat",)),
        (notify({"match": {"service": "bot*"}, "channels": ["a"]}), PAGE | {"service": "bot-eu"}, ("a",)),
        (notify({"match": {"tier": "*"}, "channels": ["a"]}), PAGE, ("a",)),
        (notify({"match": {"tier": "?*"}, "channels": ["a"]}), PAGE, ()),
        (notify({"match": {"team": "Care"}, "channels": ["a"]}), PAGE, ()),
        (notify({"match": {"team": "care", "severity": "ticket"}, "channels": ["a"]}), PAGE, ()),
    ],
)
def test_the_first_route_that_fits_decides_unless_it_says_to_go_on(
    config: NotifyConfig, labels: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert route(labels, config) == expected


@given(
    st.lists(st.tuples(st.sampled_from(["page", "ticket", "*"]), st.sampled_from("abc"), st.booleans()), max_size=6),
    st.sampled_from(["page", "ticket"]),
)
def test_a_channel_is_named_once_and_only_by_a_route_that_fits(
    routes: list[tuple[str, str, bool]], severity: str
) -> None:
    rows = [{"match": {"severity": s}, "channels": [c], "continue": on} for s, c, on in routes]
    found = route({"severity": severity}, notify(*rows, default=("last",)))
    fitting = [c for s, c, _ in routes if s in ("*", severity)]
    assert len(found) == len(set(found)) >= 1
    assert set(found) <= set(fitting or ["last"])
    assert found[0] == (fitting[0] if fitting else "last")


def test_routes_are_told_in_words_and_a_gap_is_said() -> None:
    assert describe_routes(notify(TO_PAGER | {"continue": True}, TO_CHAT)) == (
        "Alerts whose severity is page go to pager; later routes are asked too.",
        "Alerts whose environment is production or beta go to chat and pager.",
        "All others go nowhere: nobody is told of them.",
    )
    assert describe_routes(notify({"channels": ["chat"]})) == ("All alerts go to chat.",)
    assert describe_routes(notify(TO_PAGER, default=("mail",)))[-1] == "All others go to mail."
    assert describe_routes(notify(default=("mail",))) == ("All alerts go to mail.",)
    assert describe_routes(notify()) == ("Alerts go nowhere: nobody is told of them.",)
