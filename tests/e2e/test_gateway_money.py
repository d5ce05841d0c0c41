"""A cap of money under everything at once: 4 workers, 256 connections, kill -9, an upstream that obeys nobody (GW-4).

What was spent is what the upstream itself tallied, not what the gateway says of it.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.gateway.keys.model import VirtualKey
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.routes.model import Dialect, Route, Upstream, Version
from evenkeel.store.journal.codec import decode_payload
from evenkeel.store.journal.reader import JournalReader, ReadLimits
from evenkeel.store.system import RealDisk
from evenkeel.store.tables import publish
from evenkeel.testing.gateway import GatewayTables, gateway_worker, publish_keys, publish_tables
from evenkeel.testing.upstreams import Trouble, Voice, openai_upstream

pytestmark = pytest.mark.slow
WORKERS, CONNECTIONS = 4, 64
KEYS = WORKERS * CONNECTIONS  # one per connection: an overrun in flight is of one request per key
KILLS = 6
LOAD_S_MAX = 90.0
MODEL = "made-to-measure"
PRICE_IN, PRICE_OUT = 1_000, 4_000  # nano-units per token
WORDS_MAX = 20
OVERRUN = 3
#: What one answer that ignores its bound costs beyond it.
OVER_NANO = (OVERRUN - 1) * WORDS_MAX * PRICE_OUT
CAP_NANO = 20_000 * WORDS_MAX * PRICE_OUT


@dataclass
class Seen:
    """What the callers were told."""

    acknowledged: set[str] = field(default_factory=set)
    refused: int = 0
    broken: int = 0
    is_over: bool = False
    is_enough: asyncio.Event = field(default_factory=asyncio.Event)  # refused, to say that the cap was reached


def troubles(chance: random.Random) -> list[Trouble]:
    """As answers come: 70 % as they should be, 20 % say nothing of their usage, 10 % ignore what they were allowed."""
    kinds = [{}] * 14 + [{"usage": "missing"}] * 4 + [{"overrun": OVERRUN}] * 2
    return [Trouble(times=1, **chance.choice(kinds)) for _ in range(60_000)]


def prepare(home: Home, url: str) -> None:
    home.create()
    secret = home.root / "provider.key"
    secret.write_text("sk", encoding="utf-8")
    upstream = Upstream("up", url, Dialect.OPENAI, provider="own", key=f"file:{secret}")
    route = Route("production", "bot", (Version("1", 1.0, ("up",)),), retries_max=0)
    cap = Limit("cap", Holder.SERVICE, "bot", Measure.MONEY, Period.EVER, CAP_NANO, "USD")
    publish_tables(home, GatewayTables((route,), (upstream,), (cap,)))
    publish_keys(home, {f"s{number}": VirtualKey(f"k{number}", "k", service="bot") for number in range(KEYS)})
    price = {"model": MODEL, "tokens_in": PRICE_IN * 10**6, "tokens_out": PRICE_OUT * 10**6, "currency": "USD"}
    publish(home.tables / "prices.json", {"version": 1, "prices": [price]})


async def call(port: int, number: int, seen: Seen) -> None:
    """One connection that asks for one answer after the other, and comes again when it is broken."""
    chance = random.Random(number)
    while not seen.is_over:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)  # the worker it was led to has just died
            continue
        try:
            while not seen.is_over:
                await ask(reader, writer, number, seen, chance)
        except (OSError, asyncio.IncompleteReadError, ValueError, IndexError):
            seen.broken += 1
        finally:
            writer.close()


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, seen: Seen, chance: random.Random
) -> None:
    words = " ".join(chance.choice(("one", "three", "thirteen", "many")) for _ in range(chance.randrange(1, 9)))
    body = json.dumps(
        {"model": MODEL, "max_tokens": WORDS_MAX, "messages": [{"role": "user", "content": words}]}
    ).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer s{number}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:] if line)
    await reader.readexactly(int(headers["content-length"]))
    status = int(lines[0].split()[1])
    if status == 200:
        seen.acknowledged.add(headers["x-evenkeel-request-id"])
    elif status == 429:
        seen.refused += 1
        if seen.refused == 20 * KEYS:
            seen.is_enough.set()
        with suppress(TimeoutError):  # so that what is left goes to those who are not refused
            async with asyncio.timeout(0.05):
                await seen.is_enough.wait()
    else:
        raise ValueError(status)


async def load(port: int, seen: Seen, kill: Any) -> None:
    """All connections at once; a worker dies every so often, until the cap is reached and the last kill is done."""
    callers = [asyncio.create_task(call(port, number, seen)) for number in range(KEYS)]
    for _ in range(KILLS):
        await asyncio.sleep(2.0)  # of work, so that there is something to lose
        await asyncio.to_thread(kill)
    async with asyncio.timeout(LOAD_S_MAX):
        await seen.is_enough.wait()
    seen.is_over = True
    await asyncio.gather(*callers)


def journaled(home: Home) -> set[str]:
    """Requests in the journals of all workers."""
    found: set[str] = set()
    for frame in JournalReader(RealDisk(), str(home.journal), ReadLimits(10**9, 10**12)).read({}).frames:
        batch = decode_payload(frame.payload, frame.schema_id)
        roles, ids = batch["role"].to_pylist(), batch["request_id"].to_pylist()
        found.update(bytes(each).hex() for role, each in zip(roles, ids, strict=True) if role == "request")
    return found


def test_no_more_is_spent_than_the_cap_whoever_dies_and_whatever_the_upstream_ignores(tmp_path: Path) -> None:
    home, chance, seen = Home(tmp_path / "home"), random.Random(7), Seen()
    with openai_upstream(voice=Voice(words=WORDS_MAX)) as up:
        up.trouble = troubles(chance)
        prepare(home, up.url)
        with ExitStack() as stack:
            first = stack.enter_context(gateway_worker(home, "g0"))
            port = first[1]
            processes = {"g0": first[0]}
            for number in range(1, WORKERS):
                processes[f"g{number}"] = stack.enter_context(gateway_worker(home, f"g{number}", port))[0]

            def kill() -> None:
                writer = chance.choice(sorted(processes))
                processes[writer].send_signal(signal.SIGKILL)
                processes[writer].wait(20)
                processes[writer] = stack.enter_context(gateway_worker(home, writer, port))[0]

            asyncio.run(load(port, seen, kill))
        tally = up.tally
        spent = tally.tokens_in[MODEL] * PRICE_IN + tally.tokens_out[MODEL] * PRICE_OUT
    over = spent - CAP_NANO
    print(
        f"{len(tally.requests)} asked, {len(seen.acknowledged)} acknowledged, {seen.refused} refused,"
        f" {seen.broken} broken; spent {spent / CAP_NANO:.2%} of the cap"
    )
    assert seen.refused > KEYS, "the cap was not reached: the test shows nothing"
    assert spent > 0.8 * CAP_NANO, "much was left while callers were refused"
    # In flight when the cap was reached, or when its worker died: at most one request of each key.
    assert over <= (KEYS + KILLS * CONNECTIONS) * OVER_NANO
    missing = seen.acknowledged - journaled(home)
    assert not missing, f"{len(missing)} acknowledged answers are in no journal"
