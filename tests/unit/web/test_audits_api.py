"""Audits over the API: what is no audit is a clear error, and only who may read is answered."""

from __future__ import annotations

from typing import Any

World = Any
API = "/api/v1/audits"


def test_what_is_not_audited_or_no_month_is_a_clear_error(world: World) -> None:
    world.chat(20)
    world.judge()
    client = world.program()
    (model,) = client.get(API).json["models"]
    assert (model["service"], model["kind"]) == ("bot", "llm")
    assert client.get(f"{API}/one?service=production/nobody&month=2024-10").status == 404
    assert client.get(f"{API}/one?service=production/bot&month=2019-09").status == 404
    assert "is no month" in client.get(f"{API}/one?service=production/bot&month=2024-13").json["message"]
    assert client.get(f"{API}?service=bot").status == 400
    assert client.get(f"{API}?service=production/nobody").status == 404


def test_who_has_no_key_is_told_nothing(world: World) -> None:
    for path in (API, f"{API}/one?service=production/bot&month=2024-10"):
        assert world.anonymous().get(path).status == 401
