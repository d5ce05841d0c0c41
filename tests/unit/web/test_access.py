from __future__ import annotations

import re
from typing import Any

import pytest

from evenkeel.web.viewer import COOKIE


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found.group(1)


def test_pages_send_strangers_to_sign_in_and_programs_away(world: Any) -> None:
    page = world.anonymous().get("/settings")
    assert (page.status, page.headers["location"]) == (303, "/sign-in")
    document = world.anonymous().get("/overview.json")
    assert document.status == 401
    assert document.json["code"] == "access.unauthorized"


def test_the_setup_link_makes_the_first_admin_once(world: Any) -> None:
    client = world.anonymous()
    assert "Nobody can sign in yet" in client.get("/sign-in").text
    token = world.sign_in.new_setup_token()
    form = {"token": token, "name": "jo", "password": "a long and quiet sentence"}
    assert client.post("/setup", {**form, "password": "short"}).status == 400
    made = client.post("/setup", form)
    assert (made.status, made.headers["location"]) == (303, "/")
    assert "httponly" in made.headers["set-cookie"].lower() and "samesite=lax" in made.headers["set-cookie"].lower()
    assert client.get("/").status == 200
    again = world.anonymous().post("/setup", form)
    assert again.status == 400
    assert "There is an admin already" in again.text


def test_signing_out_ends_the_session_everywhere_it_is_kept(world: Any) -> None:
    client = world.person()
    kept = client.cookies[COOKIE]
    client.post("/sign-out", {"csrf": csrf_of(client.get("/").text)})
    assert COOKIE not in client.cookies
    client.cookies[COOKIE] = kept
    assert client.get("/").status == 303


def test_a_form_from_another_site_or_without_its_token_changes_nothing(world: Any) -> None:
    client = world.person()
    form = {"name": "theirs", "scope": "admin", "csrf": csrf_of(client.get("/settings").text)}
    assert client.post("/settings/keys", form, origin="https://elsewhere.example").status == 403
    assert client.post("/settings/keys", {**form, "csrf": "guessed"}).status == 401
    assert [key.name for key in world.keys.list()] == []
    assert client.post("/settings/keys", form, origin="http://evenkeel.test").status == 200
    assert [key.name for key in world.keys.list()] == ["theirs"]


def test_a_new_key_is_shown_once_with_what_to_paste(world: Any) -> None:
    client = world.person()
    page = client.post(
        "/settings/keys", {"name": "my <bot>", "services": "a, b", "csrf": csrf_of(client.get("/settings").text)}
    ).text
    secret = re.search(r"x-evenkeel-key=(ek_\S+)", page)
    assert secret
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://evenkeel.test:4999" in page
    assert "my &lt;bot&gt;" in page and "my <bot>" not in page
    (key,) = world.keys.list()
    assert key.services == ("a", "b")
    assert secret.group(1) not in client.get("/settings").text


def test_revoking_a_key_in_the_browser_ends_it(world: Any) -> None:
    client = world.person()
    csrf = csrf_of(client.get("/settings").text)
    client.post("/settings/keys", {"name": "one", "csrf": csrf})
    (key,) = world.keys.list()
    assert client.post("/settings/keys/revoke", {"id": key.id, "csrf": csrf}).status == 303
    assert world.keys.list()[0].revoked_at_us is not None
    assert ">revoked<" in client.get("/settings").text


@pytest.mark.parametrize("scope", ["everything", "''"])
def test_a_scope_that_does_not_exist_is_refused(world: Any, scope: str) -> None:
    client = world.person()
    form = {"name": "x", "scope": scope, "csrf": csrf_of(client.get("/settings").text)}
    assert client.post("/settings/keys", form).status == 404
    assert world.keys.list() == []


def test_wrong_passwords_are_refused_alike_for_names_that_exist_and_that_do_not(world: Any) -> None:
    world.person()
    texts = [world.anonymous().post("/sign-in", {"name": name, "password": "wrong"}) for name in ("jo", "nobody")]
    assert [answer.status for answer in texts] == [401, 401]
    assert texts[0].text == texts[1].text


def test_a_person_is_erased_with_a_receipt_by_who_may(world: Any) -> None:
    client = world.person()
    form = {"user": "ada", "reason": "request 12", "csrf": csrf_of(client.get("/settings").text)}
    page = client.post("/settings/erasures", form).text
    assert "3 events are anonymous now" in page and "r1" in page
    assert world.erased == [("ada", "jo", "request 12")]
    assert client.post("/settings/erasures", {**form, "csrf": "x"}).status == 401
    assert len(world.erased) == 1
