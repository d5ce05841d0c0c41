"""What is not written here, each with what is written instead (STYLE 2, 3, 7; DESIGN §1).

Places where a thing is right are named beside it; a place that no longer needs its permission loses it.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = sorted((ROOT / "src").rglob("*.py"))
ALL = sorted(file for folder in ("src", "bench", "scripts", "tests") for file in (ROOT / folder).rglob("*.py"))
_SDK = "src/evenkeel/observe/sdk/"  # the standard library only, in processes that are not ours
_DEMO = "src/evenkeel/demo/"  # programs that are observed, not parts of what observes


@dataclass(frozen=True)
class Ban:
    """Names that are not used, what is used instead, and where they are right (files, or folders with `/`)."""

    names: tuple[str, ...]
    instead: str
    allowed: tuple[str, ...] = ()


BANS: Final = {
    "sleeping": Ban(("time.sleep",), "Wait on an event, or on a condition with a deadline."),
    "wall clock": Ban(
        (
            "time.time", "time.time_ns", "time.ctime", "time.gmtime", "time.localtime", "datetime.datetime.now",
            "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
        ),
        "Take `now_us` as an argument; the shell has `kernel.ports.Clock`.",
        ("src/evenkeel/store/system.py", _SDK, _DEMO),
    ),
    "stopwatch": Ban(
        ("time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.process_time"),
        "Take a `kernel.ports.Clock`, or `monotonic_s` as an argument.",
        ("src/evenkeel/store/system.py", "src/evenkeel/store/tables.py", "src/evenkeel/cli/up.py", _SDK, _DEMO),
    ),
    "chance": Ban(
        ("random", "numpy.random"),
        "Take a `kernel.ports.Random`.",
        # A backtest's chance is seeded by a constant: the same history gives the same report.
        # So is that of a comparison of two tables: the same question has the same answer.
        # Control's composition root gives evaluations a chance by its seed: the same seed draws the same answers.
        # The gateway's composition root gives its worker the machine's own.
        (
            _DEMO, "src/evenkeel/testing/", "src/evenkeel/judge/slo/backtest.py", "src/evenkeel/judge/slo/replay.py",
            "src/evenkeel/app/control.py", "src/evenkeel/app/gateway.py", "src/evenkeel/judge/drift/chance.py",
            # The type of a generator that is an argument; none is made here.
            "src/evenkeel/kernel/stats/monte_carlo.py",
        ),
    ),
    "secret chance": Ban(
        ("secrets", "os.urandom", "uuid.uuid1", "uuid.uuid4"),
        "Take a `kernel.ports.Ids`; keys and tokens are made in `org.access` only.",
        (
            "src/evenkeel/store/system.py", "src/evenkeel/org/access/", "src/evenkeel/observe/privacy/pseudonyms.py",
            "src/evenkeel/app/control.py", _SDK,
        ),
    ),
    "code from data": Ban(
        ("pickle", "marshal", "shelve", "dill", "cloudpickle", "eval", "exec", "yaml.load", "yaml.unsafe_load"),
        "Write JSON or Arrow; read YAML with a safe loader.",
    ),
    "printing": Ban(("print",), "Log with ids, or `click.echo` in `cli`."),
    "environment": Ban(
        ("os.environ", "os.getenv", "os.putenv"),
        "Configuration is a file or an option; the home is found in `app.home`, secrets in `app.secrets`.",
        (
            "src/evenkeel/app/home.py", "src/evenkeel/app/secrets.py", "src/evenkeel/demo/sample.py",
            "src/evenkeel/demo/process.py",
        ),
    ),
    "processes": Ban(
        ("subprocess", "os.system", "os.popen", "os.fork", "multiprocessing"),
        "Processes are started by the supervisor.",
        (
            "src/evenkeel/app/supervisor.py", "src/evenkeel/demo/sample.py", "src/evenkeel/testing/gateway.py",
            "src/evenkeel/testing/redis_server.py",
        ),
    ),
    "leaving": Ban(
        ("sys.exit", "os._exit", "exit", "quit"),
        "Raise an `EvenkeelError`; exit codes are a table in `cli.main`.",
        ("src/evenkeel/cli/main.py", "src/evenkeel/app/parent.py"),
    ),
}  # fmt: skip

#: Handlers of everything, by file: requests, passes of the background work, borders to libraries that raise
#: plain Exception (STYLE 7). A handler that ends in a bare `raise` only tidies up, and needs no permission.
BROAD_HANDLERS: Final[Mapping[str, int]] = {
    "src/evenkeel/act/notify/sending.py": 2,  # one round of a channel's worker, and an adapter, which is a plugin
    "src/evenkeel/app/control.py": 1,  # one pass of fold, judge or upkeep; the next tries again
    "src/evenkeel/gateway/guard/decide.py": 1,  # one text; what it breaks on is blocked, not passed
    "src/evenkeel/gateway/guard/stream.py": 1,  # one piece of a stream, likewise
    "src/evenkeel/gateway/http/connection.py": 1,  # a request
    "src/evenkeel/gateway/proxy/evaluating.py": 1,  # one answer, whose texts are anybody's
    "src/evenkeel/library/onnx_entailment.py": 1,  # onnxruntime raises classes that it does not name
    "src/evenkeel/observe/intake/door.py": 1,  # a request
    "src/evenkeel/observe/probes/run.py": 1,  # one run of a probe; a fault of ours is no failure of the service
    "src/evenkeel/observe/evaluators/evaluating.py": 1,  # one evaluator on a text of anybody
    "src/evenkeel/observe/sdk/client.py": 1,  # one round of the sending thread; the next goes on
    "src/evenkeel/store/journal/codec.py": 2,  # arro3 raises plain Exception
    "src/evenkeel/testing/client.py": 1,  # an application raises again what it has answered already
}

#: What is measured over a stretch of time has nothing to await.
WATCHING: Final = frozenset({ROOT / "bench" / "processes.py"})  # how much an idle process uses

#: Words that say nothing of what a thing is.
EMPTY_WORDS: Final = frozenset(
    ("utils", "util", "helpers", "helper", "common", "manager", "managers", "base2", "legacy", "v2", "future", "misc")
)


def _named(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """(dotted name, line) of everything a module imports or refers to, through its imports."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield f"{node.module}.{alias.name}", node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            written = ast.unparse(node)
            first, _, rest = written.partition(".")
            if first not in known and not hasattr(builtins, first):
                continue  # a variable that is called as a module is, e.g. `secrets`
            yield known.get(first, first) + (f".{rest}" if rest else ""), node.lineno


