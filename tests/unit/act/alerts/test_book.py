from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from evenkeel.act.alerts.book import Book
from evenkeel.act.alerts.lifecycle import open_alert
from evenkeel.act.alerts.model import AlertState


def book(house: Any) -> Book:
    return Book(house.records, house.ids, lambda *_: None, house.clock.now_us())


def test_memory_follows_the_database_and_not_the_other_way_round(house: Any) -> None:
    mine = book(house)
    alert = open_alert(house.fire(), "1", 10).alert
    with pytest.raises(RuntimeError), mine.writing(10) as draft:
        draft.save(alert)
        raise RuntimeError
    assert mine.open == {} and mine.find("1") is None
    with mine.writing(10) as draft:
        draft.save(alert)
    assert list(mine.open.values()) == [alert] == list(book(house).open.values())


def test_the_database_refuses_a_second_open_alert_of_a_fingerprint(house: Any) -> None:
    alert = open_alert(house.fire(), "1", 10).alert
    with book(house).writing(10) as draft:
        draft.save(alert)
    with pytest.raises(IntegrityError), book(house).writing(10) as draft:
        draft.save(replace(alert, id="2"))


def test_what_ended_long_ago_is_forgotten_and_found_all_the_same(house: Any) -> None:
    mine = book(house)
    over = replace(open_alert(house.fire(), "1", 10).alert, state=AlertState.RESOLVED, resolved_at_us=20)
    with mine.writing(20) as draft:
        draft.save(over)
    assert list(mine.recent.values()) == [over]
    mine.forget_old(house.clock.now_us())
    assert mine.recent == {}
    assert mine.find("1") == over
