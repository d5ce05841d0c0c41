"""What the sample production asks of its own services, from a vantage of its own: `sample`.

Its services listen on ports that nobody knows before they run, so this table is not part of the configuration. Each
probe asks as a visitor does: a health page would be well while every request fails.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from evenkeel.demo.answerer import CLIENT_HEADER
from evenkeel.observe.probes.model import (
    DependencyTarget,
    GoldenTarget,
    HttpTarget,
    Probe,
    Target,
    Timing,
    probe_document,
)

VANTAGE: Final = "sample"
#: Service -> its route. Not imported from the services: that would load the client of OpenAI into `evenkeel up`.
ROUTES: Final[Mapping[str, str]] = {"support-bot": "/ask", "chat-lounge": "/chat"}
#: A known question, and the passage that must be found for it: the support assistant answers from these pages.
QUESTION: Final = "Why is my verdict unknown?"
PAGE: Final = "concepts/verdict.md"
_USER: Final = "probe"
#: Every 15 s, so that an outage is seen within half a minute; slower than 10 s is an outage to whoever waits.
_TIMING: Final = Timing(every_s=15.0, timeout_s=10.0, jitter_s=2.0)


def table_path(home: Path) -> Path:
    """Where the table of a running sample production is written down."""
    return home / "demo" / "probes.json"


def sample_probes(ports: Mapping[str, int]) -> tuple[Probe, ...]:
    """The probes of services that listen on these ports."""
    ask, chat = (f"http://127.0.0.1:{ports[name]}{route}" for name, route in ROUTES.items())
    models = f"http://127.0.0.1:{ports['answerer']}/v1/models"
    model = HttpTarget(models, headers={CLIENT_HEADER: "support-bot"})
    known = GoldenTarget(_asked(ask, QUESTION), documents_path="pages", documents=(PAGE,))
    return (
        _probe("support-bot-front", "support-bot", _asked(ask, "What is a verdict?")),
        _probe("chat-lounge-front", "chat-lounge", _asked(chat, "Hello!")),
        _probe("support-bot-documents", "support-bot", known),
        _probe("support-bot-model", "support-bot", DependencyTarget("llm", request=model)),
    )


def sample_table(ports: Mapping[str, int]) -> dict[str, Any]:
    """The same as a prober reads it."""
    return {"version": 1, "probes": [probe_document(probe) for probe in sample_probes(ports)]}


def _probe(name: str, service: str, target: Target) -> Probe:
    return Probe(name, service, "production", target, _TIMING, (VANTAGE,))


def _asked(url: str, question: str) -> HttpTarget:
    body = json.dumps({"question": question, "user": _USER, "session": _USER})
    return HttpTarget(url, "POST", {"content-type": "application/json"}, body)
