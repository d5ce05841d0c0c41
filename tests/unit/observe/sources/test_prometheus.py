"""The client against a real Prometheus."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, cast

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_MINUTE, Window
from evenkeel.observe.sources.prometheus import Prometheus, SourceAwayError

TOTAL = "sum(increase(requests_total[1m]))"


def client(prometheus: Any) -> Prometheus:
    return Prometheus(prometheus.url)


def test_each_minute_has_what_the_query_yields_at_its_end(prometheus: Any) -> None:
    start_us = prometheus.history.start_us
    window = Window(start_us + 5 * US_PER_MINUTE, start_us + 25 * US_PER_MINUTE)
    found = client(prometheus).minutes(TOTAL, window)
    assert list(found) == list(range(window.start_us, window.end_us, US_PER_MINUTE))
    assert all(value == pytest.approx(240, abs=1) for value in found.values())


def test_a_reset_of_the_counter_neither_adds_nor_takes_away(prometheus: Any) -> None:
    found = client(prometheus).minutes(TOTAL, prometheus.history)
    assert sum(found.values()) == pytest.approx(2 * 3_600 * 4, rel=0.01)
    assert min(found.values()) >= 0


def test_what_is_stale_or_no_number_is_absent_and_not_zero(prometheus: Any) -> None:
    window = Window(prometheus.history.start_us, prometheus.history.end_us)
    found = client(prometheus).minutes("gappy", window)
    gap = {(at - window.start_us) // US_PER_MINUTE for at in range(window.start_us, window.end_us, US_PER_MINUTE)}
    gap -= {(at - window.start_us) // US_PER_MINUTE for at in found}
    assert set(range(35, 58)) <= gap <= set(range(29, 61))
    assert client(prometheus).minutes("gappy * NaN", window) == {}
    assert client(prometheus).minutes("gappy / 0", window) == {}
    assert client(prometheus).minutes("nothing_of_the_kind", window) == {}


def test_nothing_is_asked_of_an_empty_window(prometheus: Any) -> None:
    start_us = prometheus.history.start_us
    assert client(prometheus).minutes(TOTAL, Window(start_us, start_us)) == {}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("sum(", "refuses the query"),
        ('{__name__=~"requests_total|failures_total"}', "yields 2 series; one is needed"),
    ],
)
def test_a_query_that_is_none_or_yields_too_much_is_the_users_to_mend(prometheus: Any, query: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        client(prometheus).minutes(query, prometheus.history)


def test_too_many_points_are_refused_by_it_and_said(prometheus: Any) -> None:
    long = Window(prometheus.history.end_us - 12_000 * US_PER_MINUTE, prometheus.history.end_us)
    with pytest.raises(InvalidInputError, match="exceeded maximum resolution"):
        client(prometheus).minutes(TOTAL, long)


Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


@pytest.fixture
def stranger() -> Iterator[Callable[[int, bytes], tuple[str, list[dict[str, str]]]]]:
    """A server that answers any query so; (its address, the headers it saw)."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(status: int, body: bytes) -> tuple[str, list[dict[str, str]]]:
        seen: list[dict[str, str]] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                seen.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: Any) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}", seen

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (503, b"", "It answers 503"),
        (401, b"", "Name a token"),
        (404, b"<html>", "It answers 404"),
        (200, b"<html>", "no Prometheus"),
        (200, b'{"status": "success"}', "no Prometheus"),
    ],
)
def test_what_does_not_answer_as_one_is_asked_again_later(
    stranger: Callable[..., Any], status: int, body: bytes, why: str
) -> None:
    url, seen = stranger(status, body)
    with pytest.raises(SourceAwayError, match=why):
        Prometheus(url, {"Authorization": "Bearer s3cret"}).minutes(TOTAL, Window(0, US_PER_MINUTE))
    assert seen[0]["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    "result", ['[{"metric": {}, "histograms": []}]', '[{"values": [[60, "x"]]}]', '{"values": 1}', "null", '["x"]']
)
def test_what_holds_no_numbers_is_said_and_breaks_nothing(stranger: Callable[..., Any], result: str) -> None:
    url, _ = stranger(200, b'{"data": {"resultType": "matrix", "result": %s}}' % result.encode())
    with pytest.raises(InvalidInputError, match="yields no numbers"):
        Prometheus(url).minutes(TOTAL, Window(0, US_PER_MINUTE))


def test_moments_that_were_not_asked_for_are_left_out(stranger: Callable[..., Any]) -> None:
    points = b'[[0, "1"], [60, "2"], [120, "3"], [1e15, "4"]]'
    url, _ = stranger(200, b'{"data": {"resultType": "matrix", "result": [{"values": %s}]}}' % points)
    assert Prometheus(url).minutes(TOTAL, Window(0, US_PER_MINUTE)) == {0: 2.0}


def test_nobody_listens() -> None:
    with pytest.raises(SourceAwayError, match="cannot be reached") as caught:
        Prometheus("http://127.0.0.1:1", {"Authorization": "Bearer s3cret"}).minutes(TOTAL, Window(0, US_PER_MINUTE))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_token_is_not_carried_to_where_an_answer_points(status: int) -> None:
    seen: list[tuple[int, str | None]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def do_GET(self) -> None:
            port = cast(tuple[str, int], self.server.server_address)[1]
            seen.append((port, self.headers["authorization"]))
            self.send_response(status if port == first else 200)
            self.send_header("location", f"http://127.0.0.1:{second}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    with ExitStack() as stack:
        servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
        first, second = (int(server.server_address[1]) for server in servers)
        for server in servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
        with pytest.raises(SourceAwayError, match=str(status)):
            Prometheus(f"http://127.0.0.1:{first}", {"Authorization": "Bearer s3cret"}).minutes(
                TOTAL, Window(0, US_PER_MINUTE)
            )
    assert seen == [(first, "Bearer s3cret")]
