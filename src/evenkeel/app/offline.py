"""Work on a home that no server owns: fold, judge, look, here and now."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from evenkeel.app.control import Control
from evenkeel.app.home import Home
from evenkeel.app.stores import Stores
from evenkeel.web.documents import service_document


@contextmanager
def opened(home: Home) -> Generator[Control]:
    """The home's stores, for this process alone, with nothing running."""
    stores = Stores.open(home)
    try:
        yield Control(stores)
    finally:
        stores.close()


def fold_home(home: Home) -> int:
    """Fold what waits; answers how many events were new."""
    with opened(home) as control:
        return control.folding.drain()


def judge_home(home: Home) -> list[dict[str, Any]]:
    """Fold what waits and judge every service as of now."""
    with opened(home) as control:
        control.folding.drain()
        waiting = {state.key for state in control.stores.telemetry.services()}
        while waiting:  # a pass stops when its budget is used up, so that a server can fold in between
            control.judging.step()
            waiting -= control.engine.looked_at().keys()
        now_us = control.stores.clock.now_us()
        return [service_document(status, now_us) for status in control.engine.services(now_us)]
