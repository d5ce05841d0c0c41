"""How much waits for a person, in words: never well when it cannot be told, never a breach."""

from __future__ import annotations

from typing import Any, cast

import pytest

from evenkeel.gateway.reviews.service import Reviews
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND
from evenkeel.org.approvals.model import Tally
from evenkeel.org.config.gateway import GatewayConfig
from evenkeel.web.backlog import STILL_S, add_backlog, backlog_document, can_hold, read_backlog

NOW_US = 100 * US_PER_HOUR
NONE = Tally(0, 0, None, None, 0)
FINE = {"how": "No alert fires.", "mood": "ok", "todo": ""}


def waiting(count: int, *, late: int = 0, expired: int = 0) -> Tally:
    return Tally(count, late, NOW_US - 12 * US_PER_MINUTE, NOW_US + 48 * US_PER_MINUTE, expired)


def configured(action: str) -> GatewayConfig:
    route = {"versions": {"1": {"upstreams": ["u"]}}, "guard": {"actions": {"pii": action}}}
    return GatewayConfig.model_validate({"routes": {"bot": route, "plain": {"versions": {"1": {"upstreams": ["u"]}}}}})


class Queue:
    """What `Reviews` answers, set."""

    def __init__(self, tally: Tally, age_s: float | None = 1.0) -> None:
        self._tally = tally
        self.stepped_at_us = None if age_s is None else NOW_US - round(age_s * US_PER_SECOND)

    def tally(self) -> Tally:
        return self._tally


def read(tally: Tally, age_s: float | None = 1.0, action: str = "hold") -> Any:
    return read_backlog(cast("Reviews", Queue(tally, age_s)), configured(action), NOW_US)


def test_where_nothing_can_be_held_nothing_is_said() -> None:
    assert can_hold(configured("hold"))
    assert not can_hold(configured("redact"))
    assert read(NONE, None, "redact") is None
    assert backlog_document(None) is None
    assert add_backlog(FINE, None) == FINE


@pytest.mark.parametrize(
    ("tally", "mood", "sentence"),
    [
        (NONE, "ok", "No review waits for a decision."),
        (waiting(1), "ok", "1 review waits for a decision, for 12 min; it expires in 48 min."),
        (waiting(2), "ok", "2 reviews wait for a decision, the oldest for 12 min; the next expires in 48 min."),
        (waiting(2, late=1), "warning", "2 reviews wait for a decision, "),
        (Tally(0, 0, None, None, 3), "warning", "3 reviews expired in the last 24 h: nobody decided in time."),
    ],
    ids=str,
)
def test_what_waits_is_told_with_its_age_and_is_urgent_when_half_of_the_time_is_over(
    tally: Tally, mood: str, sentence: str
) -> None:
    found = read(tally)
    assert found.mood == mood
    assert sentence in found.sentence
    assert bool(found.todo) is bool(tally.waiting or tally.expired)


@pytest.mark.parametrize(("age_s", "words"), [(None, "since the start"), (STILL_S + 1, "for 31 s")])
def test_a_queue_that_nobody_read_is_not_known_however_empty_it_looks(age_s: float | None, words: str) -> None:
    for tally in (NONE, waiting(2)):
        found = read(tally, age_s)
        assert found.mood == "unknown"
        assert words in found.sentence
        told = backlog_document(found)
        assert told is not None
        assert (told["waiting"], told["expired_last_day"]) == (None, None)
    assert read(NONE, STILL_S).mood == "ok"


def test_the_inbox_says_it_behind_its_alerts() -> None:
    assert add_backlog(FINE, read(NONE)) == FINE
    said = add_backlog(FINE, read(waiting(1)))
    assert said["how"].startswith("No alert fires. 1 review waits for a decision")
    assert (said["mood"], said["todo"][:6]) == ("ok", "Decide")
    assert add_backlog(FINE, read(waiting(1, late=1)))["mood"] == "warning"
    assert add_backlog(FINE, read(NONE, None))["mood"] == "unknown"
    firing = {"how": "1 alert firing: 1 page.", "mood": "breach", "todo": "Start with bot."}
    both = add_backlog(firing, read(waiting(1, late=1)))
    assert (both["mood"], both["todo"]) == ("breach", "Start with bot.")
