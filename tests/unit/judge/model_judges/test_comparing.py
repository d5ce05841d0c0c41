"""A model compares answers over HTTP: both orders are asked, failures are kept, limits hold."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from sqlalchemy import Connection

from evenkeel.judge.model_judges.comparing import WAITING_MAX, Comparisons, NewComparison
from evenkeel.judge.model_judges.limits import JudgeLimits
from evenkeel.judge.model_judges.model import ModelJudge
from evenkeel.judge.model_judges.pairs import AnswerPair
from evenkeel.judge.quality.pairwise import measure_preference
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.org.config.secrets import Secrets
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail
from evenkeel.testing.clock import SimClock
from evenkeel.testing.feeder import NOON_US


class LongerIsBetter(BaseHTTPRequestHandler):
    """A model that prefers the longer answer, fails on "fail" and is undecided between equals."""

    calls: ClassVar[list[Any]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = json.loads(body["messages"][1]["content"])["answers"]
        self.calls.append(said)
        one, two = len(said["1"]), len(said["2"])
        better = "tie" if one == two else "1" if one > two else "2"
        content = "what?" if "fail" in said.values() else json.dumps({"reason": "", "better": better})
        usage = {"prompt_tokens": 10, "completion_tokens": 5}
        answer = json.dumps({"choices": [{"message": {"content": content}}], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the base class calls it so
        """Says nothing."""


class Bench:
    """Comparisons over real records, and the model behind them."""

    def __init__(self, records: Records, url: str) -> None:
        self.records, self.clock = records, SimClock(NOON_US)
        self.limits = JudgeLimits(records, self.clock, self.clock.advance)
        self.comparisons = Comparisons(records, self.clock, self.limits, Secrets().read)
        self.url = url

    def judge(self, *, calls: int = 100, key: str = "") -> ModelJudge:
        return ModelJudge("g", self.url, "m", key, "Is it?", (), 1.0, 60.0, calls, 10_000, 5.0, 4)

    def compare(self, *answers: tuple[str, str], **more: Any) -> Any:
        """A comparison that is over."""
        made = self.comparisons.start(self.judge(**more), new(*answers), "jo")
        self.comparisons.step()
        return self.comparisons.get(made.id)


def new(*answers: tuple[str, str]) -> NewComparison:
    pairs = [AnswerPair(f"{n:032x}", first, second) for n, (first, second) in enumerate(answers)]
    return NewComparison("2 against 1", "1", "2", pairs)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    LongerIsBetter.calls.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), LongerIsBetter)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Bench(records, f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    thread.join()
    server.server_close()
    records.close()


def test_each_pair_is_asked_in_both_orders_and_what_failed_is_kept(bench: Bench) -> None:
    found = bench.compare(("a", "longer"), ("longer", "b"), ("c", "d"), ("fail", "e"), ("x" * 60_001, "f"))
    assert (found.state, found.failures, found.comparison.why) == ("done", {"malformed": 1, "too_long": 1}, "")
    result = measure_preference(found.said)
    assert (result.first, result.second, result.ties, result.split, result.failed) == (1, 1, 1, 0, 2)
    assert {"1": "a", "2": "longer"} in LongerIsBetter.calls
    assert {"1": "longer", "2": "a"} in LongerIsBetter.calls
    assert bench.limits.spent(bench.judge()) == (8, 8 * 15)  # what is too long is never sent


def test_calls_of_a_day_hold_for_comparisons_and_no_pair_is_asked_in_one_order_only(bench: Bench) -> None:
    found = bench.compare(*[("a", "bb")] * 6, calls=7)
    assert (len(found.said), found.state) == (3, "done")
    assert "calls of 24 hours" in found.comparison.why
    assert len(LongerIsBetter.calls) == 6


def test_a_model_that_fails_again_and_again_is_left_alone(bench: Bench) -> None:
    found = bench.compare(*[("fail", "b")] * 20)
    assert found.comparison.why == "The model fails again and again."
    assert len(found.said) < 10


def test_what_waits_is_bounded_and_what_a_stop_left_behind_says_so(bench: Bench) -> None:
    own = [bench.comparisons.start(bench.judge(), new(("a", "b")), "jo").id for _ in range(WAITING_MAX)]
    assert bench.comparisons.get(own[0]).state == "waiting"
    with pytest.raises(ConflictError, match="are waiting"):
        bench.comparisons.start(bench.judge(), new(("a", "b")), "jo")
    later = Comparisons(bench.records, bench.clock, bench.limits, Secrets().read)
    assert {each.state for each in later.list()} == {"stopped"}
    assert bench.comparisons.forget(NOON_US + 1) == WAITING_MAX


def test_without_a_pair_or_a_secret_it_says_why(bench: Bench) -> None:
    with pytest.raises(InvalidInputError, match="no pair"):
        bench.comparisons.start(bench.judge(), new(), "jo")
    with pytest.raises(NotFoundError):
        bench.comparisons.get("none")
    found = bench.compare(("a", "b"), key="env:NOT_THERE")
    assert "NOT_THERE" in found.comparison.why
    assert found.said == []


class _Meanwhile:
    """Records beside which something happens once, just after they were read."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.then: Callable[[], None] | None = None

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        with self._records.transaction() as connection:
            yield connection
        then, self.then = self.then, None
        if then is not None:
            then()


def test_one_that_ends_while_it_is_read_is_never_called_stopped(bench: Bench) -> None:
    between = _Meanwhile(bench.records)
    comparisons = Comparisons(cast("Records", between), bench.clock, bench.limits, Secrets().read)
    own = comparisons.start(bench.judge(), new(("a", "b")), "jo").id
    between.then = comparisons.step
    assert comparisons.get(own).state == "running"
    assert comparisons.get(own).state == "done"


def test_a_judge_compares_answers_of_its_own_services_only_and_the_trail_says_whose_texts_left(bench: Bench) -> None:
    bot = ServiceKey("production", "bot")
    of_bot = replace(new(("a", "b")), service=bot)
    with pytest.raises(InvalidInputError, match="may not see answers of production/bot"):
        bench.comparisons.start(bench.judge(), of_bot, "jo")
    bench.comparisons.start(replace(bench.judge(), services=(bot,)), of_bot, "jo")
    bench.comparisons.start(bench.judge(), new(("a", "b")), "jo")
    told = [row["after"] for row in trail.latest(bench.records)]
    assert ["production/bot" in each for each in told] == [False, True]
    assert "pairs that were given" in told[0]
