"""What the configuration says of the sample production's own route through the gateway, kept current.

A home without a configuration gets one, to read and to change; in one that names our upstream, only its address is
kept current, as the sample's model listens elsewhere after each start. Any other configuration is left alone.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

SERVICE: Final = "product-texts"
UPSTREAM: Final = "sample-model"
_FILE: Final = "evenkeel.yaml"
_FOLDER: Final = "evenkeel.d"
_ADDRESS: Final = re.compile(rf"^(\s*{UPSTREAM}(?:-[\w.-]+)?\s*:\s*\{{\s*url:\s*)[^,}}\s]+", re.MULTILINE)
_TEXT: Final = f"""\
# Written by `evenkeel up --demo`, for you to change: what the gateway does for the sample service {SERVICE}.
# Only the addresses of its upstreams are kept current. docs/how-to/steer-the-gateway.md explains the rest.
upstreams:
  {UPSTREAM}: {{url: URL, dialect: openai, provider: openai}}
  {UPSTREAM}-next: {{url: URL, dialect: openai, provider: openai, model: gpt-4.1-mini}}
gateway:
  routes:
    {SERVICE}:
      versions:
        "1.0.0": {{weight: 90, upstreams: [{UPSTREAM}]}}
        "1.1.0": {{weight: 10, upstreams: [{UPSTREAM}-next]}}
      sticky: user
      cache: {{ttl: 10m, asked_again: 20 %}}
      guard: {{actions: {{secrets: block, pii: redact}}, sides: [input]}}
      models:
        - {{name: short, model: gpt-4.1-nano, characters_max: 1280}}
  limits:
    texts-per-minute: {{holder: key, measure: requests, period: minute, amount: 600}}
    texts-per-month: {{holder: service, name: {SERVICE}, measure: money, period: month, amount: 20, currency: USD}}
"""


def keep_routes(home: Path, answerer_port: int) -> bool:
    """Write the route, or its address; whether the home has it now."""
    path = home / _FILE
    url = f"http://127.0.0.1:{answerer_port}/v1"
    if (home / _FOLDER).exists():
        return False
    try:
        old = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        old, new = "", _TEXT.replace("URL", url)
    else:
        new, found = _ADDRESS.subn(lambda match: match[1] + url, old)
        if not found:
            return False
    if new != old:
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        fresh.write_text(new, encoding="utf-8")
        fresh.replace(path)
    return True
