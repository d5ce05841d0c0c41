"""A held answer through the whole product: approved, edited, rejected, expired; its worker is killed in between."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from evenkeel.testing.upstreams import Voice, openai_upstream

pytestmark = pytest.mark.e2e
CONFIGURED = """\
upstreams:
  provider: {url: %(url)s, dialect: openai, provider: openai, key: file:%(key)s}
gateway:
  routes:
    support-bot:
      versions:
        "1.4.0": {upstreams: [provider]}
      guard: {actions: {email: hold}, sides: [output], hold: {expires: %(expires)s}}
"""
CHAT = "/services/support-bot/v1/chat/completions"
ASKED = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "one two three"}]}


class Caller:
    """Asks the gateway of a home with one key."""

    def __init__(self, home: Path, secret: str) -> None:
        self._notice = home / "gateways" / "g0.json"
        self._secret = secret

    def ask(self, path: str, document: Any = None) -> tuple[int, Any]:
        """(status, document); status 0 while no worker is there."""
        data = None if document is None else json.dumps(document).encode()
        headers = {"authorization": f"Bearer {self._secret}", "content-type": "application/json"}
        try:
            port = json.loads(self._notice.read_bytes())["port"]
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers)
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())
        except OSError:
            return 0, None

    def kill(self) -> int:
        """End the worker without notice; which process it was."""
        pid = json.loads(self._notice.read_bytes())["pid"]
        os.kill(pid, signal.SIGKILL)
        return pid

    def pid(self) -> int:
        """The worker's process."""
        return json.loads(self._notice.read_bytes())["pid"]


def said(document: Any) -> str:
    return document["choices"][0]["message"]["content"]


def test_what_is_held_waits_for_its_decision_whoever_is_killed(
    start_server: Any, run: Any, wait_until: Any, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    key = tmp_path / "provider.key"
    key.write_text("sk-provider", encoding="utf-8")
    with openai_upstream(key="sk-provider", voice=Voice(text="Write to ada@example.org.")) as double:
        config = home / "evenkeel.yaml"
        config.write_text(CONFIGURED % {"url": double.url, "key": key, "expires": "1h"}, encoding="utf-8")
        start_server(home)
        wait_until((home / "gateways" / "g0.json").exists, within_s=40, what="a gateway")
        made = run.json("keys", "create", "the bot", "--scope", "gateway", "--home", home)
        caller = Caller(home, made["secret"])

        def answer() -> Any:
            status, told = caller.ask(CHAT, ASKED)
            return told if status == 202 else None

        def held() -> str:
            found = wait_until(answer, within_s=20, what="something is held")
            wait_until(lambda: found["id"] in waiting(), within_s=20, what="it is in the queue")
            return found["id"]

        def waiting() -> list[str]:
            return [each["id"] for each in run.json("reviews", "list", "--home", home)["reviews"]]

        first, second, third = held(), held(), held()
        before = caller.kill()

        def is_back() -> bool:
            return caller.pid() != before and caller.ask(f"/v1/reviews/{first}")[0] == 202

        wait_until(is_back, within_s=30, what="another worker knows of it")
        run("reviews", "approve", first, "--home", home)
        status, given = caller.ask(f"/v1/reviews/{first}")
        assert (status, said(given)) == (200, "Write to ada@example.org.")
        run("reviews", "edit", second, "--text", "0=Call us.", "--home", home)
        assert said(caller.ask(f"/v1/reviews/{second}")[1]) == "Call us."
        run("reviews", "reject", third, "--reason", "names Ada", "--home", home)
        status, refused = caller.ask(f"/v1/reviews/{third}")
        assert (status, refused["error"]["code"]) == (403, "review_rejected")
        assert "names Ada" in refused["error"]["message"]

        config.write_text(CONFIGURED % {"url": double.url, "key": key, "expires": "5s"}, encoding="utf-8")
        fourth = wait_until(lambda: _short(caller), within_s=40, what="the shorter time is in force")
        wait_until(lambda: caller.ask(f"/v1/reviews/{fourth}")[0] == 410, within_s=20, what="it expires")
        found = run.json("reviews", "list", "--state", "all", "--home", home)["reviews"]
        states = {each["id"]: each["state"] for each in found}
        assert [states[each] for each in (first, second, third)] == ["approved", "edited", "rejected"]


def _short(caller: Caller) -> str:
    """The id of a review that expires soon."""
    status, told = caller.ask(CHAT, ASKED)
    if status != 202 or told["expires_at"][:16] != told["created_at"][:16]:
        return ""
    return told["id"]
