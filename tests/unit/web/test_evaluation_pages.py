"""People rate answers on pages: planned, drawn, one at a time without version or verdict, told with intervals."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_MINUTE
from evenkeel.org.access.model import Scope


def answers(world: Any, count: int = 60, **more: Any) -> None:
    """Requests whose texts are stored with them, by two versions."""
    start = world.clock.now_us() - 50 * US_PER_MINUTE
    world.feeder.fold(
        *(
            world.feeder.event(
                at=start + n * 1_000_000,
                version=str(n % 2),
                attributes=json.dumps(
                    {"gen_ai.prompt": f"How long is {n}?", "gen_ai.completion": f"<b>Answer</b> {n}.", **more}
                ),
            )
            for n in range(count)
        )
    )
    world.judge()


FORM = {
    "title": "Week 40",
    "service": "production/bot",
    "span": "24h",
    "question": "relevant",
    "points": "10",
    "expected": "10",
    "twice": "0",
    "act": "create",
}


@pytest.fixture
def person(world: Any) -> Any:
    return world.person()


def csrf(person: Any) -> str:
    return hidden(person.get("/evaluations/new").text, "csrf")


def hidden(page: str, name: str) -> str:
    """What a page's form sends of its own."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def create(person: Any, **more: str) -> str:
    made = person.post("/evaluations", {**FORM, "csrf": csrf(person), **more})
    assert made.status == 303, made.text
    return made.headers["location"]


def test_the_empty_list_teaches_how_answers_come_to_be_stored(person: Any) -> None:
    page = person.get("/evaluations").text
    assert "content: on" in page
    assert "New evaluation" in page


def test_a_plan_is_told_before_anybody_begins(world: Any, person: Any) -> None:
    answers(world)
    page = person.post("/evaluations", {**FORM, "csrf": csrf(person), "act": "plan"}).text
    assert re.search(r"\d+ answers give about ± (10|9\.\d) points", page)
    assert world.evaluations.list() == []


def test_from_create_to_result(world: Any, person: Any) -> None:
    answers(world)
    url = create(person)
    seen = set[str]()
    while "Nothing is left for you" not in (page := person.get(f"{url}/rate").text):
        assert "&lt;b&gt;Answer&lt;/b&gt;" in page
        assert "version" not in page.partition("<main")[2]
        item = hidden(page, "item")
        assert item not in seen
        seen.add(item)
        said = "no" if len(seen) % 5 == 0 else "yes"
        form = {"csrf": csrf(person), "item": item, "q-relevant": said}
        assert person.post(f"{url}/rate", form).status == 303
    result = person.get(f"{url}.json").json
    (relevant,) = result["results"]
    assert result["rated"] == len(seen) == result["drawn"]
    assert relevant["good"]["low"] < 0.8 < relevant["good"]["high"]
    assert relevant["agreement"]["reason"] == "no_labels"
    page = person.get(url).text
    assert "Good: " in page
    assert "jo" in page
    event = {name: values[0] for name, values in world.emitted[0].columns.items()}
    assert (event["kind"], event["operation"], event["service"]) == ("review", "relevant", "bot")


def test_a_rating_is_corrected_beside_the_first_and_an_answer_is_skipped_with_a_reason(world: Any, person: Any) -> None:
    answers(world)
    url = create(person)
    item = hidden(person.get(f"{url}/rate").text, "item")
    done = person.post(f"{url}/rate", {"csrf": csrf(person), "item": item, "q-relevant": "no"}).headers["location"]
    assert f"{url}/answers/{item}" in person.get(done).text
    assert 'aria-pressed="true"' in person.get(f"{url}/answers/{item}").text
    person.post(f"{url}/rate", {"csrf": csrf(person), "item": item, "q-relevant": "yes"})
    other = hidden(person.get(f"{url}/rate").text, "item")
    refused = person.post(f"{url}/rate", {"csrf": csrf(person), "item": other, "act": "skip"})
    assert (refused.status, "Skipping needs a reason" in refused.text) == (400, True)
    person.post(f"{url}/rate", {"csrf": csrf(person), "item": other, "act": "skip", "reason": "in Finnish"})
    result = person.get(f"{url}.json").json
    assert result["results"][0]["said"] == {"1": 1}
    assert (result["rated"], result["skipped"]) == (1, 1)
    standing = world.evaluations.get(url.rpartition("/")[2])
    first, second, _ = standing.ratings
    assert (second.corrects, first.values, second.values) == (first.id, {"relevant": 0.0}, {"relevant": 1.0})


