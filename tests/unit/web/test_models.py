"""The model performance dashboard: the list, one model, the file that needs nothing else, and the tables behind it."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE
from evenkeel.web import typesetting

World = Any
URL = "/models/production/triage"


def _feed(world: World, *, days: int = 1, n: int = 120, version: str = "3", wrong: float = 0.1) -> None:
    """So many cases a day with scores, sites and truths."""
    random = Random(3)
    events: list[dict[str, Any]] = []
    for day in range(days):
        for number in range(n):
            at = world.clock.now_us() - day * US_PER_DAY - US_PER_HOUR - number * US_PER_MINUTE
            subject, label = f"{version}-{day}-{number}", random.choice(("benign", "malignant"))
            other = "malignant" if label == "benign" else "benign"
            base = {"service": "triage", "version": version, "at": at, "subject": subject}
            attributes = json.dumps({"segment.site": random.choice(("north", "south"))})
            guess = {"kind": "prediction", "role": "request", "label": label, "value": 0.9, "attributes": attributes}
            truth = {"kind": "outcome", "role": "none", "label": other if random.random() < wrong else label}
            events += [world.feeder.event(**base, **guess), world.feeder.event(**base, **truth)]
    world.feeder.fold(*events)
    world.judge()


def test_models_are_listed_and_services_that_predict_nothing_are_not(world: World) -> None:
    _feed(world)
    world.chat(20)
    world.judge()
    page = world.person().get("/models")
    assert 'href="/models/production/triage"' in page.text and "/models/production/bot" not in page.text
    (found,) = world.program().get("/models.json").json["models"]
    assert (found["service"], found["predictions"], found["labelled"]) == ("triage", 120.0, 120.0)


def test_without_any_model_the_page_says_how_to_log_the_first_prediction(world: World) -> None:
    assert "client.log_prediction" in world.person().get("/models").text
    assert world.program().get("/models.json").json == {"models": [], "left_out": 0}


def test_a_model_is_told_with_its_course_versions_segments_and_advice(world: World) -> None:
    _feed(world)
    _feed(world, version="4")
    page = world.person().get(URL)
    for said in ("Accuracy", "AUC", "Versions side by side", "By segment", "Should it be trained again?"):
        assert said in page.text, said
    assert "how labels come, day by day, is not known yet" in page.text
    assert page.text.count('<svg class="chart"') == 1
    found = world.program().get(f"{URL}.json?range=24h").json
    assert found["retraining"]["findings"][0]["why_not"] == "labels_missing"
    assert sum(step["n"] for step in found["course"]["steps"]) == 240


def test_advice_speaks_once_days_of_a_version_are_known(world: World) -> None:
    _feed(world, days=40, n=20)
    found = world.program().get(f"{URL}.json").json["retraining"]
    assert found["labels_known_after_days"] == 1
    assert not found["retrain"] and found["findings"][0]["why_not"] in ("small", "better", "chance")
    assert "Nothing speaks for training it again." in world.person().get(URL).text


def test_the_report_is_one_file_that_asks_for_nothing(world: World) -> None:
    _feed(world)
    answer = world.person().get(f"{URL}/report.html")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''triage-quality.html"
    assert "<style>" in answer.text and "By segment" in answer.text
    for needed in ("<script", "<link", "src=", "@import", "url(", 'href="/static'):
        assert needed not in answer.text, needed


def test_the_report_is_there_on_paper_and_as_a_picture(world: World) -> None:
    _feed(world)
    person = world.person()
    page = person.get(URL).text
    for format_, begins, media_type in (("pdf", b"%PDF-", "application/pdf"), ("png", b"\x89PNG", "image/png")):
        assert f'href="{URL}/report.{format_}?range=24h"' in page
        answer = person.get(f"{URL}/report.{format_}?range=24h")
        assert answer.body.startswith(begins) and answer.headers["content-type"] == media_type
        assert answer.headers["content-disposition"].endswith(f"triage-quality.{format_}")
    refused = world.program().get(f"{URL}/report.docx")
    assert refused.status == 404 and "html, pdf and png" in refused.json["hint"]


def test_without_the_typesetter_no_link_leads_nowhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _feed(world)
    monkeypatch.setattr(typesetting, "is_installed", lambda: False)
    page = world.person().get(URL).text
    assert "report.pdf" not in page and "<code>evenkeel[export]</code>" in page
    refused = world.program().get(f"{URL}/report.pdf")
    assert refused.status == 501 and refused.json["hint"] == "Install evenkeel[export]."


def test_each_table_is_there_as_csv_and_others_are_named(world: World) -> None:
    _feed(world)
    program = world.program()
    for name in ("course", "reliability", "scores", "confusion", "segments", "versions"):
        lines = program.get(f"{URL}/{name}.csv?range=24h").text.splitlines()
        assert len(lines) > 1, name
    refused = program.get(f"{URL}/weather.csv")
    assert refused.status == 404 and "There are course, reliability" in refused.json["hint"]


def test_a_model_that_was_quiet_says_so(world: World) -> None:
    _feed(world)
    world.clock.advance(3 * 86_400.0)
    assert "No predictions in the last 1h" in world.person().get(f"{URL}?range=1h").text


def test_who_is_not_known_is_not_answered(world: World) -> None:
    _feed(world)
    assert world.anonymous().get("/models.json").status == 401
    assert world.program().get("/models/production/nobody.json").status == 404


def test_with_too_few_days_whether_to_train_again_is_unknown(world: World) -> None:
    _feed(world, days=20, n=20)
    found = world.program().get(f"{URL}.json").json["retraining"]
    assert not found["known"] and {each["why_not"] for each in found["findings"]} == {"too_few"}
    assert found["says"].startswith("Whether to train it again is not known yet.")
    page = world.person().get(URL).text
    assert "Nothing speaks for training it again" not in page and "nothing says so" not in page


def test_the_list_is_made_once_a_minute_however_often_it_is_asked_for(world: World) -> None:
    _feed(world)
    program = world.program()
    first = program.get("/models.json").json
    _feed(world, version="4")
    assert program.get("/models.json").json == first
    world.clock.advance(60.0)
    assert program.get("/models.json").json["models"][0]["versions"] == ["3", "4"]


def test_accuracy_by_early_labels_is_told_apart(world: World) -> None:
    events: list[dict[str, Any]] = []
    for hour in range(1, 24 * 14, 4):  # labels take two days; those that are wrong are known at once
        at = world.clock.now_us() - hour * US_PER_HOUR
        for number in range(10):
            base = {"service": "triage", "version": "1", "subject": f"{hour}-{number}"}
            guess = {"kind": "prediction", "role": "request", "label": "benign", "value": 0.9}
            truth = {"kind": "outcome", "role": "none", "label": "malignant" if number == 0 else "benign"}
            events.append(world.feeder.event(**base, **guess, at=at))
            if number == 0 or hour > 48:
                events.append(world.feeder.event(**base, **truth, at=at if number == 0 else at + 48 * US_PER_HOUR))
    world.feeder.fold(*events)
    world.judge()
    steps = world.program().get(f"{URL}.json?range=7d").json["course"]["steps"]
    assert steps[0]["value"] == 0.9 and not steps[0]["partial"]
    assert steps[-1]["value"] == 0.0 and steps[-1]["partial"]
    page = world.person().get(f"{URL}?range=7d").text
    assert "by early labels, which are seldom a fair sample" in page and "band-b" in page
