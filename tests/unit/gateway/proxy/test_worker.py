"""Who is being served."""

from __future__ import annotations

from evenkeel.gateway.proxy.worker import OpenExchanges


class Exchange:
    """Remembers why it was ended, and leaves at once as a real one may."""

    def __init__(self, all_open: OpenExchanges) -> None:
        self.all_open = all_open
        self.reasons: list[str] = []

    def interrupt(self, reason: str) -> None:
        self.reasons.append(reason)
        self.all_open.leave("production/bot", self)


def test_only_those_of_the_route_are_ended_even_if_they_leave_meanwhile() -> None:
    all_open = OpenExchanges()
    here, there = [Exchange(all_open) for _ in range(3)], Exchange(all_open)
    for exchange in here:
        all_open.enter("production/bot", exchange)
    all_open.enter("production/other", there)
    assert all_open.count == 4
    assert all_open.interrupt("production/bot", "kill_switch") == 3
    assert [exchange.reasons for exchange in here] == [["kill_switch"]] * 3
    assert (there.reasons, all_open.count) == ([], 1)
    all_open.interrupt_all("gateway_stopped")
    assert there.reasons == ["gateway_stopped"]


def test_leaving_twice_or_without_having_entered_is_harmless() -> None:
    all_open = OpenExchanges()
    exchange = Exchange(all_open)
    all_open.leave("production/bot", exchange)
    all_open.enter("production/bot", exchange)
    all_open.leave("production/bot", exchange)
    all_open.leave("production/bot", exchange)
    assert all_open.by_route == {}
