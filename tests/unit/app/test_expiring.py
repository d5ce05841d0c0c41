"""Keys that end soon: told while somebody depends on them, and while nobody knows whether somebody does."""

from __future__ import annotations

from typing import Any

from evenkeel.app.control import Control
from evenkeel.app.expiring import ExpiringKeys, check_expiring
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR
from evenkeel.org.access.keys import NewKey
from evenkeel.org.access.model import ApiKey, Scope
from evenkeel.store.telemetry.series import KeyUse
from evenkeel.web.health import Check, Level

NOW_US = 40 * US_PER_DAY


def key(name: str, days: float, scope: Scope = Scope.GATEWAY) -> ApiKey:
    return ApiKey(name, name, scope, None, None, "ada", 0, NOW_US + int(days * US_PER_DAY), None)


def test_only_those_are_told_that_are_used_or_of_which_it_is_not_known() -> None:
    ending = [key("used", 3), key("idle", 1), key("sender", 2, Scope.INTAKE)]
    (check,) = check_expiring(ending, {"used": KeyUse("used", 9, NOW_US - US_PER_HOUR)}, NOW_US)
    assert check.level is Level.WARNING
    assert check.finding == (
        "2 keys to end within 7 d: sender (sender, scope intake) in 2 d, whether it is used is not known; "
        "used (used, scope gateway) in 3 d, last used 1 h ago."
    )
    assert check.facts == {"ending": ["sender", "used"]}
    assert check_expiring([key("idle", 1)], {}, NOW_US) == []


def test_many_are_counted_and_the_first_to_end_are_named() -> None:
    ending = [key("k" * 200 + str(days), days, Scope.READ) for days in (5, 4, 3, 2)]
    (check,) = check_expiring(ending, {}, NOW_US)
    assert check.finding.startswith("4 keys to end within 7 d: " + "k" * 60 + "…")
    assert check.finding.endswith("; and 1 more.")


def test_a_home_tells_of_keys_by_what_was_sent_with_them(control: Control, write: Any) -> None:
    stores = control.stores
    ending, now_us = ExpiringKeys(stores.keys, stores.telemetry, stores.clock), stores.clock.now_us()

    def make(name: str, days: int | None) -> str:
        end_us = None if days is None else now_us + days * US_PER_DAY
        return stores.keys.create(NewKey(name, Scope.GATEWAY, expires_at_us=end_us), actor="ada")[0].id

    used, later, lasting = make("used", 3), make("later", 30), make("lasting", None)
    make("idle", 3)
    assert ending.checks() == []
    for each in (used, later, lasting):
        write(1, source="gateway", role="request", attributes=f'{{"evenkeel.key":"{each}"}}')
    control.folding.drain()
    fresh = ExpiringKeys(stores.keys, stores.telemetry, stores.clock)
    assert [check.facts["ending"] for check in fresh.checks()] == [[used]]
    assert ending.checks() == [], "what was counted holds for a minute"
    stores.keys.revoke(used, actor="ada")
    none: list[Check] = []
    assert fresh.checks() == none
