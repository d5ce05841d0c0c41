"""How a secret is named where it must not stand: `env:NAME` or `file:PATH`, alone or after a scheme (`Bearer`)."""

from __future__ import annotations

import re
from typing import Final

REFERENCE: Final = re.compile(r"(?:^|(?<= ))(?:env:([A-Za-z_][A-Za-z0-9_]*)|file:(\S+))$")
