"""Golden probes against a real server."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from evenkeel.observe.probes.golden import ask_golden
from evenkeel.observe.probes.model import GoldenTarget, HttpTarget
from evenkeel.org.config.secrets import Secrets
from evenkeel.store.system import SystemClock


def test_the_question_is_asked_as_json_and_its_answer_judged(site: Any) -> None:
    site.on("/ask", 200, json.dumps({"choices": [{"message": {"content": "Within 14 days."}}]}).encode())
    request = HttpTarget(f"{site.url}/ask", method="POST", body='{"question": "May I return shoes?"}')
    target = GoldenTarget(request, "choices.0.message.content", ("14 days", "receipt"))
    found = asyncio.run(ask_golden(target, Secrets(), SystemClock(), 5.0))
    ((method, _, headers, body),) = site.seen
    assert (method, headers["content-type"], json.loads(body)) == (
        "POST", "application/json", {"question": "May I return shoes?"},
    )  # fmt: skip
    assert (found.outcome, found.reason, found.value) == ("bad", "golden_answer", 0.5)
    assert found.detail == "The answer does not hold 'receipt'."
