"""What callers are told while control is dead, by each policy of a hold; nothing of it is lost when control is back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from evenkeel.testing.upstreams import Voice, openai_upstream

pytestmark = pytest.mark.e2e
ROUTE = """\
    %(name)s:
      versions: {"1": {upstreams: [provider]}}
      guard: {actions: {email: hold}, sides: [input], hold: {wait: %(wait)s, expires: %(expires)s}}
"""
#: By service: how long its callers wait, and how long people have.
POLICIES = {
    "asks-again": ("poll", "1h"),
    "waits-long": ("5m", "1h"),
    "waits-little": ("2s", "1h"),
    "ends": ("poll", "3s"),
}
ANSWER = "It is done."


class Gateway:
    """Asks the gateway of a home with one key."""

    def __init__(self, home: Path, secret: str) -> None:
        self._notice = home / "gateways" / "g0.json"
        self._secret = secret

    def ask(self, path: str, document: Any = None) -> tuple[int, Any]:
        """(status, document)."""
        data = None if document is None else json.dumps(document).encode()
        headers = {"authorization": f"Bearer {self._secret}", "content-type": "application/json"}
        port = json.loads(self._notice.read_bytes())["port"]
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def chat(self, service: str) -> tuple[int, Any]:
        """Something that has to be seen by a person first."""
        said = [{"role": "user", "content": f"Write to ada@example.org about {service}."}]
        return self.ask(f"/services/{service}/v1/chat/completions", {"model": "gpt-4o-mini", "messages": said})


@contextmanager
def control_dead(home: Path, supervisor: int) -> Generator[None]:
    """Control is killed, and not started again before the end: who would do so is halted."""
    control = json.loads((home / "server.json").read_bytes())["pid"]
    os.kill(supervisor, signal.SIGSTOP)
    try:
        os.kill(control, signal.SIGKILL)
        yield
        assert is_dead(control)
    finally:
        os.kill(supervisor, signal.SIGCONT)


def is_dead(pid: int) -> bool:
    """Whether a process has ended; nobody may have taken notice of it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def said(document: Any) -> str:
    return document["choices"][0]["message"]["content"]


def test_what_is_held_while_control_is_dead_is_told_by_its_policy_and_decided_once_it_is_back(
    start_server: Any, run: Any, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    key = tmp_path / "provider.key"
    key.write_text("sk-provider", encoding="utf-8")
    with openai_upstream(key="sk-provider", voice=Voice(text=ANSWER)) as double:
        head = f"upstreams: {{provider: {{url: {double.url}, dialect: openai, provider: openai, key: 'file:{key}'}}}}\n"
        routes = (ROUTE % {"name": name, "wait": wait, "expires": ends} for name, (wait, ends) in POLICIES.items())
        (home / "evenkeel.yaml").write_text(f"{head}gateway:\n  routes:\n{''.join(routes)}", encoding="utf-8")
        server = start_server(home)
        wait_until((home / "gateways" / "g0.json").exists, within_s=40, what="a gateway")
        gateway = Gateway(home, run.json("keys", "create", "the bot", "--scope", "gateway", "--home", home)["secret"])
        wait_until(lambda: gateway.chat("asks-again")[0] == 202, within_s=20, what="its first caller is held")

        waited: list[tuple[int, Any]] = []
        caller = threading.Thread(target=lambda: waited.append(gateway.chat("waits-long")))
        with control_dead(home, server.process.pid):
            status, refused = _without_a_place(home / "holds", lambda: gateway.chat("asks-again"))
            assert (status, refused["error"]["code"]) == (503, "review_unavailable")  # what cannot be kept is not sent
            caller.start()
            status, polled = gateway.chat("asks-again")
            assert (status, polled["status"], polled["poll"]) == (202, "waiting", f"/v1/reviews/{polled['id']}")
            assert gateway.ask(polled["poll"])[0] == 202
            began_s = time.monotonic()
            status, little = gateway.chat("waits-little")
            assert (status, little["status"]) == (202, "waiting")
            assert time.monotonic() - began_s >= 2
            status, ending = gateway.chat("ends")
            assert status == 202
            over = wait_until(lambda: _over(gateway, ending["poll"]), within_s=20, what="it expires by itself")
            assert over["error"]["code"] == "review_expired"
            assert waited == []  # this one waits on
            assert len(double.tally.requests) == 0  # nothing of all that was sent

        def waiting() -> dict[str, str]:
            done = run("reviews", "list", "--home", home, "--json")
            return (
                {} if done.returncode else {each["id"]: each["service"] for each in json.loads(done.stdout)["reviews"]}
            )

        known = (polled["id"], little["id"])
        queue = wait_until(lambda: _with(waiting(), known, "waits-long"), within_s=60, what="control knows of all")
        assert sorted(queue.values()) == ["asks-again", "asks-again", "waits-little", "waits-long"]
        for review, service in queue.items():
            if service != "asks-again" or review == polled["id"]:
                assert run("reviews", "approve", review, "--home", home).returncode == 0
        caller.join(timeout=60)
        assert [(status, said(told)) for status, told in waited] == [(200, ANSWER)]
        for path in (polled["poll"], little["poll"]):
            for _ in range(2):  # it is kept, and not asked for again
                status, told = gateway.ask(path)
                assert (status, said(told)) == (200, ANSWER)
        assert len(double.tally.requests) == 3
        found = run.json("reviews", "list", "--state", "all", "--home", home)["reviews"]
        assert {each["id"]: each["state"] for each in found}[ending["id"]] == "expired"
        assert len(found) == 5


def _over(gateway: Gateway, path: str) -> Any:
    status, told = gateway.ask(path)
    return told if status == 410 else None


def _with(queue: dict[str, str], known: tuple[str, ...], service: str) -> dict[str, str] | None:
    return queue if {*known} <= queue.keys() and service in queue.values() else None


def _without_a_place(folder: Path, work: Callable[[], Any]) -> Any:
    """What comes of work while a file stands where the folder was."""
    aside = folder.with_name("aside")
    shutil.move(folder, aside)
    folder.write_text("", encoding="utf-8")
    try:
        return work()
    finally:
        folder.unlink()
        shutil.move(aside, folder)
