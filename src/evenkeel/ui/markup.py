"""Texts of ours as markup."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

_TICKS: Final = re.compile(r"`([^`]+)`")


def code(text: str) -> Markup:
    """A text of ours with what stands between backticks shown as code; all else is escaped.

    >>> code("`evenkeel slo list` shows <all>.")
    Markup('<code class="mono">evenkeel slo list</code> shows &lt;all&gt;.')
    """
    return Markup(_TICKS.sub(r'<code class="mono">\1</code>', str(escape(text))))  # noqa: S704 (escaped before)
