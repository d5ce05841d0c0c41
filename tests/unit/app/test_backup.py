"""A backup is a whole copy that can be verified and restored; a damaged one is refused."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.backup import MANIFEST, BackupReport, back_up, restore, verify_backup
from evenkeel.app.doctor import examine
from evenkeel.app.home import Home
from evenkeel.app.offline import fold_home, opened
from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.changing import Change
from evenkeel.gateway.limits.model import Account, AccountState, Holder, Limit, Measure, Period
from evenkeel.gateway.limits.record import name_of
from evenkeel.gateway.limits.recovery import ACCOUNTS_NAME
from evenkeel.kernel.errors import ConflictError, CorruptDataError, NotFoundError
from evenkeel.observe.privacy.pseudonyms import open_pseudonyms
from evenkeel.org.access.keys import NewKey
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.store.trail import trail
from evenkeel.web.health import Level

Write = Any


@pytest.fixture
def lived_in(home: Home, write: Write) -> Home:
    """A home with folded events, one that waits, keys, a configuration, a secret and a manifest of an import."""
    write(5, caller=0xBEEF, session=7)
    fold_home(home)
    write(1)
    (home.root / "evenkeel.yaml").write_text("retention: {events: 60}\n", encoding="utf-8")
    (home.imports / "f.json").write_text('{"rows": 1}', encoding="utf-8")
    open_pseudonyms(home.secrets, 0)
    with opened(home) as control:
        control.stores.keys.create(NewKey("bot"), actor="jo")
    return home


def take(home: Home, target: Path) -> BackupReport:
    with opened(home) as control:
        return back_up(control.stores, target, control.folding.still)


def test_a_backup_says_what_it_holds_and_verifies_as_the_same(lived_in: Home, tmp_path: Path) -> None:
    target = tmp_path / "monday.tar"
    report = take(lived_in, target)
    assert (report.path, report.events, report.trail_rows) == (str(target), 5, 1)
    assert report.bytes == target.stat().st_size
    assert verify_backup(target) == report
    assert oct(target.stat().st_mode & 0o777) == "0o600"
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == [], "nothing is left behind"


def test_a_restored_home_is_the_one_that_was_backed_up(lived_in: Home, tmp_path: Path) -> None:
    take(lived_in, tmp_path / "monday.tar")
    new = Home(tmp_path / "elsewhere" / "new")
    restore(tmp_path / "monday.tar", new)
    for name in ("evenkeel.yaml", "imports/f.json", *(f"secrets/{file.name}" for file in lived_in.secrets.iterdir())):
        assert (new.root / name).read_bytes() == (lived_in.root / name).read_bytes()
    assert oct(new.root.stat().st_mode & 0o777) == "0o700"
    with opened(new) as control:
        assert control.folding.drain() == 1, "what was acknowledged and not folded yet is in the backup's journal"
        assert control.folding.drain() == 0
        assert [key.name for key in control.stores.keys.list()] == ["bot"]
        assert control.configuration.current.retention.events == 60
        assert {check.level for check in examine(control.stores, 60)} == {Level.OK}


def test_what_was_used_of_limits_stays_used_after_a_restore_and_what_was_leased_counts_as_used(
    lived_in: Home, tmp_path: Path
) -> None:
    account = Account(Limit("trial", Holder.KEY, "k", Measure.REQUESTS, Period.EVER, 10), "k", 0, 2**60)
    accounts = Accounts.open(lived_in.limits / ACCOUNTS_NAME, slots=8)
    name = name_of(account)
    accounts.apply(0, [Change(account, name, least=5, most=5), Change(account, name, settled=3, turns=True)], 1)
    assert accounts.state(account) == AccountState(3, 2, 0, 0)
    accounts.close()
    take(lived_in, tmp_path / "monday.tar")
    new = Home(tmp_path / "new")
    restore(tmp_path / "monday.tar", new)
    assert [file.name for file in new.limits.iterdir()] == [ACCOUNTS_NAME]
    restored = Accounts.open(new.limits / ACCOUNTS_NAME)
    restored.recover(0, {}, lambda _, __: None)  # as the first worker does, which knows nothing of the leases
    assert restored.state(account) == AccountState(5, 0, 2, 0)
    restored.close()


def test_it_may_be_restored_into_an_empty_folder_and_into_no_other(lived_in: Home, tmp_path: Path) -> None:
    take(lived_in, tmp_path / "monday.tar")
    empty = Home(tmp_path / "empty")
    empty.root.mkdir()
    restore(tmp_path / "monday.tar", empty)
    before = sorted(empty.root.rglob("*"))
    with pytest.raises(ConflictError, match="is not empty"):
        restore(tmp_path / "monday.tar", empty)
    assert sorted(empty.root.rglob("*")) == before


def test_erasure_survives_a_restore_and_events_sent_again_stay_anonymous(
    lived_in: Home, tmp_path: Path, write: Write
) -> None:
    with opened(lived_in) as control:
        assert control.stores.telemetry.erase_caller(0xBEEF, now_us=control.stores.clock.now_us()) == 5
    take(lived_in, tmp_path / "monday.tar")
    new = Home(tmp_path / "new")
    restore(tmp_path / "monday.tar", new)
    write(1, caller=0xBEEF, session=9, writer="w7")  # into the old home's journal …
    shutil.copytree(lived_in.journal / "w7", new.journal / "w7")  # … and sent to the new home as well
    with opened(new) as control:
        control.folding.drain()
        events = control.stores.telemetry.events(EventFilter()).events
        assert len(events) == 7
        assert [(event["caller"], event["session"]) for event in events] == [(None, None)] * 7
        pseudonyms = open_pseudonyms(new.secrets, 0)
        assert pseudonyms.of("jo") == open_pseudonyms(lived_in.secrets, 0).of("jo"), "the key came along"


def test_a_trail_that_grows_while_the_backup_is_taken_does_not_spoil_it(lived_in: Home, tmp_path: Path) -> None:
    with opened(lived_in) as control:

        class GrowsWhenReleased:
            """Held while the stores are copied; the records are copied after that."""

            def __enter__(self) -> None: ...

            def __exit__(self, *_: object) -> None:
                control.stores.keys.create(NewKey("late"), actor="jo")

        report = back_up(control.stores, tmp_path / "b.tar", GrowsWhenReleased())
    assert verify_backup(tmp_path / "b.tar") == report


def test_where_something_stands_nothing_is_written(lived_in: Home, tmp_path: Path) -> None:
    target = tmp_path / "taken.tar"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(ConflictError, match="exists already"):
        take(lived_in, target)
    assert target.read_text(encoding="utf-8") == "mine"
    with pytest.raises(NotFoundError, match="There is no folder"):
        take(lived_in, tmp_path / "no" / "where.tar")
    with pytest.raises(NotFoundError, match="There is no backup"):
        verify_backup(tmp_path / "absent.tar")


def _truncate(tar: Path) -> None:
    tar.write_bytes(tar.read_bytes()[: tar.stat().st_size // 2])


def _no_tar(tar: Path) -> None:
    tar.write_bytes(b"not a tar at all" * 100)


def _flip_in_the_store(tar: Path) -> None:
    with tarfile.open(tar) as opened_tar:
        member = opened_tar.getmember("telemetry.duckdb")
        place = member.offset_data + member.size // 2
    _flip(tar, place)


def _flip(tar: Path, place: int) -> None:
    data = bytearray(tar.read_bytes())
    data[place] ^= 0x01
    tar.write_bytes(data)


def _repack(tar: Path, change: Callable[[Path], None]) -> None:
    folder = tar.with_suffix(".open")
    with tarfile.open(tar) as opened_tar:
        opened_tar.extractall(folder, filter="data")
    change(folder)
    with tarfile.open(tar, "w") as new:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                new.add(file, arcname=str(file.relative_to(folder)))


def _leave_out(tar: Path) -> None:
    _repack(tar, lambda folder: (folder / "records.sqlite").unlink())


def _add(tar: Path) -> None:
    _repack(tar, lambda folder: (folder / "secrets" / "another.key").write_text("eve", encoding="utf-8") and None)


def _change_the_manifest(tar: Path) -> None:
    def change(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        manifest["taken_at"] = "2020-01-01T00:00:00Z"
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")

    _repack(tar, change)


def _no_manifest(tar: Path) -> None:
    _repack(tar, lambda folder: (folder / MANIFEST).unlink())


def _a_manifest_that_is_none(tar: Path) -> None:
    _repack(tar, lambda folder: (folder / MANIFEST).write_text("[]", encoding="utf-8") and None)


@pytest.mark.parametrize(
    "damage",
    [
        _truncate,
        _no_tar,
        _flip_in_the_store,
        _leave_out,
        _add,
        _change_the_manifest,
        _no_manifest,
        _a_manifest_that_is_none,
    ],
    ids=lambda damage: damage.__name__.strip("_").replace("_", " "),
)
def test_a_damaged_backup_is_refused_and_nothing_is_put_in_place(
    lived_in: Home, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    target = tmp_path / "monday.tar"
    take(lived_in, target)
    damage(target)
    with pytest.raises(CorruptDataError, match=r"monday\.tar"):
        verify_backup(target)
    with pytest.raises(CorruptDataError):
        restore(target, Home(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_flipped_bit_anywhere_is_refused_or_changes_nothing_that_counts(lived_in: Home, tmp_path: Path) -> None:
    target = tmp_path / "monday.tar"
    report = take(lived_in, target)
    whole, dice = target.read_bytes(), random.Random(7)
    refused = 0
    for _ in range(25):
        target.write_bytes(whole)
        _flip(target, dice.randrange(len(whole)))
        try:
            assert verify_backup(target) == report
        except CorruptDataError:
            refused += 1
    assert refused >= 20


def test_a_trail_that_was_broken_before_the_backup_is_refused_too(lived_in: Home, tmp_path: Path) -> None:
    with closing(sqlite3.connect(lived_in.records)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(f"UPDATE {trail.trail.name} SET actor = 'eve'")
        connection.commit()
    take(lived_in, tmp_path / "monday.tar")
    with pytest.raises(CorruptDataError, match="row 1 was altered"):
        verify_backup(tmp_path / "monday.tar")
