"""Holds on disk: whole or not there, one sender, erased in time."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from evenkeel.gateway.holds import files as module
from evenkeel.gateway.holds.files import FACTS_US, HoldFiles, is_hold_id
from evenkeel.gateway.holds.model import Content, Hold, Ruling
from evenkeel.kernel.errors import OverloadedError
from evenkeel.store.system import RealDisk

ID = "0123456789abcdef0123456789abcdef"
SAYS = Content([("content-type", "text/plain")], b"\xffada@example.org", 200)
Make = Callable[..., Hold]


@pytest.fixture
def files(tmp_path: Path) -> HoldFiles:
    return HoldFiles(tmp_path / "holds", RealDisk())


def make(hold_id: str = ID) -> Hold:
    about = (hold_id, "k", "production", "bot", "output", "chat", "openai", "POST", "/v1/chat/completions", "r")
    return Hold(*about, asked_at_us=1_000, expires_at_us=2_000, size_bytes=16, sha256="h", found={"email": 1})


def test_what_is_put_is_read_by_its_owner_only(files: HoldFiles, tmp_path: Path) -> None:
    files.put(make(), SAYS)
    assert files.load(ID) == make()
    assert files.content(ID) == SAYS
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "holds").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "holds").stat().st_mode) == 0o700


def test_an_edited_text_goes_on_instead(files: HoldFiles) -> None:
    files.put(make(), SAYS)
    ruling, other = Ruling("edited", "grace", 1_500), Content([], b"[NAME]", 200)
    files.rule(ID, ruling, other)
    assert files.ruling(ID) == ruling
    assert files.released(ID, ruling) == other


def test_one_claims_at_a_time_and_only_the_first_ever_may_send(files: HoldFiles) -> None:
    files.put(make(), SAYS)
    first = files.claim(ID)
    assert first is not None
    assert first.is_first
    assert files.claim(ID) is None
    first.release()
    second = files.claim(ID)
    assert second is not None
    assert not second.is_first
    second.release()


@pytest.mark.parametrize(
    ("ruling", "kept_until_us"),
    [(None, 2_000), (Ruling("rejected", "grace", 1_500), 1_500), (Ruling("approved", "grace", 1_500), 2_500)],
)
def test_content_is_erased_as_soon_as_nobody_may_have_it(
    files: HoldFiles, ruling: Ruling | None, kept_until_us: int, tmp_path: Path
) -> None:
    files.put(make(), SAYS)
    if ruling is not None:
        files.rule(ID, ruling)
    if kept_until_us != 1_500:
        assert files.tend(kept_until_us - 1) == 0
        assert files.content(ID) == SAYS
    assert files.tend(kept_until_us) == 1
    assert files.content(ID) is None
    assert files.load(ID) == make(), "the facts stay for callers that still ask"
    assert b"ada@" not in b"".join(file.read_bytes() for file in (tmp_path / "holds").iterdir())
    files.tend(kept_until_us + FACTS_US + 2_000)
    assert files.ids() == []


def test_the_draft_of_a_worker_that_was_killed_is_erased(files: HoldFiles, tmp_path: Path) -> None:
    files.put(make(), SAYS)
    dead = tmp_path / "holds" / f".{ID}.content.4194305-7.new"  # above the highest number of a process
    dead.write_bytes(b"ada@example.org")
    files.tend(1_001)
    assert not dead.exists()


def test_more_than_people_can_look_at_is_refused(files: HoldFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HOLDS_MAX", 1)
    files.put(make(), SAYS)
    with pytest.raises(OverloadedError, match="Somebody has to decide"):
        files.put(make("f" * 32), SAYS)


def test_an_id_is_no_way_to_another_file() -> None:
    assert is_hold_id(ID)
    assert not any(is_hold_id(each) for each in ("", "..", ID + "/", ID.upper(), ID + "\n"))
