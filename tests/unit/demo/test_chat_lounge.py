"""The lounge has a rhythm, and conversations that go on."""

from __future__ import annotations

from random import Random

from evenkeel.demo.chat_lounge import Guests, rhythm_per_second
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR
from evenkeel.testing.clock import SimClock


def test_nights_are_quiet_and_afternoons_are_busy() -> None:
    rates = [rhythm_per_second(hour * US_PER_HOUR) for hour in range(24)]
    assert rates.index(min(rates)) == 4
    assert rates.index(max(rates)) == 16
    assert max(rates) == 5 * min(rates)
    assert rhythm_per_second(7 * US_PER_HOUR) == rhythm_per_second(7 * US_PER_HOUR + 3 * US_PER_DAY)


def test_guests_have_conversations_of_several_turns() -> None:
    guests = Guests(Random(3), SimClock(), ["Hello?", "And then?"])
    asked = [guests.next_question() for _ in range(500)]
    sessions: dict[str, int] = {}
    for question in asked:
        sessions[question.session] = sessions.get(question.session, 0) + 1
        assert question.session.startswith(question.user)
    assert max(sessions.values()) <= 6
    assert sum(count >= 2 for count in sessions.values()) > len(sessions) / 2
    assert guests.wait_s() > 0
