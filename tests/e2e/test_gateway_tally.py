"""Requests of every kind, well and ill, through a real worker: its records are the upstreams' own tally (SPEC GW-8)."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.gateway.cache.model import CachePolicy
from evenkeel.gateway.keys.model import VirtualKey
from evenkeel.gateway.routes.model import Dialect, Route, Shadow, Timeouts, Upstream, Version
from evenkeel.store.journal.codec import decode_payload
from evenkeel.store.journal.reader import JournalReader, ReadLimits
from evenkeel.store.system import RealDisk
from evenkeel.testing.gateway import GatewayTables, gateway_worker, publish_keys, publish_tables
from evenkeel.testing.upstreams import Trouble, anthropic_upstream, openai_upstream

THREADS = 8
SECRET = "ek_tally"
TOOL = {"type": "function", "function": {"name": "find", "parameters": {"type": "object", "properties": {"q": {}}}}}
#: Whose usage is not said: counted or bounded by the gateway, so never compared to the token.
UNSAID = ("silent", "left", "late")


@dataclass
class Doubles:
    """Three providers and the worker in front of them."""

    one: Any
    two: Any
    claude: Any
    port: int

    def ask(self, service: str, path: str, document: Mapping[str, Any], *, leaves: bool = False) -> int:
        """The status of one request; who `leaves` goes away after the first line."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"authorization": f"Bearer {SECRET}", "content-type": "application/json"}
        if path == "/v1/messages":
            headers["anthropic-version"] = "2023-06-01"
        connection.request("POST", f"/services/{service}{path}", json.dumps(document), headers)
        answer = connection.getresponse()
        if leaves:
            answer.readline()
            answer.close()
        else:
            answer.read()
        connection.close()
        return answer.status


@pytest.fixture
def doubles(tmp_path: Path) -> Iterator[tuple[Doubles, ExitStack, Home]]:
    home = Home(tmp_path / "home")
    home.create()
    secret = home.root / "provider.key"
    secret.write_text("sk", encoding="utf-8")
    with openai_upstream() as one, openai_upstream() as two, anthropic_upstream() as claude, ExitStack() as worker:
        waits = Timeouts(first_byte_s=1.0)
        upstreams = [
            Upstream(name, double.url, dialect, key=f"file:{secret}", timeouts=waits)
            for name, double, dialect in (
                ("one", one, Dialect.OPENAI),
                ("two", two, Dialect.OPENAI),
                ("claude", claude, Dialect.ANTHROPIC),
            )
        ]
        first, second = Version("1", 1.0, ("one",)), Version("2", 0.0, ("two",))
        routes = (
            Route("production", "bot", (first, second), retries_max=1),
            Route("production", "alone", (first,), retries_max=0),
            Route("production", "falls", (first, second), fallback=("2",), retries_max=0),
            Route("production", "shadowed", (first, second), shadow=Shadow("2", 1.0)),
            Route("production", "cached", (first,)),
            Route("production", "claude", (Version("1", 1.0, ("claude",)),)),
        )
        caches = {"production/cached": CachePolicy(ttl_s=600.0, keeps_sampled=True)}
        publish_tables(home, GatewayTables(routes, tuple(upstreams), caches=caches))
        publish_keys(home, {SECRET: VirtualKey("k", "k")})
        _, port = worker.enter_context(gateway_worker(home))
        yield Doubles(one, two, claude, port), worker, home


def chat(chance: random.Random, model: str, **more: Any) -> dict[str, Any]:
    words = " ".join(chance.choice(("a", "few", "different", "words")) for _ in range(chance.randrange(1, 30)))
    return {"model": model, "messages": [{"role": "user", "content": words}], **more}


def all_is_well(doubles: Doubles, chance: random.Random) -> None:
    """One request of any kind, to upstreams that answer as documented."""
    kind = chance.randrange(9)
    usage = {"stream": True, "stream_options": {"include_usage": True}}
    if kind == 0:
        doubles.ask("bot", "/v1/chat/completions", chat(chance, "plain"))
    elif kind == 1:
        doubles.ask("bot", "/v1/chat/completions", chat(chance, "streamed", **usage))
    elif kind == 2:
        doubles.ask("bot", "/v1/chat/completions", chat(chance, "unasked", stream=True))  # the gateway asks for usage
    elif kind == 3:
        doubles.ask("bot", "/v1/chat/completions", chat(chance, "tools", tools=[TOOL]))
    elif kind == 4:
        doubles.ask("bot", "/v1/embeddings", {"model": "embeds", "input": chat(chance, "")["messages"][0]["content"]})
    elif kind == 5:
        doubles.ask("bot", "/v1/responses", {"model": "responds", "input": "what is it", "stream": True})
    elif kind == 6:
        document = chat(chance, "claude", max_tokens=40, stream=chance.random() < 0.5)
        doubles.ask("claude", "/v1/messages", document)
    elif kind == 7:
        doubles.ask("cached", "/v1/chat/completions", {**chat(chance, "kept"), "messages": _one_of_ten(chance)})
    else:
        doubles.ask("shadowed", "/v1/chat/completions", chat(chance, "shadowed"))


