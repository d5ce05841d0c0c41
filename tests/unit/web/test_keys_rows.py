"""How keys are told of: what is not known is not fine, and what ends soon is said before it has ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.gateway.drill.model import Drill, DrillState, Proof, Standing
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_SECOND, to_datetime
from evenkeel.org.access.model import ApiKey, Scope
from evenkeel.store.telemetry.series import KeyUse
from evenkeel.web.keys_rows import KeyFilter, answers, end_of, in_danger, key_row, last_day, obedience

NOW_US = 40 * US_PER_DAY
KEY = ApiKey("k1", "bot", Scope.GATEWAY, None, ("bot",), "ada", 0, None, None, "care", ("small",))


def ending(days: float, **more: object) -> ApiKey:
    return replace(KEY, expires_at_us=NOW_US + int(days * US_PER_DAY), **more)  # pyright: ignore[reportArgumentType]


def drilled(*proofs: Proof, standing: Standing = Standing.PROVEN) -> DrillState:
    drill = Drill(NOW_US - 40 * US_PER_SECOND, proofs)
    return DrillState(standing, "As found.", last=drill, proven=drill if drill.is_proven else None)


def test_a_row_says_where_a_key_may_be_used_and_what_is_taken_besides() -> None:
    row = key_row(replace(ending(2.9), previous_until_us=NOW_US + 1), {"k1": KeyUse("k1", 3, NOW_US)}, NOW_US)
    assert row["only"] == ["team care", "only bot", "only models small"]
    assert (row["state"], row["sign"], row["left"], row["is_usable"]) == ("expires soon", "warning", "2.9 d", True)
    assert row["previous_until_us"] == NOW_US + 1
    over = key_row(replace(KEY, revoked_at_us=1, previous_until_us=NOW_US + 1, services=()), {}, NOW_US)
    assert (over["state"], over["is_usable"], over["previous_until_us"]) == ("revoked", False, None)
    assert "no services at all" in over["only"]


def test_keys_are_found_by_what_people_know_of_them() -> None:
    for text in ("BOT", "k1", "care", "small", "ada"):
        assert KeyFilter(text=text).fits(KEY, NOW_US), text
    assert not KeyFilter(text="other").fits(KEY, NOW_US)
    assert KeyFilter.read({"scope": "gateway", "state": "active"}).fits(KEY, NOW_US)
    assert not KeyFilter(state="expired").fits(KEY, NOW_US)
    for query in ({"scope": "root"}, {"state": "well"}):
        with pytest.raises(InvalidInputError, match="There is no"):
            KeyFilter.read(query)


def test_what_ends_soon_and_may_be_missed_is_said_first() -> None:
    used, idle, sender = ending(3), ending(1, id="idle"), ending(2, id="s", scope=Scope.INTAKE)
    uses = {"k1": KeyUse("k1", 9, NOW_US - US_PER_HOUR)}
    assert in_danger([used, idle, sender], uses, NOW_US) == [sender, used]
    said = answers([used, idle, sender, replace(KEY, id="r", revoked_at_us=1)], uses, NOW_US)
    assert said["how"] == "3 keys can be used: 1 intake, 2 gateway."
    assert said["changed"] == "2 keys to end within 7 d."
    assert said["todo"].endswith("bot (s, scope intake) in 2 d, whether it is used is not known.")
    assert said["mood"] == "warning"
    assert answers([KEY], {}, NOW_US)["mood"] == "ok"
    assert answers([idle], {}, NOW_US)["mood"] == "ok", "nobody misses it"
    assert answers([], {}, NOW_US)["how"] == "There is no key yet."
    assert "No key can be used" in answers([replace(KEY, revoked_at_us=1)], {}, NOW_US)["how"]


def test_obedience_is_what_the_last_drill_showed_of_keys_and_nothing_else() -> None:
    good = Proof("g0", 0.1, 0.1, 0.2)
    proven = obedience(drilled(good, Proof("g1", 0.1, 0.1, 0.25)), NOW_US)
    assert proven == ("ok", "The last key that was replaced was refused by all 2 workers after 250 ms, 40 s ago.")
    slow_flip = drilled(replace(good, flip_s=3.0), standing=Standing.FAILED)
    assert obedience(slow_flip, NOW_US)[0] == "ok", "a slow flip says nothing of keys"
    held = drilled(good, Proof("g1", 0.1, 0.1, None, "takes a key that was replaced"), standing=Standing.FAILED)
    assert obedience(held, NOW_US) == ("breach", "Not every worker refused a key within 1 s, 40 s ago.")
    assert obedience(drilled(replace(good, old_key_s=1.2), standing=Standing.FAILED), NOW_US)[0] == "breach"
    ended = drilled(Proof("g0", 0.1, None, None, "does not obey a kill"), standing=Standing.FAILED)
    assert obedience(ended, NOW_US)[0] == "unknown"


@pytest.mark.parametrize("standing", [Standing.UNKNOWN, Standing.OFF])
def test_an_old_drill_or_none_proves_nothing_about_now(standing: Standing) -> None:
    sign, said = obedience(replace(drilled(Proof("g0", 0.1, 0.1, 0.2)), standing=standing), NOW_US)
    assert sign == "unknown"
    assert said.endswith("is not known. As found. It was proven 40 s ago.")
    assert obedience(DrillState(standing, "Never."), NOW_US)[0] == "unknown"


def test_a_last_day_is_the_whole_day_where_the_organisation_is() -> None:
    end_us = end_of("2026-03-29", "Europe/Berlin")  # clocks go forward that day
    assert end_us is not None
    assert to_datetime(end_us).isoformat() == "2026-03-29T22:00:00+00:00"
    assert last_day(end_us, "Europe/Berlin") == "2026-03-29"
    for written in ("soon", "2026-02-30", "9999-12-31"):
        with pytest.raises(InvalidInputError, match="is no day"):
            end_of(written, "UTC")
