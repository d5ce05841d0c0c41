"""Reports on paper: the parts of a report as PDF (A4), or as one picture as tall as it needs to be (PNG).

The typesetter is the extra `export` (docs/adr/0004-dependencies.md). It is given one fixed document of ours, and
everything that came from elsewhere as data beside it: a name that looks like a command is a name. It reads no file and
asks no network.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from html import unescape
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, Final, cast

from evenkeel.kernel.errors import NotInstalledError, OverloadedError
from evenkeel.ui.invisible import as_seen
from evenkeel.ui.standalone import PAPER, standalone
from evenkeel.web.report_blocks import Report

FORMATS: Final = ("pdf", "png")
#: Twice the 96 dots per inch of a screen.
_DENSITY: Final = 192.0
#: A label may be a whole text: nobody reads more of it in a table.
_TEXT_MAX: Final = 600
#: A word longer than this is cut in pieces, since a line cannot be broken in it.
_LONG: Final = re.compile(r"[^\s\u200b-]{18,}")
_PIECE: Final = 12
#: A sign that stays with its number.
_PERCENT: Final = re.compile(r"(?<=\d) %")
_GLYPHS: Final = "Characters that no font of this machine has are shown as boxes."
#: One report is set at a time, each holds a core and some memory; so many more wait for their turn, and so long.
#: Whoever waits holds a thread that pages need: one more is refused at once.
WAITING_MAX: Final = 2
_PLACES = BoundedSemaphore(1 + WAITING_MAX)
_TURN = Lock()
_WAIT_S: Final = 20.0


def is_installed() -> bool:
    """Whether reports can be had as PDF and PNG here."""
    return importlib.util.find_spec("typst") is not None


def typeset(report: Report, format_: str, made_at: datetime) -> bytes:
    """The report as one of `FORMATS`. PDF is tagged for screen readers (PDF/UA-1).

    Raises NotInstalledError without the extra `export`, OverloadedError where others are set for too long, or too many
    wait.
    """
    if not is_installed():
        raise NotInstalledError("This server sets no PDF and no PNG.", hint="Install evenkeel[export].", lacks="typst")
    if not _PLACES.acquire(blocking=False):
        raise _overloaded(f"{WAITING_MAX} reports wait for another one.")
    try:
        if not _TURN.acquire(timeout=_WAIT_S):
            raise _overloaded("Other reports are being set.")
        try:
            return _compile(*_files(report, format_), format_, made_at)
        finally:
            _TURN.release()
    finally:
        _PLACES.release()


def _overloaded(message: str) -> OverloadedError:
    return OverloadedError(message, retry_after_s=int(_WAIT_S), hint="Ask again later.")


def _compile(files: dict[str, bytes], data: dict[str, Any], format_: str, made_at: datetime) -> bytes:
    typst = importlib.import_module("typst")
    options: dict[str, Any] = {"format": format_, "timestamp": made_at.replace(microsecond=0)}  # it takes whole seconds
    if format_ == "png":
        options["ppi"] = _DENSITY
    try:
        return typst.compile(_with(files, data), **options, pdf_standards="ua-1")
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
    # What no font can show is against the standard for readers; the document is tagged all the same, and says so.
    return typst.compile(_with(files, data | {"note": _GLYPHS}), **options)


def _with(files: dict[str, bytes], data: dict[str, Any]) -> dict[str, bytes]:
    return files | {"report.json": json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")}


def _files(report: Report, format_: str) -> tuple[dict[str, bytes], dict[str, Any]]:
    """What the typesetter reads: our document and the pictures; and, apart from them, all words as data."""
    files: dict[str, bytes] = {"main.typ": _document()}

    def picture(svg: str) -> dict[str, str]:
        name = f"{len(files)}.svg"
        files[name] = standalone(svg, PAPER).encode("utf-8", "replace")
        found = re.search(r'aria-label="([^"]*)"', svg)
        return {"file": name, "alt": _words(unescape(found.group(1) if found else ""))}

    data = _plain(dataclasses.asdict(report), picture)
    return files, {**data, "tall": format_ == "png", "note": ""}


def _plain(value: Any, picture: Callable[[str], dict[str, str]]) -> Any:
    """Words made fit for a line, pictures put aside. What is a picture our own parts say, never a text."""
    if isinstance(value, str):
        return _words(value)
    if isinstance(value, dict):
        parts = cast("Mapping[str, Any]", value).items()
        return {name: picture(each) if name == "svg" else _plain(each, picture) for name, each in parts}
    if isinstance(value, list | tuple):
        return [_plain(each, picture) for each in cast("Sequence[Any]", value)]
    return value


def _words(text: str) -> str:
    """A text that shows all it holds, of a bounded length, whose long words can be broken.

    >>> _words("pay\\u202eeve"), _words("#import \\"x\\" $ *a*")
    ('pay⟦RLO⟧eve', '#import "x" $ *a*')
    >>> _words("a" * 20).replace("\\u200b", "|")
    'aaaaaaaaaaaa|aaaaaaaa'
    """
    short = text if len(text) <= _TEXT_MAX else f"{text[: _TEXT_MAX - 1]}…"
    seen = _PERCENT.sub("\u00a0%", as_seen(short))
    return _LONG.sub(lambda found: "\u200b".join(re.findall(f".{{1,{_PIECE}}}", found.group())), seen)


@cache
def _document() -> bytes:
    return (Path(__file__).parent / "templates" / "report.typ").read_bytes()
