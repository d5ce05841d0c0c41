"""Other gateways, as their makers ship them, each in a place of its own in the user's cache folder.

They do less than ours meanwhile: LiteLLM has no database (so no keys, budgets or spend), Portkey's open part has none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.serving import HEADERS, Server, free_port, running

ROOT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "evenkeel-bench"
LITELLM, PORTKEY = "1.108.7", "1.15.2"
_MASTER_KEY = "sk-bench-1f0c6a52b7d94e0c8a3f7d2b6e915c40"  # it starts with none that is shorter
_INSTALL_S = 900.0


@dataclass(frozen=True, slots=True)
class Peer:
    """Another gateway, and what of it is known where it cannot run."""

    name: str
    times: float  # how many times as many requests the issue asks of us
    known: str  # requests per second of CPU, measured before
    start: Callable[[int, Path], AbstractContextManager[Server]]


def started(stack: ExitStack, upstream: int, directory: Path) -> tuple[dict[Peer, Server], dict[Peer, str]]:
    """Those that run, until the stack ends; and of each other one, why not."""
    running_now: dict[Peer, Server] = {}
    absent: dict[Peer, str] = {}
    for peer in PEERS:
        try:
            running_now[peer] = stack.enter_context(peer.start(upstream, directory))
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            told = error.stderr if isinstance(error, subprocess.CalledProcessError) else ""
            absent[peer] = (told or str(error)).strip().splitlines()[-1]
    return running_now, absent


def install(place: Path, packages: Sequence[str]) -> Path:
    """The Python of an environment of its own with these packages, made when it is first asked for."""
    python = place / "bin" / "python"
    whole = place / "installed"  # written last: a half-made environment is made anew
    if not whole.exists():
        _run(sys.executable, "-m", "venv", "--clear", str(place))
        _run(str(python), "-m", "pip", "install", "--quiet", *packages)
        whole.touch()
    return python


@contextmanager
def _litellm(upstream: int, directory: Path) -> Generator[Server]:
    place = ROOT / f"litellm-{LITELLM}"
    program = place / "bin" / "litellm"
    install(place, (f"litellm[proxy]=={LITELLM}",))
    configuration = directory / "litellm.yaml"
    configuration.write_text(
        f"""model_list:
  - model_name: gpt-4o-mini
    litellm_params: {{model: openai/gpt-4o-mini, api_base: "http://127.0.0.1:{upstream}/v1", api_key: sk-none}}
litellm_settings: {{telemetry: false}}
general_settings: {{master_key: {_MASTER_KEY}}}
"""
    )
    port = free_port()
    words = ["--config", str(configuration), "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    headers = {**HEADERS, "authorization": f"Bearer {_MASTER_KEY}"}
    environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}  # its copy of the prices, not the newest from the network
    with running([str(program), *words], port, environment=environment) as pid:
        yield Server(pid, port, headers)


@contextmanager
def _portkey(upstream: int, directory: Path) -> Generator[Server]:
    del directory
    place = ROOT / f"portkey-{PORTKEY}"
    program = place / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    for needed in ("node", "npm"):
        if not shutil.which(needed):
            raise RuntimeError(f"{needed} is not installed")
    if not program.exists():
        place.mkdir(parents=True, exist_ok=True)
        _run("npm", "install", "--prefix", str(place), "--no-audit", "--no-fund", f"@portkey-ai/gateway@{PORTKEY}")
    port = free_port()
    to = {"x-portkey-provider": "openai", "x-portkey-custom-host": f"http://127.0.0.1:{upstream}/v1"}
    with running(["node", str(program), f"--port={port}", "--headless"], port) as pid:
        yield Server(pid, port, {**HEADERS, **to})


PEERS = (
    Peer(f"Portkey {PORTKEY}", 4.0, "639 of 1.15.2 on Node 20, November 2026", _portkey),
    Peer(f"LiteLLM {LITELLM}", 40.0, "54 of 1.106.2, November 2026", _litellm),
)


def _run(*words: str) -> None:
    """Raises CalledProcessError with what it said."""
    subprocess.run(words, check=True, capture_output=True, text=True, timeout=_INSTALL_S)
