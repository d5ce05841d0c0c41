"""The pages of keys: made, changed, replaced and revoked by forms; who may not sees no form; nothing is said twice."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.changing import Change
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.record import name_of
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.org.access.keys import NewKey
from evenkeel.org.access.model import Scope
from evenkeel.org.config.model import Config
from evenkeel.web.keys import PAGE_SIZE

KEYS = "/settings/keys"
LIMITS = {
    "care": {"holder": "team", "name": "care", "measure": "money", "period": "month", "amount": 12, "currency": "EUR"},
    "each-key": {"holder": "key", "measure": "requests", "period": "ever", "amount": 100},
    "others": {"holder": "team", "name": "others", "measure": "requests", "period": "ever", "amount": 100},
}


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found.group(1)


def secret_in(page: str) -> str:
    found = re.search(r'<pre id="secret">(ek_[^<]+)</pre>', page)
    assert found
    return found.group(1)


def sent(person: Any, act: str = "", **fields: str) -> Any:
    """A form of ours, with its token."""
    return person.post(f"{KEYS}{act}", {"csrf": csrf_of(person.get(KEYS).text), **fields})


def made(world: Any, name: str = "bot", **more: Any) -> str:
    return world.keys.create(NewKey(name, Scope.GATEWAY, **more), actor="test")[0].id


def asked_with(world: Any, key_id: str, **more: Any) -> None:
    about = json.dumps({"evenkeel.key": key_id}, separators=(",", ":"))
    world.feeder.fold(world.feeder.event(**{"source": "gateway", "role": "request", "attributes": about, **more}))


def test_a_form_from_another_site_or_without_its_token_changes_nothing(world: Any) -> None:
    client = world.person()
    form = {"name": "theirs", "scope": "admin", "csrf": csrf_of(client.get(KEYS).text)}
    assert client.post(KEYS, form, origin="https://elsewhere.example").status == 403
    assert client.post(KEYS, {**form, "csrf": "guessed"}).status == 401
    assert [key.name for key in world.keys.list()] == []
    assert client.post(KEYS, form, origin="http://evenkeel.test").status == 200
    assert [key.name for key in world.keys.list()] == ["theirs"]


def test_a_new_key_is_shown_once_with_what_to_paste(world: Any) -> None:
    client = world.person()
    page = client.post(KEYS, {"name": "my <bot>", "services": "a, b", "csrf": csrf_of(client.get(KEYS).text)}).text
    secret = re.search(r"x-evenkeel-key=(ek_\S+)", page)
    assert secret
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://evenkeel.test:4999" in page
    assert "my &lt;bot&gt;" in page and "my <bot>" not in page
    (key,) = world.keys.list()
    assert key.services == ("a", "b")
    assert secret.group(1) not in client.get(KEYS).text


def test_revoking_a_key_in_the_browser_ends_it(world: Any) -> None:
    client = world.person()
    csrf = csrf_of(client.get(KEYS).text)
    client.post(KEYS, {"name": "one", "csrf": csrf})
    (key,) = world.keys.list()
    unsaid = client.post(f"{KEYS}/{key.id}/revoke", {"csrf": csrf})
    assert (unsaid.status, "The reason is missing." in unsaid.text) == (400, True)
    assert world.keys.list()[0].revoked_at_us is None
    done = client.post(f"{KEYS}/{key.id}/revoke", {"csrf": csrf, "reason": "left on a train"})
    assert done.status == 303
    assert world.keys.list()[0].revoked_at_us is not None
    page = client.get(done.headers["location"].partition("#")[0]).text
    assert "Revoked. Whatever is sent with it is refused within a second." in page
    assert "left on a train" in page
    assert "/rotate" not in page
    assert "revoked" in client.get(KEYS).text


@pytest.mark.parametrize("scope", ["everything", "''"])
def test_a_scope_that_does_not_exist_is_refused(world: Any, scope: str) -> None:
    client = world.person()
    form = {"name": "x", "scope": scope, "csrf": csrf_of(client.get(KEYS).text)}
    assert client.post(KEYS, form).status == 404
    assert world.keys.list() == []


def test_a_key_for_the_gateway_says_how_the_official_client_uses_it(world: Any) -> None:
    fields = {"scope": "gateway", "services": "support bot", "team": " care ", "models": "small, tiny,small"}
    page = sent(world.person(), name="chat", expires="2099-01-31", **fields).text
    secret = secret_in(page)
    shown = page.replace("&#34;", '"')
    assert f'OpenAI(base_url="http://evenkeel.test:4181/services/support%20bot/v1", api_key="{secret}")' in shown
    assert "No worker of the gateway runs now" in page
    (key,) = world.keys.list()
    assert (key.team, key.models, key.environments) == ("care", ("small", "tiny"), None)
    assert key.expires_at_us is not None
    assert "until" not in page.partition('id="facts-title"')[0]


def test_what_makes_no_sense_is_said_with_what_was_typed(world: Any) -> None:
    person = world.person()
    for fields, said in (
        ({"expires": "2001-01-01"}, "expired already"),
        ({"expires": "soon"}, "is no day"),
        ({"team": "care"}, "intake has no team"),
    ):
        answer = sent(person, name="typed before", **fields)
        assert (answer.status, said in answer.text) == (400, True)
        assert 'value="typed before"' in answer.text
    assert world.keys.list() == []


def test_a_key_is_changed_and_what_was_done_stands_on_its_page(world: Any) -> None:
    person, now_us = world.person(), world.clock.now_us()
    key_id = made(world, services=("bot",), models=("small",), expires_at_us=now_us + 9 * US_PER_DAY + 7)
    page = person.get(f"{KEYS}/{key_id}").text
    day = re.search(r'name="expires" value="([^"]+)"', page)
    assert day
    same = {"name": "bot", "services": "bot", "models": "small", "expires": day.group(1), "reason": "x"}
    as_before = sent(person, f"/{key_id}/change", **same)
    assert as_before.headers["location"].endswith("?done=same#note")
    assert world.keys.get(key_id).expires_at_us == now_us + 9 * US_PER_DAY + 7, "a day that nobody touched"
    assert "The reason is missing." in sent(person, f"/{key_id}/change", **(same | {"reason": " "})).text
    done = sent(person, f"/{key_id}/change", **(same | {"models": "", "expires": "", "reason": "trial is <over>"}))
    assert done.status == 303
    key = world.keys.get(key_id)
    assert (key.services, key.models, key.expires_at_us) == (("bot",), None, None)
    page = person.get(done.headers["location"].partition("#")[0]).text
    assert "Changed; the secret stays." in page
    assert "models: small" in page
    assert "models: any" in page
    assert "trial is &lt;over&gt;" in page
    told = person.get(f"{KEYS}/{key_id}.json").json
    assert [each["what"] for each in told["history"]] == ["changed", "made"]
    assert told["state"] == "active"


def test_a_new_secret_lets_the_old_one_go_on_as_long_as_was_said(world: Any) -> None:
    person = world.person()
    key, old = world.keys.create(NewKey("bot", Scope.READ), actor="test")
    assert sent(person, f"/{key.id}/rotate", grace="99").status == 400
    page = sent(person, f"/{key.id}/rotate", grace="3600", reason="quarterly").text
    new = secret_in(page)
    assert "The secret before this one is taken until" in page
    assert "quarterly" in page
    assert world.keys.find(old) == world.keys.find(new) is not None
    assert "old secret until" in person.get(KEYS).text
    world.clock.advance(3600)
    assert world.keys.find(old) is None
    assert "old secret until" not in person.get(KEYS).text
    assert new not in person.get(f"{KEYS}/{key.id}").text, "it is shown once"
    world.keys.revoke(key.id, actor="test")
    assert "is revoked or has expired" in sent(person, f"/{key.id}/rotate", grace="0").text


def test_last_use_is_told_where_it_is_known(world: Any) -> None:
    used, idle = made(world, "used"), made(world, "idle")
    world.keys.create(NewKey("sender"), actor="test")
    asked_with(world, used)
    asked_with(world, used, role="attempt")
    page = world.person().get(KEYS).text
    rows = {name: row for row in page.split("<tr>") for name in ("used", "idle", "sender") if f">{name}</a>" in row}
    assert "1 request in 7 d" in rows["used"]
    assert "not in 7 d" in rows["idle"]
    assert "unknown" in rows["sender"]
    told = {each["name"]: each for each in world.program(Scope.ADMIN).get(f"{KEYS}.json").json["keys"]}
    assert (told["used"]["requests_7d"], told["idle"]["requests_7d"], told["sender"]["requests_7d"]) == (1, 0, None)
    assert told["used"]["last_used_at"] and not told["idle"]["last_used_at"] and idle == told["idle"]["id"]


def test_whether_workers_obey_is_not_known_before_a_drill(world: Any) -> None:
    person = world.person()
    assert "Whether every worker" not in person.get(KEYS).text, "nobody uses the gateway"
    key_id = made(world)
    for page in (KEYS, f"{KEYS}/{key_id}"):
        assert "refuses a revoked key is not known" in person.get(page).text


def test_limits_that_fall_upon_a_key_stand_on_its_page_with_what_is_used(world: Any) -> None:
    world.gateway.configure(Config.model_validate({"gateway": {"limits": LIMITS}}))
    key_id, person = made(world, team="care"), world.person()
    page = person.get(f"{KEYS}/{key_id}").text
    assert "not known" in page and "No worker of the gateway has counted anything here yet." in page
    limit, now_us = world.gateway.effective.limits["each-key"], world.clock.now_us()
    account = account_of(limit, key_id, now_us, "UTC")
    accounts = Accounts.open(world.limit_accounts, slots=256)
    accounts.apply(0, [Change(account, name_of(account), least=25, most=25)], now_us)
    accounts.apply(0, [Change(account, name_of(account), settled=25)], now_us)
    accounts.close()
    page = person.get(f"{KEYS}/{key_id}").text
    assert "<b>25 %</b>" in page and " this key<" in page
    assert f"limit=each-key&amp;q={key_id}" in page
    assert "team care<" in page and "12.00 EUR" in page
    assert "others" not in page
    other = world.keys.create(NewKey("reader", Scope.READ), actor="test")[0].id
    assert "Limits that fall upon it" not in person.get(f"{KEYS}/{other}").text


def test_many_keys_are_paged_and_filtered_by_address(world: Any) -> None:
    person = world.person()
    assert "No key yet" in person.get(KEYS).text
    for number in range(PAGE_SIZE + 3):
        world.clock.advance(1)
        made(world, f"key-{number:03}", team="care" if number == 7 else "")
    first = person.get(f"{KEYS}?scope=gateway").text
    assert f"1 to {PAGE_SIZE} of {PAGE_SIZE + 3}" in first
    assert ("key-052" in first, "key-002" in first) == (True, False)
    assert "scope=gateway&amp;page=2" in first
    assert "key-002" in person.get(f"{KEYS}?page=2").text
    found = person.get(f"{KEYS}?q=CARE").text
    assert ("key-007" in found, "key-008" in found) == (True, False)
    assert "No key fits these filters" in person.get(f"{KEYS}?scope=admin").text
    assert person.get(f"{KEYS}?state=well").status == 400
    page = world.program(Scope.ADMIN).get(f"{KEYS}.json?scope=gateway").json
    assert (len(page["keys"]), page["total"]) == (PAGE_SIZE, PAGE_SIZE + 3)
    assert page["next"] == f"{KEYS}.json?scope=gateway&page=2"


@pytest.mark.parametrize("act", ["change", "rotate", "revoke"])
def test_who_only_looks_sees_no_form_and_changes_nothing(world: Any, act: str) -> None:
    key_id, reader = made(world), world.program(Scope.READ)
    before = world.keys.get(key_id)
    assert [reader.get(f"{KEYS}{rest}").status for rest in ("", ".json", f"/{key_id}", f"/{key_id}.json")] == [403] * 4
    assert "<form" not in world.program(Scope.ADMIN).get(f"{KEYS}/{key_id}").text.partition("<main")[2]
    assert reader.post(f"{KEYS}/{key_id}/{act}", {"reason": "x", "name": "y", "csrf": ""}).status == 401
    person = world.person()
    assert person.post(f"{KEYS}/{key_id}/{act}", {"reason": "x", "csrf": "guessed"}).status == 401
    assert sent(person, f"/nothing/{act}", reason="x").status == 404
    assert world.keys.get(key_id) == before


def test_without_the_store_it_is_not_known_when_a_key_was_used(world: Any) -> None:
    key_id = made(world, expires_at_us=world.clock.now_us() + US_PER_DAY)
    asked_with(world, key_id)
    assert "1 request in 7 d" in world.person().get(KEYS).text
    world.lose_store()
    client = world.person()
    for url in (KEYS, f"{KEYS}/{key_id}"):
        page = client.get(url)
        assert page.status == 200
        assert "the telemetry store cannot be read" in page.text
        assert "not in 7 d" not in page.text
    assert "1 key to end within 7 d" in client.get(KEYS).text  # nobody knows that it is idle
    document = client.get(f"{KEYS}/{key_id}.json").json
    assert (document["use_is_known"], document["requests_7d"]) == (False, None)
    assert world.program().get("/api/v1/keys").json["keys"][0]["use_is_known"] is False
