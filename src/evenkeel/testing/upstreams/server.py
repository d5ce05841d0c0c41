"""One double: a server of a dialect in a thread, on a free port of this machine."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Coroutine, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from evenkeel.testing.upstreams.dialect import Answer, Dialect, RefusedError, Seen, Voice
from evenkeel.testing.upstreams.sending import NOT_JSON, EndedError, Sending
from evenkeel.testing.upstreams.tally import Cut, Tally
from evenkeel.testing.upstreams.trouble import NO_TROUBLE, Trouble, Troubles
from evenkeel.testing.upstreams.wire import GoneError, Wire

_BACKLOG: Final = 2048  # connections that wait to be accepted: load tests open them all at once

_TURNS: Final = 4  # of the loop: what was accepted begins in them, a transport that was closed closes its socket


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM; the name in it is localhost's."""

    file: Path
    key: Path


class Upstream:
    """A double of a model provider. `tally` is what it saw and gave, `trouble` how it misbehaves from now on."""

    def __init__(self, dialect: Dialect, voice: Voice | None = None, certificate: Certificate | None = None) -> None:
        self.tally = Tally()
        self.voice = voice or Voice()
        self._dialect = dialect
        self._troubles = Troubles()
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate.file, certificate.key)
        # Bound but never listening: the port stays ours while it is closed.
        self._reserved = _bind(0)
        self.port: int = self._reserved.getsockname()[1]
        self._wires: set[Wire] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"upstream-{self.port}", daemon=True)
        self._thread.start()
        self._call(self._open())

    @property
    def url(self) -> str:
        """What a client of this provider takes as its base URL."""
        host = "http://127.0.0.1" if self._context is None else "https://localhost"
        return f"{host}:{self.port}{self._dialect.base}"

    @property
    def trouble(self) -> Trouble:
        """What the next request meets."""
        return next(iter(self._troubles.waiting), NO_TROUBLE)

    @trouble.setter
    def trouble(self, trouble: Trouble | Sequence[Trouble] | None) -> None:
        """Have this trouble, or these one after the other, and none that was before; None: all is well."""
        given = () if trouble is None else (trouble,) if isinstance(trouble, Trouble) else trouble
        self._troubles.set(*given)

    @contextmanager
    def refusing(self) -> Generator[None]:
        """Refuses connections within the block, as when its process had died; those that are open are reset."""
        self._call(self._close())
        try:
            yield
        finally:
            self._call(self._open())

    def drop(self) -> None:
        """Reset all connections that are open now."""
        self._call(self._drop())

    def stop(self) -> None:
        """End the server, its connections and its thread."""
        if self._loop.is_closed():
            return
        self._call(self._close())
        self._call(self._settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._reserved.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _call(self, what: Coroutine[Any, Any, None]) -> None:
        done: Future[None] = asyncio.run_coroutine_threadsafe(what, self._loop)
        done.result(10.0)

    async def _open(self) -> None:
        listening = _bind(self.port)
        self._server = await self._loop.create_server(
            self._make_wire, sock=listening, ssl=self._context, backlog=_BACKLOG
        )

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._drop()

    async def _settle(self) -> None:
        """End what was accepted and is no connection yet, such as a handshake of TLS that failed."""
        for _ in range(_TURNS):  # a task that was cancelled before it began would leave its socket open
            await asyncio.sleep(0)
        begun = asyncio.all_tasks() - {asyncio.current_task()}
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        await self._drop()
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def _drop(self) -> None:
        for wire in [*self._wires]:
            wire.reset()
            await wire.gone.wait()
            if wire.task is not None:
                await asyncio.wait((wire.task,))

    def _make_wire(self) -> Wire:
        return Wire(self._serve, self.tally, self._wires)

    async def _serve(self, wire: Wire, seen: Seen) -> None:
        trouble = self._troubles.take(seen.path)
        self.tally.ask(seen)
        answer = self._answer(seen, trouble)
        self.tally.give(answer.model, answer.tokens_in, answer.tokens_out)
        sending = Sending(wire, answer, trouble, self.tally)
        try:
            await sending.run(self._dialect)
        except GoneError:
            self.tally.cut(Cut(seen, sending.events, sending.tokens))
        except EndedError:
            return
        else:
            self.tally.finish()

    def _answer(self, seen: Seen, trouble: Trouble) -> Answer:
        if trouble.status is not None:
            answer = self._dialect.error(trouble.status, "The double was told to fail.")
        else:
            try:
                answer = self._dialect.answer(seen, self.voice, trouble)
            except RefusedError as refused:
                answer = refused.answer
        if trouble.body is not None:
            answer = replace(answer, body=trouble.body, events=None)
        elif trouble.garbage == "json":
            answer = replace(answer, body=NOT_JSON, events=None)
        elif trouble.garbage == "half_json":
            answer = replace(answer, body=answer.body[: len(answer.body) // 2], events=None)
        return answer


def _bind(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", port))
    return bound
