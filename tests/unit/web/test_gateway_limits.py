"""The page of limits: who uses how much, what is not known, and what is given back by whom."""

from __future__ import annotations

import re
from typing import Any

import pytest

from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.changing import Change
from evenkeel.gateway.limits.looking import Use, Uses
from evenkeel.gateway.limits.model import AccountState, Holder, Limit, Measure, Period
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.record import name_of
from evenkeel.org.access.keys import NewKey
from evenkeel.org.access.model import Scope
from evenkeel.org.config.model import Config
from evenkeel.web.gateway_limits import PAGE_SIZE, answers, state_of

LIMITS = {
    "care": {"holder": "team", "name": "care", "measure": "money", "period": "month", "amount": 12, "currency": "EUR"},
    "each-key": {"holder": "key", "measure": "requests", "period": "ever", "amount": 100},
}
EACH = Limit("each-key", Holder.KEY, "*", Measure.REQUESTS, Period.EVER, 100)


@pytest.fixture
def limited(world: Any) -> Any:
    world.gateway.configure(Config.model_validate({"gateway": {"limits": LIMITS}}))
    return world


def use(world: Any, limit_id: str, holders: dict[str, int], *, dies: bool = False) -> None:
    """What holders used; or what a worker that was killed had set aside for them."""
    now_us, limit = world.clock.now_us(), world.gateway.effective.limits[limit_id]
    accounts = Accounts.open(world.limit_accounts, slots=256)
    for holder, amount in holders.items():
        account = account_of(limit, holder, now_us, "UTC")
        accounts.apply(0, [Change(account, name_of(account), least=amount, most=amount)], now_us)
        if not dies:
            accounts.apply(0, [Change(account, name_of(account), settled=amount)], now_us)
    if dies:
        accounts.recover(0, {}, lambda _name, _turn: None)
    accounts.close()


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found.group(1)


def used(charged: int, leased: int = 0) -> Use:
    return Use(account_of(EACH, "k1", 0, "UTC"), AccountState(charged, leased, 0, 0))


def test_what_is_not_known_is_neither_unused_nor_within() -> None:
    unknown = Use(account_of(EACH, "k1", 0, "UTC"), None)
    states = [state_of(each) for each in (used(0), used(50), used(60, 30), used(60, 40), unknown)]
    assert states == ["unused", "within", "nearly used up", "used up", "not known"]
    assert answers(Uses((unknown,)))["mood"] == "unknown"
    assert answers(Uses((used(100), used(1))))["how"] == "Of 2 accounts of limits, 1 account used up."
    assert answers(Uses((used(1),)))["mood"] == "ok"


def test_without_a_limit_the_page_says_how_to_write_one(world: Any) -> None:
    assert "No limit yet" in world.person().get("/gateway/limits").text


def test_before_a_worker_counted_nothing_is_known(limited: Any) -> None:
    page = limited.person().get("/gateway/limits").text
    assert "No worker of the gateway has counted anything here yet." in page
    assert "not known" in page
    assert "0 %" not in page


def test_each_account_says_what_is_used_set_aside_and_allowed(limited: Any) -> None:
    key, _ = limited.keys.create(NewKey("chat", Scope.GATEWAY), actor="test")
    use(limited, "each-key", {key.id: 100})
    use(limited, "care", {"care": 9_000_000_000})
    page = limited.person().get("/gateway/limits").text
    assert "Of 2 accounts of limits, 1 account used up." in page
    assert page.index(key.id) < page.index("9.00 EUR")
    assert "<b>75 %</b>" in page
    assert "12.00 EUR" in page
    document = limited.program(Scope.READ).get("/gateway/limits.json?q=chat").json
    assert [(row["of_name"], row["used"]) for row in document["limits"]] == [("chat", 100)]


def test_many_holders_are_paged_and_filtered_by_address(limited: Any) -> None:
    use(limited, "each-key", {f"k{number:03}": number + 1 for number in range(PAGE_SIZE + 10)})
    person = limited.person()
    first = person.get("/gateway/limits?limit=each-key").text
    assert f"1 to {PAGE_SIZE} of {PAGE_SIZE + 10}" in first
    assert ("k059" in first, "k005" in first) == (True, False)
    assert "limit=each-key&amp;page=2" in first
    last = person.get("/gateway/limits?limit=each-key&page=99").text
    assert ("k059" in last, "k005" in last) == (False, True)
    assert "k007" in person.get("/gateway/limits?q=K007").text
    assert "No account fits" in person.get("/gateway/limits?q=nobody").text
    assert person.get("/gateway/limits?page=-1").status == 200
    assert "k059" not in person.get("/gateway/limits?kind=team").text


def test_what_a_killed_worker_had_set_aside_is_taken_back_with_a_reason(limited: Any) -> None:
    use(limited, "care", {"care": 2_000_000_000}, dies=True)
    person = limited.person()
    assert "Take back…" in person.get("/gateway/limits").text
    panel = person.get("/gateway/limits?limit=care&holder=care").text
    assert "2.00 EUR of" in panel
    assert 'name="amount" value="2"' in panel
    form = {"csrf": csrf(panel), "limit": "care", "holder": "care", "amount": "1.5"}
    refused = person.post("/gateway/limits/reconcile", form)
    assert (refused.status, "The reason is missing." in refused.text) == (400, True)
    assert 'value="1.5"' in refused.text
    done = person.post("/gateway/limits/reconcile", {**form, "reason": "invoice"})
    assert done.status == 303
    shown = person.get(done.headers["location"].partition("#")[0]).text
    assert "1.50 EUR of care given back to care; 0.5 EUR are used now." in shown
    again = person.post("/gateway/limits/reconcile", {**form, "amount": "9", "reason": "much"})
    assert "0.5 EUR of care" in person.get(again.headers["location"].partition("#")[0]).text
    nothing = person.post("/gateway/limits/reconcile", {**form, "reason": "more"})
    assert (nothing.status, "Nothing of limit care" in nothing.text) == (400, True)


def test_an_amount_is_changed_with_a_reason(limited: Any) -> None:
    person = limited.person()
    panel = person.get("/gateway/limits?change=care").text
    assert "It allows 12.00 EUR per month now." in panel
    form = {"csrf": csrf(panel), "change": "care", "amount": "20", "reason": "campaign"}
    assert person.post("/gateway/limits/amount", {**form, "amount": "much"}).status == 400
    done = person.post("/gateway/limits/amount", form)
    assert "care allows 20.00 EUR now" in person.get(done.headers["location"].partition("#")[0]).text
    assert limited.gateway.effective.limits["care"].amount == 20_000_000_000
    (change,) = limited.gateway.history()
    assert (change.reason, change.target) == ("campaign", "limit:care")
    assert "done=same" in person.post("/gateway/limits/amount", form).headers["location"]


def test_who_may_only_look_changes_nothing(limited: Any) -> None:
    use(limited, "care", {"care": 2_000_000_000}, dies=True)
    page = limited.program(Scope.READ).get("/gateway/limits?limit=care&holder=care").text
    assert 'method="post"' not in page
    assert "Change…" not in page


def test_limits_need_no_telemetry_store(world: Any) -> None:
    before = world.person().get("/gateway/limits")
    world.lose_store()
    after = world.person().get("/gateway/limits")
    assert (before.status, after.status) == (200, 200)
    assert "Figures are unknown" not in after.text
