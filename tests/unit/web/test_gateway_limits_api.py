"""Limits over the API: what is used of them, how much they allow, what is taken back."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.changing import Change
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.record import name_of
from evenkeel.org.access.keys import NewKey
from evenkeel.org.access.model import Scope
from evenkeel.org.config.model import Config

LIMITS = {
    "care": {"holder": "team", "name": "care", "measure": "money", "period": "month", "amount": 12, "currency": "EUR"},
    "each-key": {"holder": "key", "measure": "requests", "period": "ever", "amount": 100},
}


@pytest.fixture
def limited(world: Any) -> Any:
    world.gateway.configure(Config.model_validate({"gateway": {"limits": LIMITS}}))
    return world


def use(world: Any, limit_id: str, holder: str, amount: int, *, dies: bool = False) -> None:
    now_us = world.clock.now_us()
    account = account_of(world.gateway.effective.limits[limit_id], holder, now_us, "UTC")
    accounts = Accounts.open(world.limit_accounts, slots=64)
    accounts.apply(0, [Change(account, name_of(account), least=amount, most=amount)], now_us)
    if dies:
        accounts.recover(0, {}, lambda _name, _turn: None)
    else:
        accounts.apply(0, [Change(account, name_of(account), settled=amount)], now_us)
    accounts.close()


def test_what_nobody_counted_is_null_and_said(limited: Any) -> None:
    answer = limited.program(Scope.READ).get("/api/v1/gateway/limits").json
    assert "No worker" in answer["unknown_because"]
    assert [(row["id"], row["used"], row["left"], row["taken_ratio"]) for row in answer["limits"]] == [
        ("care", None, None, None),
        ("each-key", None, None, None),
    ]


def test_what_is_used_is_shown_in_its_unit_the_largest_share_first(limited: Any) -> None:
    key, _ = limited.keys.create(NewKey("chat", Scope.GATEWAY), actor="test")
    use(limited, "each-key", key.id, 30)
    use(limited, "care", "care", 9_000_000_000)
    reader = limited.program(Scope.READ)
    answer = reader.get("/api/v1/gateway/limits").json
    money, requests = answer["limits"]
    assert (money["used"], money["left"], money["amount"], money["currency"]) == (9.0, 3.0, 12.0, "EUR")
    assert money["used_ratio"] == money["taken_ratio"] == 0.75
    assert money["until"] > money["from"]
    assert (requests["of"], requests["of_name"], requests["used"], requests["until"]) == (key.id, "chat", 30, None)
    assert (answer["unknown_because"], answer["total"], answer["next_cursor"]) == ("", 2, None)


def test_it_is_paged_and_asked_for_by_limit_and_holder(limited: Any) -> None:
    for number in range(5):
        use(limited, "each-key", f"k{number}", number + 1)
    reader = limited.program(Scope.READ)
    first = reader.get("/api/v1/gateway/limits?limit=each-key&count=2").json
    assert [row["of"] for row in first["limits"]] == ["k4", "k3"]
    assert (first["total"], first["next_cursor"]) == (5, 2)
    last = reader.get("/api/v1/gateway/limits?limit=each-key&count=2&cursor=4").json
    assert ([row["of"] for row in last["limits"]], last["next_cursor"]) == (["k0"], None)
    one = reader.get("/api/v1/gateway/limits?holder=k2").json
    assert [(row["id"], row["used"]) for row in one["limits"]] == [("each-key", 3)]
    assert reader.get("/api/v1/gateway/limits?limit=none").status == 404


def test_an_amount_is_changed_by_who_may(limited: Any) -> None:
    admin = limited.program(Scope.ADMIN)
    changed = admin.post("/api/v1/gateway/limits/care", body={"amount": "20.25"}).json["change"]
    assert changed["after"] == 20_250_000_000
    assert admin.post("/api/v1/gateway/limits/none", body={"amount": "1"}).status == 404
    assert admin.post("/api/v1/gateway/limits/care", body={"amount": "much"}).status == 400
    assert limited.program(Scope.READ).post("/api/v1/gateway/limits/care", body={"amount": "1"}).status == 403


def test_what_a_dead_worker_had_reserved_is_taken_back_by_who_may(limited: Any) -> None:
    use(limited, "care", "care", 2_000_000_000, dies=True)
    path, body = "/api/v1/gateway/limits/care/reconcile", {"holder": "care", "amount": "1.5", "reason": "invoice"}
    assert limited.program(Scope.READ).post(path, body=body).status == 403
    admin = limited.program(Scope.ADMIN)
    done = admin.post(path, body=body).json
    assert (done["taken_back"], done["limit"]["used"], done["limit"]["unsettled"]) == (1.5, 0.5, 0.5)
    assert admin.post(path, body={**body, "reason": ""}).status == 422
    assert admin.post(path, body={**body, "amount": "-1"}).status == 400
    assert admin.post("/api/v1/gateway/limits/none/reconcile", body=body).status == 404
    audit = admin.get("/api/v1/audit").json["rows"]
    assert [row["reason"] for row in audit if row["action"] == "gateway.reconcile"] == ["invoice"]
