"""Forms are taken from signed-in people and our own pages only."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import FormData, UploadFile

from evenkeel.web.forms import text


def test_a_stranger_is_sent_to_sign_in_and_changes_nothing(world: Any) -> None:
    answer = world.anonymous().post("/settings/keys", {"name": "x"})
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in")
    assert world.keys.list() == []


def test_a_form_without_its_token_or_from_another_site_is_refused(world: Any) -> None:
    person = world.person()
    assert person.post("/settings/keys", {"name": "x", "csrf": "guess"}).status == 401
    assert person.post("/settings/keys", {"name": "x"}, origin="https://evil.example").status == 403
    assert world.keys.list() == []


def test_a_file_in_place_of_a_text_reads_as_nothing(tmp_path: Any) -> None:
    with (tmp_path / "file").open("w+b") as file:
        form = FormData({"name": UploadFile(file), "other": "said"})
        assert (text(form, "name"), text(form, "other"), text(form, "none")) == ("", "said", "")
