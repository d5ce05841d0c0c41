"""Keys as the doors know them (SPEC SEC-2)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from evenkeel.kernel.errors import UnauthorizedError
from evenkeel.observe.intake.keys import IntakeTable
from evenkeel.store.tables import PublishedTable, publish

SECRET = b"ek_a_secret"


def document(**more: object) -> dict[str, object]:
    row = {"id": "a", "hash": hashlib.sha256(SECRET).hexdigest(), "environments": None, "services": None}
    return {"keys": [{**row, "expires_at": None, **more}], "content_services": ["bot"]}


def test_a_key_opens_by_either_header() -> None:
    table = IntakeTable.parse(document())
    for headers in (
        {b"x-evenkeel-key": SECRET},
        {b"authorization": b"Bearer " + SECRET},
        {b"authorization": b"bearer  " + SECRET},
    ):
        assert table.authenticate(headers, 0).id == "a"
    assert table.content_services == {"bot"}


def test_a_scoped_key_allows_what_it_names() -> None:
    key = IntakeTable.parse(document(services=["bot"], environments=["staging"])).authenticate(
        {b"x-evenkeel-key": SECRET}, 0
    )
    assert key.allows("staging", "bot")
    assert not key.allows("production", "bot")
    assert not key.allows("staging", "other")


def test_a_key_ends_at_the_microsecond_it_expires() -> None:
    table = IntakeTable.parse(document(expires_at=1_000))
    assert table.authenticate({b"x-evenkeel-key": SECRET}, 999).id == "a"
    with pytest.raises(UnauthorizedError, match="Key a has expired"):
        table.authenticate({b"x-evenkeel-key": SECRET}, 1_000)


def test_a_refusal_never_repeats_what_was_sent() -> None:
    with pytest.raises(UnauthorizedError) as caught:
        IntakeTable().authenticate({b"x-evenkeel-key": b"hunter2"}, 0)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "damaged", [{}, [], {"keys": [{}], "content_services": []}, {"keys": ["x"], "content_services": []}, {"keys": 7}]
)
def test_a_damaged_table_leaves_the_last_good_one_in_force(tmp_path: Path, damaged: object) -> None:
    path = tmp_path / "intake.json"
    now_s = [0.0]
    table = PublishedTable(path, IntakeTable.parse, IntakeTable(), monotonic_s=lambda: now_s[0])
    publish(path, document())
    now_s[0] += 2
    assert len(table.current().keys) == 1
    path.write_text(json.dumps(damaged))
    now_s[0] += 2
    assert len(table.current().keys) == 1
    path.write_bytes(b"{half")
    now_s[0] += 2
    assert len(table.current().keys) == 1
    path.unlink()
    now_s[0] += 2
    assert len(table.current().keys) == 1
