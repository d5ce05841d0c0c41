"""Golden queries on their page: given, sent, accepted, tidied and removed by forms, with the messages of the API."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.telemetry.port import ServiceKey

FAQ = (ServiceKey("production", "bot"), "faq")
URL = "/golden?service=production/bot"
SET = "\n".join(json.dumps({"id": f"q{n}", "relevant": ["a"]}) for n in range(20))
RUN = "\n".join(json.dumps({"id": f"q{n}", "retrieved": ["a"]}) for n in range(20))


class Person:
    """Somebody with the page before them."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def page(self) -> str:
        return self.client.get(URL).text

    def do(self, act: str, **more: str) -> Any:
        found = re.search(r'name="csrf" value="([^"]+)"', self.page())
        assert found is not None
        form = {"csrf": found[1], "service": "production/bot", "act": act, "name": "faq", **more}
        return self.client.post("/golden", form)

    def follow(self, answer: Any) -> str:
        assert answer.status == 303, answer.text
        return self.client.get(answer.headers["location"]).text


@pytest.fixture
def person(world: Any) -> Person:
    world.feeder.fold(world.feeder.event(service="bot", at=world.clock.now_us() - US_PER_DAY))
    world.judge()
    return Person(world.person())


def test_without_a_set_the_page_says_how_to_give_one(person: Person) -> None:
    page = person.page()
    assert "No golden set yet" in page
    assert "evenkeel retrieval golden put production/bot faq golden.jsonl" in page
    view = person.client.get("/services/production/bot?tab=quality&view=answers").text
    assert "/golden?service=production/bot" in view


def test_a_set_and_a_run_are_given_accepted_and_told(world: Any, person: Person) -> None:
    assert "The set is kept." in person.follow(person.do("set", lines=SET, k="3", every_s="86400"))
    assert world.golden.head(*FAQ).every_s == 86_400
    page = person.follow(person.do("run", lines=RUN, id="ci-1", release="1.4"))
    assert "in 100 % [" in page
    assert "Later runs are compared" in person.follow(person.do("accept", run="ci-1"))
    assert world.golden.run(*FAQ).accepted_by
    person.follow(person.do("run", lines=RUN))  # without an id it is called by the time
    assert len(world.golden.runs(*FAQ)) == 2


def test_a_file_is_taken_as_pasted_lines_are_and_not_both(world: Any, person: Person) -> None:
    found = re.search(r'name="csrf" value="([^"]+)"', person.page())
    assert found is not None
    fields = {"csrf": found[1], "service": "production/bot", "act": "set", "name": "faq"}
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    file = 'Content-Disposition: form-data; name="file"; filename="golden.jsonl"\r\nContent-Type: text/plain'
    pasted = '--cut\r\nContent-Disposition: form-data; name="lines"\r\n\r\n{}\r\n'
    for more, status in (("", 303), (pasted, 400)):
        body = f"{''.join(parts)}{more}--cut\r\n{file}\r\n\r\n{SET}\r\n--cut--\r\n"
        kind = {"content_type": "multipart/form-data; boundary=cut"}
        answer = person.client.ask("POST", "/golden", body.encode(), kind)
        assert answer.status == status
    assert "Give one of them." in answer.text
    assert world.golden.head(*FAQ).size == 20


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"act": "set", "lines": ""}, "There is no line in it."),
        ({"act": "set", "lines": "{}"}, "line 1"),
        ({"act": "set", "lines": SET, "k": "x"}, "Write a whole number."),
        ({"act": "set", "lines": SET, "k": "0"}, "Give k from 1 to 100."),
        ({"act": "set", "lines": SET, "name": "Not This"}, "no name of a set"),
        ({"act": "run", "lines": RUN}, "has no golden set"),
        ({"act": "remove", "reason": " "}, "takes a reason"),
        ({"act": "sing"}, "nothing to do here"),
    ],
)
def test_what_is_wrong_is_said_as_over_the_api_and_what_was_written_stays(
    person: Person, form: dict[str, str], says: str
) -> None:
    answer = person.do(**form)
    assert (answer.status, says in answer.text) == (400, True)
    if form["act"] == "set" and form["lines"]:
        assert form["lines"].splitlines()[0] in answer.text.replace("&#34;", '"')


def test_a_partial_run_is_accepted_only_where_that_is_ticked_and_old_versions_go(world: Any, person: Person) -> None:
    for k in ("1", "2", "3"):
        person.do("set", lines=SET, k=k)
    person.do("run", lines=RUN.splitlines()[0], id="part")
    refused = person.do("accept", run="part")
    assert (refused.status, "lacks 19 queries" in refused.text) == (400, True)
    person.follow(person.do("accept", run="part", partial="yes"))
    assert "Delete 2 old versions without runs" in person.page()
    assert "Old versions without runs are deleted." in person.follow(person.do("tidy"))
    assert [head.version for head, _ in world.golden.versions(*FAQ)] == [3]
    assert "are removed" in person.follow(person.do("remove", reason="old"))
    assert "No golden set yet" in person.page()


def test_a_form_without_the_token_of_the_session_is_refused(person: Person) -> None:
    form = {"csrf": "x", "service": "production/bot", "act": "set", "name": "faq", "lines": SET}
    assert person.client.post("/golden", form).status == 401
    assert person.client.get("/golden?service=production/nobody").status == 404
