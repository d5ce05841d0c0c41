"""Where the gateway's pages are: none is seen without signing in, and no form is taken by GET."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("path", ["/gateway", "/gateway/production/bot", "/gateway/production/bot/kill"])
def test_whoever_has_not_signed_in_sees_nothing(world: Any, path: str) -> None:
    assert world.anonymous().get(path).headers["location"] == "/sign-in"


def test_json_is_refused_in_json(world: Any) -> None:
    assert world.anonymous().get("/gateway.json").json["code"] == "access.unauthorized"


def test_an_act_is_no_page(world: Any) -> None:
    assert world.person().get("/gateway/undo").status == 405