def test_without_stored_texts_it_says_what_to_do(world: Any, person: Any) -> None:
    world.chat(10)
    world.judge()
    page = person.post("/evaluations", {**FORM, "csrf": csrf(person)})
    assert page.status == 400
    assert "content: on" in page.text
    assert 'value="Week 40"' in page.text


def test_wrong_fields_are_named_and_kept(world: Any, person: Any) -> None:
    answers(world)
    page = person.post("/evaluations", {**FORM, "csrf": csrf(person), "points": "wide"})
    assert (page.status, "Write a number of points" in page.text) == (400, True)
    form = {name: value for name, value in FORM.items() if name != "question"}
    page = person.post("/evaluations", {**form, "csrf": csrf(person)})
    assert "Choose at least one question" in page.text


def test_who_may_only_read_sees_the_result_and_no_answer(world: Any, person: Any) -> None:
    answers(world)
    url = create(person)
    reader = world.program(Scope.READ)
    assert reader.get(url).status == 200
    assert reader.get(f"{url}/rate").status == 403
    assert "Rate</a>" not in reader.get(url).text


def test_a_closed_evaluation_takes_no_more_and_keeps_its_result(world: Any, person: Any) -> None:
    answers(world)
    url = create(person)
    item = hidden(person.get(f"{url}/rate").text, "item")
    assert person.post(f"{url}/close", {"csrf": csrf(person)}).status == 303
    refused = person.post(f"{url}/rate", {"csrf": csrf(person), "item": item, "q-relevant": "yes"})
    assert refused.status == 409
    assert "closed by jo" in person.get(url).text


def test_whoever_plans_with_a_file_is_told_to_choose_it_again(world: Any, person: Any) -> None:
    world.chat(5)
    world.judge()
    parts = [f'name="{name}"\r\n\r\n{value}' for name, value in {**FORM, "csrf": csrf(person), "act": "plan"}.items()]
    lines = "".join(json.dumps({"answer": f"Answer {n}."}) + "\n" for n in range(30))
    parts.append(f'name="file"; filename="a.jsonl"\r\nContent-Type: text/plain\r\n\r\n{lines}')
    body = "".join(f"--cut\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--cut--\r\n"
    page = person.ask("POST", "/evaluations", body.encode(), {"content_type": "multipart/form-data; boundary=cut"})
    assert "There are 30 in the file; choose it again before you begin" in page.text


def test_people_say_which_contexts_are_relevant_and_a_judge_of_contexts_is_set_right(world: Any, person: Any) -> None:
    texts = {f"retrieval.documents.{place}.document.content": f"Context {place}" for place in range(4)}
    answers(world, 60, **texts)
    world.judge()
    start = world.clock.now_us() - 50 * US_PER_MINUTE
    world.feeder.fold(world.feeder.event(at=start, attributes='{"gen_ai.completion": "Without any."}'))
    url = create(person, question="contexts", points="20", expected="50")
    assert person.get(f"{url}.json").json["answers_in_frame"] == 60  # one without contexts cannot be asked about
    said = iter(("1,2", "none", "3", "1,none", "", "9"))
    for expected in (303, 303, 303, 400, 400, 400):
        page = person.get(f"{url}/rate").text
        for words in ("Context 4</p>", 'value="4">4</label>', 'value="none">None</label>'):
            assert words in page
        form = {"csrf": csrf(person), "item": hidden(page, "item"), "q-contexts": next(said)}
        assert person.post(f"{url}/rate", form).status == expected
    (result,) = person.get(f"{url}.json").json["results"]
    assert (result["scale"], result["mean"]["value"], result["mean"]["n"]) == ("contexts", 0.25, 3)
    assert 0.0 < result["mean"]["low"] < 0.25 < result["mean"]["high"] < 1.0
    assert result["good"]["value"] == pytest.approx(2 / 3)
    page = person.get(url).text
    for words in ("Context precision, mean", "Something relevant", "25 % ["):
        assert words in page


def test_where_no_answer_came_with_contexts_nobody_is_asked_about_them(world: Any, person: Any) -> None:
    answers(world)
    refused = person.post("/evaluations", {**FORM, "csrf": csrf(person), "question": "contexts"})
    assert (refused.status, "came with contexts" in refused.text) == (400, True)