def _one_of_ten(chance: random.Random) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"question {chance.randrange(10)}"}]


def run(count: int, work: Callable[[random.Random], object], seed: int) -> None:
    """So many at a few at a time."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda number: work(random.Random(seed * 10**6 + number)), range(count)))


def go_through_all(doubles: Doubles, count: int) -> None:
    """Six of ten requests meet no trouble, each of the others one kind of it."""
    one, part = doubles.one, count // 10
    run(6 * part, lambda chance: all_is_well(doubles, chance), 1)
    one.trouble = [Trouble(times=1, status=500), *[Trouble(times=3)]] * (part // 4)  # retried, and answered
    run(part // 2, lambda chance: doubles.ask("bot", "/v1/chat/completions", chat(chance, "retried")), 2)
    one.trouble = [Trouble(times=1, status=503), Trouble(times=4)] * (part // 5)  # another version answers
    run(part // 2, lambda chance: doubles.ask("falls", "/v1/chat/completions", chat(chance, "fell")), 3)
    one.trouble = [Trouble(times=1, status=429), Trouble(times=4)] * (part // 5)  # the caller is told
    run(part // 2, lambda chance: doubles.ask("alone", "/v1/chat/completions", chat(chance, "refused")), 4)
    one.trouble = Trouble(usage="missing")
    said = {"stream": True}
    run(part, lambda chance: doubles.ask("alone", "/v1/chat/completions", chat(chance, "silent", **said)), 5)
    one.trouble = Trouble(event_delay_s=0.002)
    run(part, lambda c: doubles.ask("alone", "/v1/chat/completions", chat(c, "left", **said), leaves=True), 6)
    never = threading.Event()
    one.trouble = [Trouble(times=1, hang=never), Trouble(times=9)] * 2  # few: a breaker opens at many
    run(20, lambda chance: doubles.ask("alone", "/v1/chat/completions", chat(chance, "late")), 7)
    one.trouble = None
    run(count - 6 * part - 2 * part - 3 * (part // 2) - 20, lambda chance: all_is_well(doubles, chance), 8)


def attempts(home: Home) -> list[dict[str, Any]]:
    """Every attempt in the journal, once."""
    rows: dict[bytes, dict[str, Any]] = {}
    names = ("event_id", "role", "model", "tokens_in", "tokens_out", "attributes", "cost_nano")
    for frame in JournalReader(RealDisk(), str(home.journal), ReadLimits(10**9, 10**12)).read({}).frames:
        batch = decode_payload(frame.payload, frame.schema_id)
        columns = [batch[name].to_pylist() for name in names]
        for values in zip(*columns, strict=True):
            row = dict(zip(names, values, strict=True))
            if row["role"] == "attempt":
                rows[row["event_id"]] = row | {"about": json.loads(row["attributes"])}
    return list(rows.values())


def happened(rows: list[dict[str, Any]]) -> None:
    """Each kind of trouble, and what is done about it, was there: else the sums would show too little."""
    abouts = [row["about"] for row in rows]
    errors = {about["evenkeel.error"] for about in abouts if "evenkeel.error" in about}
    assert {"status", "timeout", "client_cancelled"} <= errors
    for what in ("evenkeel.cached", "evenkeel.shadow", "evenkeel.retry"):
        assert any(about.get(what) for about in abouts), what
    models = {row["model"] for row in rows}
    assert {"plain", "streamed", "unasked", "tools", "embeds", "responds", "claude", "kept", "fell", *UNSAID} <= models


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.slow)])
def test_records_sum_up_to_what_the_upstreams_gave(doubles: Any, count: int) -> None:
    given, worker, home = doubles
    go_through_all(given, count)
    worker.close()  # it ends in order: what shadows and those who left still used is written down
    every = attempts(home)
    rows = [row for row in every if not row["about"].get("evenkeel.cached")]
    happened(every)
    by_upstream = Counter(row["about"]["evenkeel.upstream"] for row in rows)
    doubled = {"one": given.one, "two": given.two, "claude": given.claude}
    assert by_upstream == {name: len(double.tally.requests) for name, double in doubled.items()}
    for name, double in doubled.items():
        here = [row for row in rows if row["about"]["evenkeel.upstream"] == name]
        for column, truth in (("tokens_in", double.tally.tokens_in), ("tokens_out", double.tally.tokens_out)):
            summed: Counter[str] = Counter()
            for row in here:
                summed[row["model"]] += row[column] or 0
            said = {model: tokens for model, tokens in truth.items() if model not in UNSAID and tokens}
            assert {model: summed[model] for model in said} == said, (name, column)
    for model in UNSAID:
        mine = [row for row in rows if row["model"] == model]
        unsaid = [row for row in mine if row["about"]["evenkeel.usage_source"] != "provider"]
        assert unsaid, model
        assert all(row["tokens_in"] > 0 for row in unsaid), model
        assert all(row["tokens_out"] is None or row["tokens_out"] > 0 for row in unsaid), model
