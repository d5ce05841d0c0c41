"""The client: never in the way of the service, bounded, and nothing it lets go of is silent (SPEC OBS-3)."""

from __future__ import annotations

import math
import multiprocessing
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenkeel.observe.intake.group_counts import read_group_counts
from evenkeel.observe.sdk.client import BATCH_MAX, Client, ClientOptions


def client(receiver: Any, **more: Any) -> Client:
    return Client(receiver.url, key="ek_x", service="bot", version="3", **more)


class TestEvents:
    def test_every_kind_of_event_arrives_as_it_was_logged(self, receiver: Any) -> None:
        at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        with client(receiver, environment="staging") as ek:
            ek.log_prediction(
                "s1", label="stays", score=0.9, latency_s=0.01, features={"age": 3}, segments={"plan": "pro"},
                user="ada", at=at,
            )  # fmt: skip
            ek.log_prediction("s2", error="timeout")
            ek.log_outcome("s1", "left", at=at)
            ek.log_feedback("s1", 4)
            ek.log_feedback("s1", thumbs_up=False)
            ek.log_review("s1", label="wrong", value=0.5)
            ek.log_value("s1", 12.5, label="EUR")
            ek.log("request", operation="ask", status_code=503, tenant="acme")
            assert ek.flush()
        said = [
            {k: v for k, v in e.items() if k not in ("id", "service", "version", "environment")}
            for e in receiver.events
        ]
        assert said[0] == {
            "kind": "prediction", "at": at.isoformat(), "subject": "s1", "label": "stays", "value": 0.9,
            "latency_s": 0.01, "user": "ada", "attributes": {"feature.age": 3, "segment.plan": "pro"},
        }  # fmt: skip
        for event in said[1:]:
            assert datetime.fromisoformat(event.pop("at")).tzinfo is not None
        assert said[1:] == [
            {"kind": "prediction", "subject": "s2", "error": "timeout"},
            {"kind": "outcome", "subject": "s1", "label": "left"},
            {"kind": "feedback", "subject": "s1", "rating": 4},
            {"kind": "feedback", "subject": "s1", "label": "down"},
            {"kind": "review", "subject": "s1", "label": "wrong", "value": 0.5},
            {"kind": "value", "subject": "s1", "value": 12.5, "label": "EUR"},
            {"kind": "request", "operation": "ask", "status_code": 503, "tenant": "acme"},
        ]
        assert {(e["service"], e["version"], e["environment"]) for e in receiver.events} == {("bot", "3", "staging")}
        assert len({e["id"] for e in receiver.events}) == 8

    def test_counts_of_groups_are_read_at_the_door_as_they_were_logged(self, receiver: Any) -> None:
        end = datetime.now(UTC)
        with client(receiver) as ek:
            groups = [{"group": ["f"], "tp": 3, "fn": np.int64(1)}, {"group": [None], "positive": 2}]
            ek.log_group_counts(["sex"], groups, start=end - timedelta(days=7), end=end)
            assert ek.flush()
        (event,) = receiver.events
        counts = read_group_counts(event)["attributes"]["group_counts"]
        assert counts["groups"] == [{"group": ["f"], "tp": 3, "fn": 1}, {"group": [None], "positive": 2}]
        assert event["at"] == event["to"] == end.isoformat()

    def test_what_models_really_return_is_sent_as_numbers(self, receiver: Any) -> None:
        with client(receiver) as ek:
            features = {"a": np.float32(0.5), "b": np.int64(7), "c": np.array([1, 2]), "d": Decimal("1.5"), "e": {1}}
            features |= {"f": math.nan, "g": [math.inf], "h": np.float64("nan"), "i": object, "j": "\ud800", "k": True}
            ek.log_prediction("s", score=np.float32(0.25), latency_s=np.float64(0.5), features=features)
            ek.log_prediction("t", score=math.nan)
            assert ek.flush()
        first, second = receiver.events
        assert (first["value"], first["latency_s"], second["value"]) == (0.25, 0.5, "nan")
        sent = {name.removeprefix("feature."): value for name, value in first["attributes"].items()}
        assert sent.pop("i").startswith("<class")
        assert sent == {
            "a": 0.5, "b": 7, "c": [1, 2], "d": 1.5, "e": [1], "f": "nan", "g": ["inf"], "h": "nan", "j": "?",
            "k": True,
        }  # fmt: skip

    def test_a_feature_of_many_fractions_is_an_embedding_and_no_other_list_is(self, receiver: Any) -> None:
        vector = [0.5, -0.25, 1.0]
        features = {
            "image": np.array(vector, dtype=np.float32),
            "title": vector,
            "age": 3,
            "sizes": [3, 4],
            "one": [0.5],
        }
        with client(receiver) as ek:
            ek.log_prediction("s", features=features)
            ek.log_request("t", embeddings={"question": tuple(vector)})
            assert ek.flush()
        predicted, asked = receiver.events
        assert predicted["embeddings"] == {"image": vector, "title": vector}
        assert predicted["attributes"] == {"feature.age": 3, "feature.sizes": [3, 4], "feature.one": [0.5]}
        assert asked["embeddings"] == {"question": vector}

    def test_what_is_changed_after_it_was_logged_is_sent_as_it_was(self, receiver: Any) -> None:
        features = {"age": 3}
        with client(receiver) as ek:
            ek.log_prediction("s", features=features)
            features["age"] = 4
            assert ek.flush()
        assert receiver.events[0]["attributes"] == {"feature.age": 3}

    def test_an_event_that_cannot_be_written_is_counted_and_its_neighbours_arrive(
        self, receiver: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Broken:
            def tolist(self) -> Any:
                raise ValueError("no value")

        circle: dict[str, Any] = {}
        circle["self"] = circle
        with client(receiver) as ek:
            ek.log("request", x=Broken())
            ek.log("request", x=circle)
            ek.log("request", x="y" * 2_000_000)
            assert not ek.flush(), "not everything that was logged is durable"
            assert (ek.lost, len(receiver.events)) == (2, 1)
            assert ek.flush()
        assert "cannot be written as JSON" in caplog.text

    def test_a_time_without_a_zone_is_the_time_of_the_machine(self, receiver: Any) -> None:
        naive = datetime(2026, 1, 2, 3, 4, 5)
        with client(receiver) as ek:
            ek.log("request", at=naive)
        assert datetime.fromisoformat(receiver.events[0]["at"]) == naive.astimezone()

    def test_an_address_that_is_none_is_told_at_once(self) -> None:
        with pytest.raises(ValueError, match="is no address of evenkeel"):
            Client("localhost:4318", key="k", service="s")


class TestDelivery:
    def test_events_go_in_batches_of_bounded_number_and_size(self, receiver: Any) -> None:
        with client(receiver, options=ClientOptions(queue_max=5_000)) as ek:
            for number in range(2_000):
                ek.log("request", n=number, x="y" * 20_000 if number < 500 else "")
            assert ek.flush(30)
        assert max(map(len, receiver.requests)) <= BATCH_MAX
        assert max(sum(len(event["x"]) for event in request) for request in receiver.requests) < 5_000_000
        assert [event["n"] for event in receiver.events] == list(range(2_000))

    @pytest.mark.parametrize(
        "away",
        [
            ("json", 503, {"message": "full"}, {"retry_after": "0"}),
            ("json", 429, {}, {}),
            ("json", 500, {}, {}),
            ("json", 401, {"message": "no key"}, {}),
            ("bytes", 200, b"<html>a proxy</html>", {}),
            ("bytes", 200, b"[1]", {}),
            ("bytes", 400, b'{"rejected": half', {}),
        ],
    )
    def test_until_evenkeel_acknowledges_the_same_events_are_sent_again(
        self, receiver: Any, answer_json: Any, answer_bytes: Any, away: tuple[str, int, Any, dict[str, str]]
    ) -> None:
        how, status, body, headers = away
        receiver.answers = [(answer_json if how == "json" else answer_bytes)(status, body, **headers)] * 2
        with client(receiver) as ek:
            ek.log("request", n=1)
            assert ek.flush()
            assert (ek.lost, ek.rejected) == (0, 0)
        assert len(receiver.requests) == 3
        assert len(receiver.events) == 1

    def test_a_connection_that_breaks_in_the_middle_of_an_answer_is_no_end(self, receiver: Any) -> None:
        def break_off(handler: Any) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")
            handler.close_connection = True

        def nonsense(handler: Any) -> None:
            handler.wfile.write(b"SSH-2.0\r\n")
            handler.close_connection = True

        receiver.answers = [break_off, nonsense]
        with client(receiver) as ek:
            ek.log("request")
            assert ek.flush()
        assert len(receiver.events) == 1

    def test_rejected_events_are_counted_logged_and_make_a_flush_say_so(
        self, receiver: Any, answer_json: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        many = [{"index": n, "code": "input.invalid", "message": "x" * 300} for n in range(40)]
        receiver.answers = [answer_json(400, {"accepted": 0, "rejected": many})]
        with client(receiver) as ek:
            ek.log("request")
            assert not ek.flush()
            assert (ek.rejected, ek.lost) == (40, 0)
            ek.log("request")
            assert ek.flush()
        assert "rejected 40 events" in caplog.text

    def test_a_refused_batch_is_halved_until_the_event_at_fault_is_found(self, receiver: Any, answer_json: Any) -> None:
        def refuse_the_bad(handler: Any) -> None:
            bad = any(event.get("bad") for event in receiver.requests[-1])
            reply = {"accepted": len(receiver.requests[-1]), "rejected": []}
            (answer_json(413, {"message": "too large"}) if bad else answer_json(200, reply))(handler)

        receiver.always = refuse_the_bad
        ek = client(receiver)
        with ek._wake:  # one batch, not two
            for number in range(64):
                ek.log("request", n=number, bad=number == 41)
        assert not ek.flush()
        assert (ek.rejected, ek.lost) == (1, 0)
        taken = {e["n"] for request in receiver.requests if not any(e.get("bad") for e in request) for e in request}
        assert taken == set(range(64)) - {41}
        ek.close()


class TestBounds:
    def test_logging_returns_at_once_while_evenkeel_hangs(self, receiver: Any) -> None:
        release = threading.Event()
        receiver.always = lambda _handler: release.wait(30)
        ek = client(receiver)
        ek.log("request")
        began = time.perf_counter()
        for _ in range(2_000):
            ek.log("request")
        assert time.perf_counter() - began < 2.0  # a request that blocked would take its timeout of 10 s
        release.set()
        receiver.always = None
        ek.close()

    @pytest.mark.parametrize(
        "options", [ClientOptions(queue_max=100), ClientOptions(queue_bytes_max=100_000, queue_max=10**6)]
    )
    def test_what_waits_is_bounded_in_events_and_bytes_and_the_rest_is_counted(
        self, receiver: Any, options: ClientOptions, caplog: pytest.LogCaptureFixture
    ) -> None:
        receiver.stop()
        ek = client(receiver, options=options)
        for _ in range(1_000):
            ek.log("request", x="y" * 900)
        waiting = len(ek._queue) + len(ek._in_flight)
        assert waiting <= 100 + BATCH_MAX
        assert ek.lost >= 1_000 - waiting - BATCH_MAX
        ek.close()
        assert ek.lost == 1_000
        assert 1 <= caplog.text.count("events are lost") <= 2, "a busy service must not drown in warnings"

    def test_a_closed_client_takes_nothing_and_says_so(self, receiver: Any) -> None:
        ek = client(receiver)
        ek.close()
        ek.close()
        ek.log("request")
        assert ek.lost == 1

    def test_a_flush_that_cannot_be_done_says_so_in_time(self, receiver: Any) -> None:
        receiver.stop()
        ek = client(receiver)
        ek.log("request")
        began = time.monotonic()
        assert not ek.flush(0.2)
        assert time.monotonic() - began < 5
        ek.close()

    def test_many_threads_lose_nothing(self, receiver: Any) -> None:
        with client(receiver, options=ClientOptions(queue_max=100_000)) as ek:
            threads = [
                threading.Thread(target=lambda n=n: [ek.log("request", n=n * 1_000 + i) for i in range(500)])
                for n in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert ek.flush(30)
        assert sorted(e["n"] for e in receiver.events) == [n * 1_000 + i for n in range(8) for i in range(500)]


class TestHeartbeat:
    def test_it_beats_without_traffic_and_says_how_often(self, receiver: Any, until: Callable[..., None]) -> None:
        ek = client(receiver)
        ek.heartbeat(0.02)
        until(lambda: len(receiver.events) >= 3)
        ek.close()
        assert {(e["kind"], e["every_s"]) for e in receiver.events} == {("heartbeat", 0.02)}

    def test_beats_do_not_pile_up_without_end_while_evenkeel_is_away(
        self, receiver: Any, until: Callable[..., None]
    ) -> None:
        receiver.stop()
        ek = client(receiver, options=ClientOptions(queue_max=3))
        ek.heartbeat(0.001)
        until(lambda: ek.lost > 3 or ek._failures > 10)
        assert len(ek._queue) <= 3
        ek.close()


class TestSpool:
    def test_what_could_not_be_sent_waits_on_disk_and_is_stored_once_afterwards(
        self, receiver: Any, tmp_path: Path, until: Callable[..., None]
    ) -> None:
        receiver.stop()
        with client(receiver, spool_dir=tmp_path) as away:
            for number in range(1_200):
                away.log("request", n=number)
            until(lambda: not away._queue and not away._in_flight)  # on disk, not in memory
        assert (away.lost, len(list(tmp_path.glob("*.json"))) >= 3) == (0, True)
        receiver.start()
        with client(receiver, spool_dir=tmp_path) as back:
            assert back.flush(20)
        assert sorted(event["n"] for event in receiver.events) == list(range(1_200))
        assert list(tmp_path.iterdir()) == []

    def test_an_outage_longer_than_the_queue_loses_nothing_while_the_disk_has_room(
        self, receiver: Any, tmp_path: Path, until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from evenkeel.observe.sdk import client as module

        monkeypatch.setattr(module, "BACKOFF_S", (600.0, 600.0))  # it does not try again meanwhile
        receiver.stop()
        ek = client(receiver, spool_dir=tmp_path, options=ClientOptions(queue_max=1_000))
        for number in range(5_000):
            ek.log("request", n=number)
            if number % 500 == 499:
                until(lambda: len(ek._queue) < 500)
        assert ek.lost == 0
        receiver.start()
        assert ek.flush(30), "a flush tries at once, however long the wait was"
        ek.close()
        assert len(receiver.events) == 5_000

    def test_closing_while_evenkeel_is_away_takes_one_attempt_when_there_is_a_spool(
        self, receiver: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from evenkeel.observe.sdk import client as module

        monkeypatch.setattr(module, "CLOSE_S", 60.0)
        receiver.stop()
        ek = client(receiver, spool_dir=tmp_path)
        ek.log("request")
        began = time.monotonic()
        ek.close()
        assert time.monotonic() - began < 30
        assert ek.lost == 0
        assert len(list(tmp_path.glob("*.json"))) == 1

    def test_what_is_in_flight_when_the_client_closes_is_kept(self, receiver: Any, tmp_path: Path, until: Any) -> None:
        release = threading.Event()
        receiver.always = lambda _handler: release.wait(30)
        ek = client(receiver, spool_dir=tmp_path)
        ek.log("request", n=1)
        until(lambda: receiver.requests)
        ek.close()
        assert ek.lost == 0
        assert len(list(tmp_path.glob("*.json"))) == 1
        release.set()

    def test_a_full_spool_leaves_events_in_memory(self, receiver: Any, tmp_path: Path) -> None:
        receiver.stop()
        ek = client(receiver, spool_dir=tmp_path, options=ClientOptions(spool_bytes_max=10))
        ek.log("request", n=1)
        assert not ek.flush(0.2)
        receiver.start()
        assert ek.flush(20)
        ek.close()
        assert (len(receiver.events), ek.lost) == (1, 0)

    def test_a_damaged_file_is_set_aside_and_the_rest_is_sent(self, receiver: Any, tmp_path: Path) -> None:
        (tmp_path / "00000000000000000001-a.json").write_bytes(b"[{half")
        (tmp_path / "00000000000000000002-b.json").write_bytes(b'[{"id": "1", "kind": "request", "service": "bot"}]')
        with client(receiver, spool_dir=tmp_path) as ek:
            assert not ek.flush(), "the events of the damaged file are lost"
        assert (ek.lost, [event["id"] for event in receiver.events]) == (1, ["1"])
        assert [file.name for file in tmp_path.iterdir()] == ["00000000000000000001-a.json.damaged"]


SCRIPT = """
import os, sys, evenkeel
ek = evenkeel.Client(sys.argv[1], key="k", service="bot", spool_dir=sys.argv[2] or None)
ek.log("request", who="parent")
"""


def run(receiver: Any, ending: str, spool: object = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", SCRIPT + ending, receiver.url, str(spool)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


WORKERS = """
import multiprocessing, sys, evenkeel

def work(url):
    evenkeel.Client(url, key="k", service="bot").log("request", who="worker")

if __name__ == "__main__":
    worker = multiprocessing.get_context(sys.argv[2]).Process(target=work, args=(sys.argv[1],))
    worker.start()
    worker.join(30)
    sys.exit(worker.exitcode)
"""


class TestEndings:
    @pytest.mark.parametrize("ending", ["", "sys.exit(3)", "raise SystemExit", "1/0"])
    def test_a_process_that_ends_sends_what_waits(self, receiver: Any, ending: str) -> None:
        run(receiver, ending)
        assert [event["who"] for event in receiver.events] == ["parent"]

    def test_a_process_that_ends_while_evenkeel_is_away_leaves_its_events_on_disk(
        self, receiver: Any, tmp_path: Path
    ) -> None:
        receiver.stop()
        assert run(receiver, "", tmp_path).returncode == 0
        receiver.start()
        with client(receiver, spool_dir=tmp_path) as ek:
            assert ek.flush()
        assert [event["who"] for event in receiver.events] == ["parent"]

    def test_a_forked_child_sends_its_own_events_and_the_parent_its_own_each_once(self, receiver: Any) -> None:
        done = run(
            receiver,
            "pid = os.fork()\n"
            "ek.log('request', who='child' if pid == 0 else 'parent again')\n"
            "if pid == 0: ek.flush(); os._exit(0 if ek.flush() else 1)\n"
            "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))",
        )
        assert done.returncode == 0, done.stderr
        assert sorted(event["who"] for event in receiver.events) == ["child", "parent", "parent again"]
        assert sum(map(len, receiver.requests)) == 3

    @pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
    def test_workers_of_multiprocessing_send_what_waits_when_they_end(
        self, receiver: Any, tmp_path: Path, method: str
    ) -> None:
        """They end without atexit."""
        script = tmp_path / "service.py"
        script.write_text(WORKERS)
        done = subprocess.run(
            [sys.executable, script, receiver.url, method], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        assert [event["who"] for event in receiver.events] == ["worker"]

    def test_a_client_of_the_parent_goes_on_in_a_forked_worker(self, receiver: Any) -> None:
        ek = client(receiver)
        ek.log("request", who="parent")
        assert ek.flush()
        worker = multiprocessing.get_context("fork").Process(target=ek.log, args=("request",), kwargs={"who": "worker"})
        worker.start()
        worker.join(60)
        assert worker.exitcode == 0
        assert [event["who"] for event in receiver.events] == ["parent", "worker"]
        ek.close()


def test_importing_evenkeel_is_cheap_and_loads_nothing_of_the_server() -> None:
    code = """
import sys, time
began = time.process_time()
import evenkeel
spent = time.process_time() - began
client = evenkeel.Client("http://127.0.0.1:9", key="k", service="s")
heavy = {"duckdb", "sqlalchemy", "starlette", "fastapi", "pydantic", "numpy", "msgspec", "arro3", "uvicorn", "yaml"}
print(spent, sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""
    spent: list[float] = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
        seconds, _, heavy = done.stdout.partition(" ")
        assert heavy.strip() == "[]"
        spent.append(float(seconds))
    assert min(spent) <= 0.3


def test_the_module_knows_no_other_names() -> None:
    import evenkeel

    assert evenkeel.Client is Client
    with pytest.raises(AttributeError, match="no attribute 'Server'"):
        _ = evenkeel.Server  # type: ignore[attr-defined]
