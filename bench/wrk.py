"""wrk against a server under test, and the CPU time that the server took for it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.serving import CORES, PATH, QUESTION, Server

#: Callers that `varied` questions come from.
CALLERS = 100_000
_DONE = """
done = function(s, l, r) io.write(string.format('\\n{"n":%d,"bad":%d,"us":%d}\\n', s.requests,
  s.errors.status + s.errors.connect + s.errors.read + s.errors.timeout, s.duration)) end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw, and what the server under test took for it."""

    requests: int
    failed: int
    wall_s: float
    cpu_s: float

    @property
    def per_cpu_s(self) -> float:
        """Requests per second of CPU."""
        return self.requests / max(self.cpu_s, 1e-9)

    @property
    def per_wall_s(self) -> float:
        """Requests per second of wall time."""
        return self.requests / self.wall_s

    @property
    def cpu_us(self) -> float:
        """CPU time of one request."""
        return 1e6 * self.cpu_s / max(self.requests, 1)


@dataclass(frozen=True, slots=True)
class Asking:
    """How wrk asks."""

    seconds: int
    connections: int = 64
    is_varied: bool = False  # each question is another one, of one of `CALLERS` users


def together(loads: Sequence[Load]) -> Load:
    """The sum of several rounds."""
    return Load(
        sum(each.requests for each in loads),
        sum(each.failed for each in loads),
        sum(each.wall_s for each in loads),
        sum(each.cpu_s for each in loads),
    )


def load(server: Server, asking: Asking, directory: Path) -> Load:
    """Ask for so many seconds."""
    script = directory / "ask.lua"
    script.write_text(_script(server, asking), encoding="utf-8")
    before_s = server.cpu_s()
    done = subprocess.run(
        [
            "taskset", "-c", CORES[0], "wrk", "-t1", f"-c{asking.connections}", f"-d{asking.seconds}s",
            "--timeout", "60s", "-s", str(script), f"http://127.0.0.1:{server.port}{PATH}",
        ],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    cpu_s = server.cpu_s() - before_s
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return Load(found["n"], found["bad"], found["us"] / 1e6, cpu_s)


def _script(server: Server, asking: Asking) -> str:
    headers = ", ".join(f'["{name}"]="{value}"' for name, value in server.headers.items())
    script = f'wrk.method = "POST"; wrk.headers = {{ {headers} }}; wrk.body = [[{json.dumps(QUESTION)}]]\n'
    if not asking.is_varied:
        return script + _DONE
    question = json.dumps({**QUESTION, "user": "USER", "metadata": {"run": "NUMBER"}})
    varied = question.replace("USER", f"]] .. count % {CALLERS} .. [[").replace("NUMBER", "]] .. run + count .. [[")
    return f"""{script}
math.randomseed(os.time())
local run, count = math.random(1000000) * 1000000, 0
request = function() count = count + 1; return wrk.format(nil, nil, nil, [[{varied}]]) end
{_DONE}"""
