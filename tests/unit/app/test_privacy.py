"""Erasing a person: found under every key there ever was, also in what arrives late, and in restored backups."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.backup import back_up, restore
from evenkeel.app.control import Control
from evenkeel.app.home import Home
from evenkeel.app.offline import opened
from evenkeel.app.privacy import rotate_pseudonym_key
from evenkeel.gateway.cache.table import parse_purges
from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.changing import Change
from evenkeel.gateway.limits.looking import look_at_uses
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.record import name_of
from evenkeel.gateway.limits.recovery import ACCOUNTS_NAME
from evenkeel.gateway.limits.table import LimitTable
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.privacy.pseudonyms import open_pseudonyms
from evenkeel.org.config.model import Config
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.store.trail import trail

Write = Callable[..., list[bytes]]


def callers(control: Control) -> list[int | None]:
    return [event["caller"] for event in control.stores.telemetry.events(EventFilter(), limit=1000).events]


def pseudonym(home: Home, identity: str) -> int:
    return open_pseudonyms(home.secrets, 0).of(identity)


def test_a_persons_events_stay_as_numbers_of_nobody(control: Control, home: Home, write: Write) -> None:
    write(3, caller=pseudonym(home, "ada"), subject="case-1")
    write(2, caller=pseudonym(home, "bob"))
    control.folding.drain()
    receipt = control.erase(" ada ", actor="jo", reason="request 12")
    assert receipt.events == 3
    assert sorted(callers(control), key=str) == sorted([pseudonym(home, "bob")] * 2 + [None] * 3, key=str)
    assert not control.stores.telemetry.events(EventFilter(text="case-1")).events
    assert control.stores.telemetry.usage().events == 5
    assert control.erase("ada", actor="jo", reason="again").events == 0


def test_what_a_person_used_of_limits_stays_counted_for_nobody(control: Control, home: Home) -> None:
    limit = Limit("each-user", Holder.USER, "*", Measure.REQUESTS, Period.EVER, 10)
    account = account_of(limit, f"{pseudonym(home, 'ada'):016x}", 0, "UTC")
    path = home.limits / ACCOUNTS_NAME
    accounts = Accounts.open(path, slots=64)
    accounts.apply(0, [Change(account, name_of(account), cover=4), Change(account, name_of(account), settled=4)], 0)
    accounts.close()
    assert account.holder.encode() in path.read_bytes()
    control.erase("ada", actor="jo", reason="")
    assert account.holder.encode() not in path.read_bytes()
    (use,) = look_at_uses(path, LimitTable((limit,)), {Holder.USER: [account.holder]}, 0).uses
    assert use.taken == 4


def test_workers_give_up_what_they_kept_for_a_person(control: Control, home: Home) -> None:
    control.gateway.configure(Config())
    control.erase("ada", actor="jo", reason="")
    (purge,) = parse_purges(json.loads(home.routes.read_bytes()))
    assert (purge.user, purge.service) == (pseudonym(home, "ada"), "")


def test_what_arrives_late_is_anonymous_too_also_after_a_restart(home: Home, write: Write) -> None:
    with opened(home) as control:
        control.erase("ada", actor="jo", reason="")
    write(4, caller=pseudonym(home, "ada"))
    with opened(home) as control:
        control.folding.drain()
        assert callers(control) == [None] * 4


def test_events_under_an_earlier_key_are_found(control: Control, home: Home, write: Write) -> None:
    before = pseudonym(home, "ada")
    write(1, caller=before)
    rotate_pseudonym_key(control.stores, actor="jo", reason="yearly")
    after = pseudonym(home, "ada")
    assert after != before
    write(1, caller=after)
    control.folding.drain()
    receipt = control.erase("ada", actor="jo", reason="")
    assert (receipt.events, len(receipt.pseudonyms)) == (2, 2)


def test_the_trail_proves_the_act_and_names_nobody(control: Control, home: Home) -> None:
    receipt = control.erase("ada@example.com", actor="jo", reason="request 12")
    rotate_pseudonym_key(control.stores, actor="jo", reason="yearly")
    rotated, erased = trail.latest(control.stores.records, limit=2)
    assert (erased["action"], erased["target"], erased["reason"]) == ("person.erase", receipt.id, "request 12")
    assert rotated["action"] == "pseudonyms.rotate"
    text = str([dict(row) for row in trail.latest(control.stores.records)])
    assert "ada@" not in text
    assert not any(name in text for name in receipt.pseudonyms)


def test_tombstones_and_keys_travel_with_a_backup(home: Home, write: Write, tmp_path: Path) -> None:
    with opened(home) as control:
        control.erase("ada", actor="jo", reason="")
        write(2, caller=pseudonym(home, "ada"))  # not folded yet: it is in the journal of the backup
        back_up(control.stores, tmp_path / "b.tar")
    elsewhere = Home(tmp_path / "elsewhere")
    restore(tmp_path / "b.tar", elsewhere)
    with opened(elsewhere) as control:
        control.folding.drain()
        assert callers(control) == [None, None]
        assert control.erase("ada", actor="jo", reason="").events == 0


@pytest.mark.parametrize("identity", ["", "  ", "x" * 513])
def test_nobody_in_particular_is_not_erased(control: Any, identity: str) -> None:
    with pytest.raises(InvalidInputError, match="A user id has 1 to 512 characters"):
        control.erase(identity, actor="jo", reason="")