def _uses(tree: ast.Module, ban: Ban) -> list[int]:
    return sorted(
        {line for name, line in _named(tree) if any(name == bad or name.startswith(f"{bad}.") for bad in ban.names)}
    )


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("what", BANS)
def test_what_has_a_better_way_is_not_used(what: str) -> None:
    ban = BANS[what]
    used = {_name(file): lines for file in PRODUCT if (lines := _uses(ast.parse(file.read_text("utf-8")), ban))}
    refused = {name: lines for name, lines in used.items() if not name.startswith(ban.allowed or ("\0",))}
    assert refused == {}, f"{what}: {ban.instead}"
    unused = [place for place in ban.allowed if not any(name.startswith(place) for name in used)]
    assert unused == [], f"{what}: these need no permission any more"


def test_nobody_sleeps_for_a_while_and_hopes() -> None:
    """A pause is right only within a loop that looks again: tests and benchmarks wait for what they await."""
    sleeping: list[str] = []
    for file in sorted({*ALL} - {*PRODUCT} - WATCHING):
        tree = ast.parse(file.read_text("utf-8"))
        loops = [node for node in ast.walk(tree) if isinstance(node, ast.While | ast.For | ast.AsyncFor)]
        looked = {line for loop in loops for line in range(loop.lineno, (loop.end_lineno or 0) + 1)}
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        sleeping += [
            f"{_name(file)}:{call.lineno}"
            for call in calls
            if call.lineno not in looked
            and ast.unparse(call.func) in ("time.sleep", "sleep", "asyncio.sleep")
            and not (call.args and ast.unparse(call.args[0]) == "0")
        ]
    assert sleeping == [], "Wait on an event, or poll a condition with a deadline."


def _is_broad(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    named = {None if kind is None else ast.unparse(kind) for kind in kinds}
    last = handler.body[-1]
    tidies_up = isinstance(last, ast.Raise) and last.exc is None
    return bool(named & {None, "Exception", "BaseException"}) and not tidies_up


def test_everything_is_caught_only_at_the_edges() -> None:
    found = Counter(
        _name(file)
        for file in PRODUCT
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node)
    )
    assert dict(found) == dict(BROAD_HANDLERS), "Name the errors that are meant; the edges are listed here."


def test_nothing_is_global_or_imported_by_star() -> None:
    found = [
        f"{_name(file)}:{node.lineno}"
        for file in ALL
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Global)
        or (isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names))
    ]
    assert found == [], "Pass what is needed as an argument; import by name."


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def test_names_say_what_a_thing_is() -> None:
    named = [str(path.relative_to(ROOT)) for path in ALL if _words(_name(path)) & EMPTY_WORDS]
    named += [
        f"{_name(file)}:{node.lineno} {node.name}"
        for file in PRODUCT
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _words(node.name) & EMPTY_WORDS
    ]
    assert named == [], "Name it by the noun it is about."


@pytest.mark.parametrize(
    ("text", "ban", "found"),
    [
        ("import time\ntime.sleep(1)", "sleeping", True),
        ("from time import sleep as nap\nnap(1)", "sleeping", True),
        ("from datetime import datetime, UTC\ndatetime.now(UTC)", "wall clock", True),
        ("import datetime as dt\nx = dt.datetime.utcnow", "wall clock", True),
        ("import numpy as np\nnp.random.default_rng()", "chance", True),
        ("from random import Random", "chance", True),
        ("import os\nos.environ['X']", "environment", True),
        ("print(1)", "printing", True),
        ("def now(clock):\n    return clock.now_us()", "wall clock", False),
        ("from evenkeel.kernel.ports import Random", "chance", False),
    ],
)
def test_the_bans_find_what_they_mean(text: str, ban: str, found: bool) -> None:
    assert bool(_uses(ast.parse(text), BANS[ban])) is found
