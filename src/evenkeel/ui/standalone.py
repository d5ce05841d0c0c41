"""A chart that leaves its page: SVG with its own colours, for a file, a notebook or a typesetter.

On a page, colours come from the one stylesheet. A chart elsewhere carries them: on paper those of the light theme;
where nobody knows what is behind it, words and lines in the colour of the text around it, and data in tones that stand
out from white and from black alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_OPENING: Final = re.compile(r'<svg class="([^"]*)" viewBox="0 0 (\d+) (\d+)"')
#: What only a page's script and keyboard use. Texts are escaped, so that none of them looks like an attribute.
_OF_PAGES: Final = re.compile(r' (?:tabindex|data-[a-z]+)="[^"]*"')
#: What XML does not allow, not even escaped: names of features and levels are anybody's.
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Rules by class, as in the stylesheet; `{…}` are colours of a palette.
_RULES: Final = (
    ("text", "font-family:{font};font-size:11px;fill:{muted}"),
    (".grid", "stroke:{line};stroke-width:1"),
    (".tick-y,.mark-name,.moment-name,.change-name", "text-anchor:end"),
    (".line", "fill:none;stroke-width:1.75;stroke-linejoin:round"),
    *((f".line-{name}", f"stroke:{{{name}}}") for name in ("a", "b", "c", "bad")),
    *((f".dot-{name}", f"fill:{{{name}}}") for name in ("a", "b", "c", "bad")),
    *((f".band-{name}", f"fill:{{{name}}};opacity:.18") for name in ("a", "b", "c", "bad")),
    (".moment", "stroke:{a};stroke-dasharray:2 3"),
    (".moment-name", "fill:{a}"),
    (".change", "stroke:{text}"),
    (".change-name", "fill:{text}"),
    (".shade", "fill:{b};opacity:.2"),
    (".bar-a", "fill:{a};opacity:.8"),
    (".bar-then", "fill:{b};opacity:.6"),
    (".mark", "stroke:{muted};stroke-dasharray:4 4"),
    (".mark-alert", "stroke:{bad}"),
    (".name", "fill:{text}"),
    (".title", "fill:{text};font-size:13px;font-weight:600"),
    (".key-then", "fill:{b};opacity:.6"),
    (".cell-reference", "fill:{a}"),
    (".cell-no", "fill:{ok};opacity:.55"),
    (".cell-small", "fill:{b}"),
    (".cell-unknown", "fill:{b};opacity:.3"),
    (".cell-warning", "fill:{warning}"),
    (".cell-breach", "fill:{bad}"),
    (".began", "fill:{text}"),
)
#: Classes that need no rule of their own.
PLAIN: Final = frozenset({"chart", "panels", "square", "strip", "tick", "band", "dot", "cell", "mark-target"})


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by name, and the type that is written in."""

    text: str
    muted: str
    line: str
    a: str
    b: str
    c: str
    ok: str
    warning: str
    bad: str
    font: str

    def colours(self) -> Mapping[str, str]:
        """Name -> colour."""
        return {name: getattr(self, name) for name in self.__slots__}


#: On white: the light theme of the stylesheet.
PAPER: Final = Palette(
    "#1b1c1d", "#5d6166", "#dcdcd8", "#1f5fbf", "#7a8ba3", "#b27b16", "#1a7247", "#b27b16", "#b3261e",
    "'Libertinus Serif',serif",
)  # fmt: skip
#: On whatever is there: at least 3 to 1 on white and on the dark grounds of notebooks.
ANYWHERE: Final = Palette(
    "currentColor", "currentColor", "#8886", "#3b7ddd", "#8291a5", "#b9821b", "#2e9a66", "#c08314", "#d9483f",
    "system-ui,sans-serif",
)  # fmt: skip


def standalone(svg: str, palette: Palette) -> str:
    """A chart of this room with its namespace, its size and its colours. Raises ValueError for what is none of ours.

    >>> drawn = standalone('<svg class="chart" viewBox="0 0 640 180" tabindex="0" data-hover="[]"></svg>', PAPER)
    >>> drawn[:91]  # what follows is its size
    '<svg xmlns="http://www.w3.org/2000/svg" class="evenkeel chart" viewBox="0 0 640 180" width='
    >>> "hover" in drawn, "fill:none;stroke-width:1.75" in drawn
    (False, True)
    """
    svg = _NO_XML.sub("\ufffd", svg)
    found = _OPENING.match(svg)
    if found is None:
        msg = f"No chart begins with {svg[:40]!r}."
        raise ValueError(msg)
    classes, width, height = found.groups()
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="evenkeel {classes}" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}"'
    )
    attributes, end, inside = svg[found.end() :].partition(">")
    cleaned = f"{_OF_PAGES.sub('', attributes)}{end}{_style(palette)}{_OF_PAGES.sub('', inside)}"
    return opening + (' style="max-width:100%;height:auto"' if palette is ANYWHERE else "") + cleaned


def styled_classes() -> frozenset[str]:
    """Classes that have a rule here, or need none."""
    return PLAIN | {name for selector, _ in _RULES for name in re.findall(r"\.([a-z-]+)", selector)}


def _style(palette: Palette) -> str:
    """Rules that hold inside of our charts only: a notebook is one document with many charts and others' styles."""
    colours = palette.colours()
    rules = "".join(
        f"{','.join(f'.evenkeel {each}' for each in selector.split(','))}{{{rule.format(**colours)}}}"
        for selector, rule in _RULES
    )
    return f"<style>{rules}</style>"
