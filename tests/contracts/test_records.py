"""Records on every database they may live in: SQLite, and a real PostgreSQL started here."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from evenkeel.gateway.drill.rules import own_key
from evenkeel.gateway.keys.table import parse_keys
from evenkeel.judge.objectives import records as history
from evenkeel.judge.objectives.engine import StatusChange
from evenkeel.judge.objectives.model import WindowName
from evenkeel.judge.slo.overrides import LASTS_MAX_S, Overrides
from evenkeel.kernel.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError, UnauthorizedError
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE, Window
from evenkeel.kernel.verdict import Limits, Status, judge_verdict
from evenkeel.observe.sources import records as pulled
from evenkeel.observe.sources.model import PullState, SourceMinute
from evenkeel.org.access.keys import GRACE_S_MAX, Keys, NewKey, hash_secret
from evenkeel.org.access.model import Role, Scope
from evenkeel.org.access.signin import FAILURES_MAX, SignIn
from evenkeel.org.calendar.service import LENGTH_MAX_US, Calendar, NewEntry
from evenkeel.store.records.engine import HEAD, Records, metadata
from evenkeel.store.system import SystemIds
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail
from evenkeel.testing.clock import SimClock

PASSWORD = "a long and quiet sentence"


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def keys(records: Records, clock: SimClock, tmp_path: Path) -> Keys:
    return Keys(records, clock, SystemIds(), tmp_path / "tables" / "intake.json")


@pytest.fixture
def sign_in(records: Records, clock: SimClock) -> SignIn:
    return SignIn(records, clock, SystemIds())


class TestEngine:
    def test_migrations_make_the_tables_that_the_rooms_declare(self, records: Records) -> None:
        with records.transaction() as connection:
            inspector = sa.inspect(connection)
            for table in metadata.tables.values():
                found = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
                assert found == {column.name: column.nullable for column in table.columns}, table.name
        assert records.version() == HEAD

    def test_a_newer_database_is_left_alone(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'records.sqlite'}"
        opened = Records.open(url)
        with opened.transaction() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        opened.close()
        with pytest.raises(ConflictError, match="migration 9999"):
            Records.open(url)

    def test_what_fails_leaves_nothing_behind(self, records: Records) -> None:
        with pytest.raises(RuntimeError), records.transaction() as connection:
            trail.record(connection, trail.Change("me", "try", "it"), 1)
            raise RuntimeError
        assert trail.verify(records).rows == 0


class TestTrail:
    def test_the_chain_holds_and_the_database_refuses_changes(self, records: Records) -> None:
        for number in range(3):
            with records.transaction() as connection:
                trail.record(connection, trail.Change("me", "key.create", str(number), after={"ü": number}), number)
        assert trail.verify(records) == trail.TrailReport(3)
        for statement in ("UPDATE trail SET actor = 'you'", "DELETE FROM trail"):
            with pytest.raises(sa.exc.DBAPIError, match="append-only"), records.transaction() as connection:
                connection.execute(sa.text(statement))

    @pytest.mark.parametrize(
        ("damage", "why"),
        [
            ("UPDATE trail SET actor = 'you' WHERE seq = 2", "row 2 was altered"),
            ("DELETE FROM trail WHERE seq = 2", "row 2 is missing"),
        ],
    )
    def test_those_who_go_round_it_are_found(self, tmp_path: Path, damage: str, why: str) -> None:
        records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
        for number in range(3):
            with records.transaction() as connection:
                trail.record(connection, trail.Change("me", "act", str(number)), number)
        with records.transaction() as connection:
            for verb in ("update", "delete"):
                connection.execute(sa.text(f"DROP TRIGGER trail_no_{verb}"))
            connection.execute(sa.text(damage))
        report = trail.verify(records)
        assert (report.broken_at, report.why) == (2, why)
        records.close()


class TestKeys:
    def test_a_key_is_shown_once_published_and_revoked(self, keys: Keys, records: Records, tmp_path: Path) -> None:
        key, secret = keys.create(NewKey("bot", services=("bot",)), actor="ada")
        table = tmp_path / "tables" / "intake.json"
        published = json.loads(table.read_text())
        assert [row["id"] for row in published["keys"]] == [key.id]
        assert secret not in table.read_text()
        assert table.stat().st_mode & 0o077 == 0
        assert keys.find(secret) == key
        keys.revoke(key.id, actor="ada", reason="leaked")
        assert keys.find(secret) is None
        assert json.loads(table.read_text())["keys"] == []
        assert [row["action"] for row in trail.latest(records)] == ["key.revoke", "key.create"]
        assert secret not in str(trail.latest(records))

    def test_keys_expire_and_read_keys_do_not_open_the_intake(
        self, keys: Keys, clock: SimClock, tmp_path: Path
    ) -> None:
        _, secret = keys.create(NewKey("short", expires_at_us=clock.now_us() + US_PER_DAY), actor="ada")
        keys.create(NewKey("reader", scope=Scope.READ), actor="ada")
        published = json.loads((tmp_path / "tables" / "intake.json").read_text())
        assert len(published["keys"]) == 1
        clock.advance(2 * 86_400)
        assert keys.find(secret) is None

    def test_rotation_replaces_the_secret_and_nothing_else(self, keys: Keys, records: Records, tmp_path: Path) -> None:
        asked = NewKey("bot", Scope.GATEWAY, ("staging",), ("bot",), team="care", models=("small", "tiny"))
        key, secret = keys.create(asked, actor="ada")
        fresh, new_secret = keys.rotate(key.id, actor="ada", reason="leaked")
        assert replace(fresh, rotated_at_us=None) == key, "limits and testers go by the id"
        assert (keys.find(secret), keys.find(new_secret)) == (None, fresh)
        (row,) = json.loads((tmp_path / "tables" / "gateway_keys.json").read_text())["keys"]
        assert row["hash"] == hash_secret(new_secret)
        assert (row["id"], row["team"], row["models"]) == (key.id, "care", ["small", "tiny"])
        newest, *_ = trail.latest(records)
        assert (newest["action"], newest["target"], newest["reason"]) == ("key.rotate", key.id, "leaked")
        assert hash_secret(secret) not in str(newest) and hash_secret(new_secret) not in str(newest)

    def test_a_replaced_secret_goes_on_for_its_grace_and_dies_with_the_key(
        self, keys: Keys, clock: SimClock, tmp_path: Path
    ) -> None:
        key, first = keys.create(NewKey("bot", Scope.GATEWAY), actor="ada")
        _, second = keys.rotate(key.id, actor="ada", grace_s=60)
        table = parse_keys(json.loads((tmp_path / "tables" / "gateway_keys.json").read_text()))
        ends = {secret: table.keys[hash_secret(secret)].expires_at_us for secret in (first, second)}
        assert ends == {first: clock.now_us() + 60_000_000, second: None}, "workers need no word when it is over"
        assert keys.find(first) is not None
        clock.advance(60)
        assert keys.find(first) is None and keys.find(second) is not None
        _, third = keys.rotate(key.id, actor="ada", grace_s=60)
        keys.revoke(key.id, actor="ada")
        assert [keys.find(each) for each in (first, second, third)] == [None, None, None]
        assert json.loads((tmp_path / "tables" / "gateway_keys.json").read_text())["keys"] == []

    def test_a_change_keeps_the_secret_reaches_the_doors_and_is_written_down(
        self, keys: Keys, records: Records, clock: SimClock, tmp_path: Path
    ) -> None:
        asked = NewKey("bot", Scope.GATEWAY, None, ("bot",), models=("small",))
        key, secret = keys.create(asked, actor="ada")
        end_us = clock.now_us() + US_PER_DAY
        edited = keys.change(
            key.id, lambda was: replace(was, models=None, team="care", expires_at_us=end_us), actor="bo", reason="why"
        )
        assert edited == replace(key, models=None, team="care", expires_at_us=end_us) == keys.find(secret)
        (row,) = json.loads((tmp_path / "tables" / "gateway_keys.json").read_text())["keys"]
        assert (row["hash"], row["models"], row["expires_at_us"]) == (hash_secret(secret), None, end_us)
        newest, *_ = trail.latest(records)
        assert (newest["action"], newest["actor"], newest["reason"]) == ("key.change", "bo", "why")
        assert json.loads(newest["before"]) == {"expires_at_us": None, "models": '["small"]', "team": None}
        assert json.loads(newest["after"]) == {"expires_at_us": end_us, "models": None, "team": "care"}

    def test_a_change_that_changes_nothing_or_must_not_be_leaves_no_mark(
        self, keys: Keys, records: Records, clock: SimClock
    ) -> None:
        key, _ = keys.create(NewKey("bot", expires_at_us=clock.now_us() + US_PER_DAY), actor="ada")
        assert keys.change(key.id, lambda was: was, actor="ada") == keys.get(key.id) == key
        refused: list[tuple[dict[str, Any], str]] = [
            ({"scope": Scope.ADMIN}, "cannot be changed"),
            ({"expires_at_us": 1}, "expired already"),
            ({"team": "care"}, "has no team"),
            ({"name": ""}, "no name of a key"),
        ]
        for edit, said in refused:
            with pytest.raises(InvalidInputError, match=said):
                keys.change(key.id, lambda was, edit=edit: replace(was, **edit), actor="ada")
        clock.advance(86_400)
        with pytest.raises(ConflictError, match="expired"):
            keys.change(key.id, lambda was: replace(was, expires_at_us=None), actor="ada")
        with pytest.raises(NotFoundError, match="no key"):
            keys.change("nobody", lambda was: was, actor="ada")
        assert [row["action"] for row in trail.latest(records)] == ["key.create"]

    def test_what_is_published_last_is_what_holds_however_many_change_keys_at_once(
        self, keys: Keys, tmp_path: Path
    ) -> None:
        made = [keys.create(NewKey(f"k{number}", Scope.GATEWAY), actor="ada")[0] for number in range(24)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda key: keys.revoke(key.id, actor="ada"), made[:20]))
        table = parse_keys(json.loads((tmp_path / "tables" / "gateway_keys.json").read_text()))
        assert {key.id for key in table.keys.values()} == {key.id for key in made[20:]}

    def test_a_key_that_is_lent_stands_beside_the_users_and_leaves_the_other_doors_alone(
        self, keys: Keys, tmp_path: Path
    ) -> None:
        def published() -> set[str]:
            table = parse_keys(json.loads((tmp_path / "tables" / "gateway_keys.json").read_text()))
            return {key.id for key in table.keys.values()}

        users = [keys.create(NewKey(f"k{number}", Scope.GATEWAY), actor="ada")[0].id for number in range(3)]
        (doors,) = [path for path in (tmp_path / "tables").iterdir() if path.name != "gateway_keys.json"]
        inode = doors.stat().st_ino
        for secret in ("ek_a", "ek_b"):
            keys.lend([own_key(secret)])
            assert published() == {*users, own_key(secret)["id"]}
        keys.lend(())
        assert published() == {*users}
        assert doors.stat().st_ino == inode
        keys.revoke(users[0], actor="ada")
        keys.lend([own_key("ek_a")])
        assert published() == {*users[1:], own_key("ek_a")["id"]}

    def test_a_key_is_lent_beside_what_the_records_say_after_a_table_could_not_be_written(
        self, keys: Keys, tmp_path: Path
    ) -> None:
        users = [keys.create(NewKey(f"k{number}", Scope.GATEWAY), actor="ada")[0].id for number in range(2)]
        path = tmp_path / "tables" / "gateway_keys.json"
        path.unlink()
        path.mkdir()  # nothing replaces a directory
        with pytest.raises(OSError, match="gateway_keys"):
            keys.revoke(users[0], actor="ada")
        path.rmdir()
        keys.lend(())
        assert [row["id"] for row in json.loads(path.read_text())["keys"]] == users[1:]

    def test_what_cannot_be_rotated_is_left_as_it_is(self, keys: Keys, clock: SimClock) -> None:
        with pytest.raises(NotFoundError, match="no key"):
            keys.rotate("nobody", actor="ada")
        key, secret = keys.create(NewKey("short", expires_at_us=clock.now_us() + 60_000_000), actor="ada")
        for grace_s in (-1, GRACE_S_MAX + 1):
            with pytest.raises(InvalidInputError, match="grace"):
                keys.rotate(key.id, actor="ada", grace_s=grace_s)
        assert keys.find(secret) is not None
        clock.advance(60)
        with pytest.raises(ConflictError, match="expired"):
            keys.rotate(key.id, actor="ada")

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            (NewKey("k", Scope.GATEWAY, ("a", "b")), "one environment"),
            (NewKey("k", team="care"), "intake has no team"),
            (NewKey("k", Scope.READ, models=("small",)), "read has no team and no models"),
            (NewKey("k", Scope.GATEWAY, team="ca\x1fre"), "no name of a team"),
            (NewKey("k", Scope.GATEWAY, models=("",)), "empty name"),
            (NewKey("k", Scope.GATEWAY, models=("m",) * 101), "101 models are too many"),
            (NewKey("k", expires_at_us=1), "expired already"),
        ],
    )
    def test_a_key_that_makes_no_sense_is_not_made(self, keys: Keys, asked: NewKey, said: str) -> None:
        with pytest.raises(InvalidInputError, match=said):
            keys.create(asked, actor="ada")
        assert keys.list() == []


class TestSignIn:
    def test_the_first_admin_comes_by_a_link_that_works_once(self, sign_in: SignIn, clock: SimClock) -> None:
        token = sign_in.new_setup_token()
        assert token is not None
        with pytest.raises(ForbiddenError, match="not valid"):
            sign_in.complete_setup("guess", "ada", PASSWORD)
        with pytest.raises(InvalidInputError, match="at least 12"):
            sign_in.complete_setup(token, "ada", "short")
        session = sign_in.session(sign_in.complete_setup(token, "ada", PASSWORD))
        assert session is not None
        assert (session.user.name, session.user.role) == ("ada", Role.ADMIN)
        assert sign_in.new_setup_token() is None
        with pytest.raises(ConflictError):
            sign_in.complete_setup(token, "eve", PASSWORD)
        clock.advance(15 * 86_400)
        assert sign_in.session("x") is None

    def test_a_setup_link_ends_after_a_day_and_when_a_new_one_is_made(self, sign_in: SignIn, clock: SimClock) -> None:
        first = sign_in.new_setup_token()
        second = sign_in.new_setup_token()
        assert first is not None
        assert second is not None
        with pytest.raises(ForbiddenError):
            sign_in.complete_setup(first, "ada", PASSWORD)
        clock.advance(2 * 86_400)
        with pytest.raises(ForbiddenError):
            sign_in.complete_setup(second, "ada", PASSWORD)

    def test_signing_in_and_out(self, sign_in: SignIn) -> None:
        sign_in.complete_setup(str(sign_in.new_setup_token()), "ada", PASSWORD)
        token = sign_in.sign_in("ada", PASSWORD)
        assert sign_in.session(token) is not None
        sign_in.sign_out(token)
        assert sign_in.session(token) is None

    def test_wrong_passwords_wait_and_tell_nothing(self, sign_in: SignIn, clock: SimClock) -> None:
        sign_in.complete_setup(str(sign_in.new_setup_token()), "ada", PASSWORD)
        for name in ("ada", "nobody"):
            with pytest.raises(UnauthorizedError, match="Name or password is wrong"):
                sign_in.sign_in(name, "wrong")
        for _ in range(FAILURES_MAX - 1):
            with pytest.raises(UnauthorizedError, match="Name or password"):
                sign_in.sign_in("ada", "wrong")
        with pytest.raises(UnauthorizedError, match="Too many"):
            sign_in.sign_in("ada", PASSWORD)
        clock.advance(16 * 60)
        assert sign_in.sign_in("ada", PASSWORD)

    def test_names_tried_without_end_are_forgotten_oldest_first(
        self, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from evenkeel.org.access import signin as module

        monkeypatch.setattr(module, "FAILED_NAMES_MAX", 3)
        for name in ("a", "b", "a", "c", "d", "x" * 10_000):
            with pytest.raises(UnauthorizedError):
                sign_in.sign_in(name, "wrong")
        assert list(sign_in._failures) == ["c", "d", "x" * 100]

    def test_a_name_is_found_with_spaces_around_it(self, sign_in: SignIn) -> None:
        sign_in.complete_setup(str(sign_in.new_setup_token()), " ada ", PASSWORD)
        assert sign_in.sign_in(" ada", PASSWORD)


class TestVerdictHistory:
    def test_changes_are_kept_and_the_last_statuses_survive_a_restart(self, records: Records) -> None:
        estimate = Estimate(0.1, "ratio", 0.05, 0.2, 0.99, 0.95, 100, "m", Window(0, US_PER_MINUTE), 1.0, 5, 5)
        verdict = judge_verdict(estimate, Limits(0.001), now_us=5, valid_for_us=10)
        bot = ServiceKey("production", "bot")
        changes = [
            StatusChange(bot, "error_rate", WindowName.PAGE, old, new, at, verdict)
            for old, new, at in ((None, Status.OK, 5), (Status.OK, Status.BREACH, 7))
        ]
        history.save_changes(records, SystemIds(), changes, ["fine", "not fine"])
        assert history.last_statuses(records) == {(bot, "error_rate"): (Status.BREACH, 7)}
        newest, oldest = history.history(records, bot)
        assert (newest["new"], newest["sentence"], newest["estimate"]["value"]) == ("breach", "not fine", 0.1)
        assert oldest["old"] is None
        assert history.history(records, ServiceKey("staging", "bot")) == []


class TestCalendar:
    def test_maintenance_is_entered_known_at_once_and_audited(self, records: Records, clock: SimClock) -> None:
        calendar, now = Calendar(records, clock, SystemIds()), clock.now_us()
        bot = ServiceKey("production", "bot")
        entry = calendar.add(
            NewEntry(now - 2 * US_PER_MINUTE, now + US_PER_DAY, " new disks ", "production", "bot"), actor="ada"
        )
        assert entry.is_retroactive
        assert calendar.entries() == Calendar(records, clock, SystemIds()).entries() == (entry,)
        assert str(calendar.in_maintenance(bot, now)).startswith("new disks (until ")
        assert calendar.in_maintenance(ServiceKey("staging", "bot"), now) is None
        assert calendar.excluded(bot, Window(now - US_PER_DAY, now)) == (Window(now - 2 * US_PER_MINUTE, now),)
        (row,) = trail.latest(records)
        assert (row["actor"], row["action"], row["reason"]) == ("ada", "calendar.add", "new disks")
        assert json.loads(row["after"])["retroactive"] == "yes"

    def test_an_entry_that_runs_ends_when_it_is_cancelled_and_only_once(
        self, records: Records, clock: SimClock
    ) -> None:
        calendar, now = Calendar(records, clock, SystemIds()), clock.now_us()
        bot = ServiceKey("production", "bot")
        entry = calendar.add(NewEntry(now, now + US_PER_DAY, "new disks"), actor="ada")
        clock.advance(60)
        with pytest.raises(InvalidInputError, match="needs a reason"):
            calendar.cancel(entry.id, actor="bo", reason=" ")
        calendar.cancel(entry.id, actor="bo", reason="done early")
        assert calendar.in_maintenance(bot, clock.now_us()) is None
        assert calendar.excluded(bot, Window(now, now + US_PER_DAY)) == (Window(now, clock.now_us()),)
        assert [row["action"] for row in trail.latest(records)] == ["calendar.cancel", "calendar.add"]
        with pytest.raises(ConflictError, match="cancelled already"):
            calendar.cancel(entry.id, actor="bo", reason="again")
        with pytest.raises(NotFoundError, match="no entry"):
            calendar.cancel("nothing", actor="bo", reason="x")
        assert trail.verify(records).rows == 2

    @pytest.mark.parametrize(
        ("start", "length", "reason", "why"),
        [
            (0, 0, "r", "before it starts"),
            (0, LENGTH_MAX_US + 1, "r", "longer than 31 d"),
            (-401 * US_PER_DAY, US_PER_MINUTE, "r", "400 days away"),
            (0, US_PER_MINUTE, "  ", "needs a reason"),
            (-US_PER_DAY, US_PER_MINUTE, "", "needs a reason"),
            (0, US_PER_MINUTE, "r" * 501, "needs a reason"),
        ],
    )
    def test_an_entry_that_makes_no_sense_is_refused(
        self, records: Records, clock: SimClock, start: int, length: int, reason: str, why: str
    ) -> None:
        calendar, now = Calendar(records, clock, SystemIds()), clock.now_us()
        with pytest.raises(InvalidInputError, match=why):
            calendar.add(NewEntry(now + start, now + start + length, reason), actor="ada")
        assert trail.verify(records).rows == 0


class TestOverrides:
    def test_an_override_is_granted_expires_and_is_audited(self, records: Records, clock: SimClock) -> None:
        overrides, bot = Overrides(records, clock, SystemIds()), ServiceKey("production", "bot")
        short = overrides.grant(bot, reason="hotfix", lasts_s=60, actor="ada")
        longer = overrides.grant(bot, reason="the whole fix", lasts_s=600, actor="ada")
        assert overrides.active(bot) == longer
        assert overrides.active(ServiceKey("staging", "bot")) is None
        overrides.revoke(longer.id, actor="bo", reason="done")
        assert overrides.active(bot) == short
        clock.advance(61)
        assert overrides.active(bot) is None
        assert {each.id for each in overrides.list()} == {short.id, longer.id}
        assert [row["action"] for row in trail.latest(records)] == ["gate.revoke", "gate.override", "gate.override"]
        for gone in (short, longer):
            with pytest.raises(ConflictError, match="over already"):
                overrides.revoke(gone.id, actor="bo")
        with pytest.raises(NotFoundError, match="no override"):
            overrides.revoke("nothing", actor="bo")

    @pytest.mark.parametrize(
        ("reason", "lasts_s", "why"), [("", 60, "needs a reason"), ("r", 0, "last"), ("r", LASTS_MAX_S + 1, "last")]
    )
    def test_an_override_without_reason_or_end_is_refused(
        self, records: Records, clock: SimClock, reason: str, lasts_s: int, why: str
    ) -> None:
        with pytest.raises(InvalidInputError, match=why):
            Overrides(records, clock, SystemIds()).grant(
                ServiceKey("p", "b"), reason=reason, lasts_s=lasts_s, actor="a"
            )
        assert trail.verify(records).rows == 0


class TestPulledMinutes:
    def test_a_pull_replaces_what_it_asked_about_and_nothing_else(self, records: Records) -> None:
        state = PullState("q1", "prometheus", 3 * US_PER_MINUTE, 5, 3)
        minutes = [SourceMinute(n * US_PER_MINUTE, 10.0 + n, 0.5) for n in range(3)]
        pulled.save_pull(records, state, Window(0, 3 * US_PER_MINUTE), minutes)
        pulled.save_pull(records, replace(state, query_id="q2"), Window(0, 3 * US_PER_MINUTE), minutes)
        changed = [SourceMinute(US_PER_MINUTE, 20.0, 1.0)]
        later = replace(state, pulled_at_us=6, minutes=1)
        pulled.save_pull(records, later, Window(US_PER_MINUTE, 3 * US_PER_MINUTE), changed)
        assert pulled.read_minutes(records, "q1", Window(0, US_PER_DAY)) == [minutes[0], *changed]
        assert pulled.read_minutes(records, "q2", Window(0, US_PER_DAY)) == minutes
        assert pulled.read_minutes(records, "q2", Window(US_PER_MINUTE, 2 * US_PER_MINUTE)) == [minutes[1]]
        assert pulled.pull_states(records)["q1"] == later

    def test_trouble_keeps_what_is_known_and_old_minutes_are_forgotten(self, records: Records) -> None:
        state = PullState("q1", "prometheus", 3 * US_PER_MINUTE, 5, 3)
        minutes = [SourceMinute(n * US_PER_MINUTE, 1e12 + n / 7, 1 / 3) for n in range(3)]
        pulled.save_pull(records, state, Window(0, 3 * US_PER_MINUTE), minutes)
        troubled = replace(state, trouble="It answers 503.", trouble_since_us=7)
        pulled.save_trouble(records, troubled)
        assert pulled.pull_states(records) == {"q1": troubled}
        assert pulled.read_minutes(records, "q1", Window(0, US_PER_DAY)) == minutes  # to the last digit
        assert pulled.forget_minutes(records, 2 * US_PER_MINUTE) == 2
        assert pulled.read_minutes(records, "q1", Window(0, US_PER_DAY)) == minutes[2:]
