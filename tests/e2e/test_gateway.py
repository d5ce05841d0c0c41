"""The installed product: from a few lines of configuration to a model's answer, its record and its limit."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from evenkeel.testing.upstreams import openai_upstream

pytestmark = pytest.mark.e2e
PATIENCE_S = 40.0

CONFIGURED = """\
upstreams:
  provider: {url: %(url)s, dialect: openai, provider: openai, key: file:%(key)s}
gateway:
  routes:
    support-bot:
      versions:
        "1.4.0": {upstreams: [provider]}
  limits:
    trial: {holder: key, measure: requests, period: ever, amount: %(amount)d}
"""


def ask(port: int, secret: str) -> tuple[int, Any]:
    """(status, document) of one chat."""
    body = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "one two three"}]}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/services/support-bot/v1/chat/completions",
        body,
        {"authorization": f"Bearer {secret}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def until(condition: Any, what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return found


def test_a_configured_route_answers_counts_and_keeps_its_limit(start_server: Any, run: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    key = tmp_path / "provider.key"
    key.write_text("sk-provider", encoding="utf-8")
    with openai_upstream(key="sk-provider") as double:
        facts = {"url": double.url, "key": key, "amount": 2}
        (home / "evenkeel.yaml").write_text(CONFIGURED % facts, encoding="utf-8")
        server = start_server(home)
        notice = home / "gateways" / "g0.json"
        until(notice.exists, "no gateway was started")
        port = json.loads(notice.read_bytes())["port"]
        made = run.json("keys", "create", "the bot", "--scope", "gateway", "--home", home)
        until(lambda: ask(port, made["secret"])[0] == 200, "the key is not known to the gateway")
        assert ask(port, made["secret"])[0] == 200
        status, refused = ask(port, made["secret"])
        assert (status, refused["error"]["code"]) == (429, "rate_limit_exceeded")

        (home / "evenkeel.yaml").write_text(CONFIGURED % {**facts, "amount": 9}, encoding="utf-8")
        until(lambda: ask(port, made["secret"])[0] == 200, "a raised limit is not in force")

        def counted() -> bool:
            services = run.json("status", "--home", home)["services"]
            return [each["service"] for each in services] == ["support-bot"]

        until(counted, "its requests are not events")
        run("gateway", "kill", "support-bot", "--reason", "leaks names", "--home", home)
        refused = until(lambda: (found := ask(port, made["secret"]))[0] == 503 and found[1], "a kill is not obeyed")
        assert (refused["error"]["code"], "leaks names" in refused["error"]["message"]) == ("kill_switch", True)
        run("gateway", "revive", "support-bot", "--home", home)
        until(lambda: ask(port, made["secret"])[0] == 200, "a revival is not obeyed")
        run("keys", "revoke", made["id"], "--home", home)
        until(lambda: ask(port, made["secret"])[0] == 401, "a revoked key is taken")
        server.stop()
        assert not notice.exists()
