"""A data-plane worker: lean, and led by what control published last."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from evenkeel.app.dataplane import build_door, parse_prices
from evenkeel.app.home import Home
from evenkeel.app.offline import fold_home, opened
from evenkeel.observe.events.context import Usage
from evenkeel.observe.intake.door import IntakeDoor
from evenkeel.org.access.keys import NewKey
from evenkeel.store.journal.group_commit import GroupCommit
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.system import RealDisk, SystemClock

NOW_US = 1_800_000_000_000_000


def test_a_worker_loads_no_engine_no_records_and_no_judge() -> None:
    code = (
        "import sys\nimport evenkeel.app.dataplane\n"
        "heavy = ('duckdb', 'sqlalchemy', 'alembic', 'fastapi', 'jinja2', 'numpy', 'evenkeel.judge', 'evenkeel.web')\n"
        "print(sorted({name for name in heavy if name in sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_own_prices_come_before_those_of_the_book() -> None:
    row = {
        "model": "gpt-4o", "tokens_in": 7, "tokens_out": 0, "cached": None, "currency": "EUR", "from_us": 0,
    }  # fmt: skip
    usage = Usage(tokens_in=1_000_000, tokens_cached=0, tokens_out=0)
    own = parse_prices({"prices": [row]}).price("openai", "gpt-4o", NOW_US, usage)
    assert (own.cost_nano, own.currency) == (7, "EUR")
    book = parse_prices({"prices": []}).price("openai", "gpt-4o", NOW_US, usage)
    assert book.currency == "USD"
    assert book.cost_nano is not None
    assert book.cost_nano > 1_000_000_000


@pytest.mark.parametrize("document", [{}, {"prices": [{"model": "m"}]}, {"prices": 7}])
def test_a_table_that_is_none_is_refused_so_that_the_last_good_one_stays(document: Mapping[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        parse_prices(document)


def test_a_key_that_control_published_opens_the_door_and_what_was_taken_is_durable(home: Home) -> None:
    with opened(home) as control:
        _, secret = control.stores.keys.create(NewKey("bot"), actor="jo")
    event = {"kind": "inference", "service": "bot", "latency_s": 0.1}
    assert asyncio.run(send(home, [event], secret)) == (200, {"accepted": 1, "rejected": []})
    status, answer = asyncio.run(send(home, [event], "ek_wrong"))
    assert (status, "not known here" in answer["message"]) == (401, True)
    assert fold_home(home) == 1


def test_before_control_ever_ran_nobody_is_let_in(home: Home) -> None:
    home.create()
    assert asyncio.run(send(home, [], "ek_any"))[0] == 401


async def send(home: Home, events: list[dict[str, Any]], secret: str) -> tuple[int, Any]:
    clock = SystemClock()
    journal = JournalWriter(RealDisk(), str(home.journal / "w0"), writer="w0", clock=clock)
    commit = GroupCommit(journal)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(events).encode()}

    async def answer(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"x-evenkeel-key", secret.encode())]
    scope = {"type": "http", "path": "/v1/events", "method": "POST", "headers": headers}
    try:
        await IntakeDoor(build_door(home, commit, clock))(scope, receive, answer)
    finally:
        await commit.close()
    return sent[0]["status"], json.loads(sent[1]["body"])
