"""The views of the tab *Quality*."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.kernel.errors import NotFoundError
from evenkeel.web.quality_views import QUALITY_VIEWS, find_view

World = Any
URL = "/services/production/bot"


def test_where_none_is_named_the_first_is_shown() -> None:
    assert find_view(None) is find_view("") is QUALITY_VIEWS[0]


def test_a_view_that_there_is_none_of_is_named_with_those_that_there_are() -> None:
    with pytest.raises(NotFoundError, match="no view 'weather'") as refused:
        find_view("weather")
    assert "predictions" in (refused.value.hint or "")


def test_each_view_has_its_page_and_the_numbers_beside_it_for_a_service_that_never_predicted_anything(
    world: World,
) -> None:
    world.feeder.fold(world.feeder.event(service="bot"))
    world.judge()
    person = world.person()
    for view in QUALITY_VIEWS:
        page = person.get(f"{URL}?tab=quality&view={view.name}&range=24h")
        assert page.status == 200, view.name
        assert person.get(f"{URL}.json?tab=quality&view={view.name}&range=24h").status == 200
    assert person.get(f"{URL}?tab=quality&view=weather").status == 404


def test_quality_is_told_of_a_day_unless_another_time_is_asked_for(world: World) -> None:
    world.feeder.fold(world.feeder.event(service="bot"))
    world.judge()
    person = world.person()
    page = person.get(URL).text
    assert f'href="{URL}?tab=quality"' in page
    assert "<option selected>24h" in person.get(f"{URL}?tab=quality").text
    told = person.get(f"{URL}.json?tab=quality").json
    assert told == person.get(f"{URL}.json?tab=quality&range=24h").json
    assert told["from"] != person.get(f"{URL}.json?tab=quality&range=1h").json["from"]
