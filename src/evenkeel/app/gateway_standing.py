"""Who answers for the gateway here, and which table each goes by: asked of the workers themselves."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from evenkeel.app.home import Home
from evenkeel.app.running import is_running
from evenkeel.web.gateway_workers import GatewayStanding, GatewayWorker

#: A worker answers this in well under a millisecond, unless it is in trouble: a page does not wait for it.
_TIMEOUT_S: Final = 0.3
_GENERATION: Final = re.compile(rb"^evenkeel_gateway_generation ([0-9]{1,18})$", re.MULTILINE)
_ANSWER_BYTES_MAX: Final = 1 << 20


def read_standing(home: Home) -> GatewayStanding:
    """What is published in a home, and who goes by it. What cannot be read is not known, and no error."""
    published = _object(home.routes)
    workers = [_worker(notice) for notice in sorted(home.gateways.glob("*.json"))]
    return GatewayStanding(
        int(published.get("generation", 0)),
        int(published.get("at_us", 0)),
        tuple(worker for worker in workers if worker is not None),
    )


def _worker(notice: Path) -> GatewayWorker | None:
    told = _object(notice)
    if "pid" not in told:  # it ended while we looked
        return None
    alive = is_running(told)
    generation = _ask(int(told["own_port"])) if alive and "own_port" in told else None
    return GatewayWorker(str(told["writer"]), int(told["port"]), int(told["pid"]), alive, generation)


def _ask(port: int) -> int | None:
    """The generation of the table that the worker at a port goes by."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/metrics")
        found = _GENERATION.search(connection.getresponse().read(_ANSWER_BYTES_MAX))
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return None if found is None else int(found.group(1))


def _object(path: Path) -> Mapping[str, Any]:
    try:
        document: Any = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}
