from __future__ import annotations

import re
from typing import Any

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
