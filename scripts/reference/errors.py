"""errors.md: every code of the error tree, with what the doors make of it."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any, NoReturn

import evenkeel
from evenkeel.cli.main import EXIT
from evenkeel.kernel.errors import EvenkeelError, OverloadedError
from evenkeel.observe.intake.door import EVENTS, DoorDependencies, IntakeDoor
from evenkeel.store.system import SystemClock
from evenkeel.web.frame import STATUS
from reference.markdown import code, page, table


def errors_page() -> str:
    """The page."""
    rows = [
        (
            code(kind.code),
            code(kind.__name__),
            next((status for base, status in STATUS.items() if issubclass(kind, base)), 500),
            asyncio.run(_ask_intake(kind)),
            next((number for base, number in EXIT if issubclass(kind, base)), 1),
            inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0],
        )
        for kind in _tree(EvenkeelError)
    ]
    return page(
        "Errors",
        "Every error has a stable code, says a fact and a hint, and reads the same on every door. The API and pages in"
        ' JSON answer `{"code", "message", "hint"}`; intake answers in the encoding of the request; the command line'
        " says it in one line and exits. Missing data or a breached objective are results, not errors.",
        table(("code", "name", "HTTP, API and UI", "HTTP, intake", "exit code", "meaning"), rows),
    )


def _tree(kind: type[EvenkeelError]) -> Iterator[type[EvenkeelError]]:
    """The errors of all modules, parents before children."""
    for module in pkgutil.walk_packages(evenkeel.__path__, "evenkeel."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    yield from _below(kind)


def _below(kind: type[EvenkeelError]) -> Iterator[type[EvenkeelError]]:
    yield kind
    for child in sorted(kind.__subclasses__(), key=lambda child: child.code):
        yield from _below(child)


async def _ask_intake(kind: type[EvenkeelError]) -> int:
    """The status with which the real door answers this error."""
    more: dict[str, Any] = {"retry_after_s": 1} if issubclass(kind, OverloadedError) else {}

    def fail() -> NoReturn:
        raise kind("An example.", **more)

    given: Any = {"commit": None, "keys": fail, "pricing": fail, "pseudonyms": None}
    door = IntakeDoor(DoorDependencies(clock=SystemClock(), **given))
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"[]"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    await door({"type": "http", "path": EVENTS, "method": "POST", "headers": headers}, receive, send)
    return int(sent[0]["status"])
