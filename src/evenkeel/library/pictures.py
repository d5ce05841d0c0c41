"""Pictures of results: shown by a notebook where they stand, kept as a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.ui.panels import Panel, draw_panels


@dataclass(frozen=True)
class Picture:
    """A picture as SVG, to be read on a light and on a dark ground. A notebook shows it; `save` keeps it."""

    title: str
    svg: str

    def __repr__(self) -> str:
        """Its title."""
        return f"Picture({self.title!r})"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as SVG; a file that is there is replaced. Raises InvalidInputError for another kind of file."""
        target = Path(path)
        if target.suffix.lower() != ".svg":
            hint = "Name the file .svg; a browser or an editor of pictures makes others of it."
            raise InvalidInputError(f"{target.name!r} is no name of an SVG file.", hint=hint, seen=target.suffix)
        write_file(target, self.svg)


def picture(panels: Sequence[Panel]) -> Picture:
    """One picture of several charts. Raises InvalidInputError where there is nothing to draw."""
    from evenkeel.ui.standalone import ANYWHERE, standalone  # loaded when there is something to draw

    if not panels:
        raise InvalidInputError("There is nothing here to draw.", hint="print(…) says what is known, and why not more.")
    return Picture("; ".join(panel.title for panel in panels), standalone(draw_panels(panels), ANYWHERE))


def write_file(target: Path, text: str) -> None:
    """Write a file at once: whoever reads it meanwhile finds the old or the new one."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8", errors="replace")
    draft.replace(target)
