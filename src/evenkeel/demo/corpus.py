"""What the support assistant knows: evenkeel's own documentation, cut into passages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

#: In a wheel the documentation stands beside this file; in a checkout it is the folder `docs`.
_PLACES: Final = (Path(__file__).parent / "corpus", Path(__file__).parents[3] / "docs")
_PAGES: Final = ("concepts/*.md", "how-to/*.md", "reference/glossary.md", "adr/*.md")

_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS: Final = re.compile(r"[`*]{1,2}|^#+\s*|^>\s*")
_ITEM: Final = re.compile(r"^\s*(?:[-+]|\d+\.)\s+", re.MULTILINE)
_WORDS_MIN: Final = 12  # shorter pieces are joined to the next one
_WORDS_MAX: Final = 140


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the documentation that can be quoted."""

    id: str  # concepts/verdict.md#3
    heading: str
    text: str


@cache
def load_corpus() -> tuple[Passage, ...]:
    """All passages of the documentation, in reading order."""
    root = next((place for place in _PLACES if (place / "concepts").is_dir()), None)
    if root is None:
        return ()
    files = [file for pattern in _PAGES for file in sorted(root.glob(pattern))]
    return tuple(
        passage
        for file in files
        for passage in cut(file.read_text(encoding="utf-8"), f"{file.parent.name}/{file.name}")
    )


def cut(markdown: str, name: str) -> list[Passage]:
    """The passages of a page: its paragraphs under their headings, code left out.

    >>> [passage.text for passage in cut("# Dogs\\n\\nA dog *barks*.\\n\\n```\\ncode\\n```", "dogs.md")]
    ['A dog barks.']
    """
    pieces: list[tuple[str, list[str]]] = []
    for heading, paragraph in _paragraphs(markdown):
        words = paragraph.split()
        last = pieces[-1] if pieces else None
        joins = last is not None and last[0] == heading and min(len(last[1]), len(words)) < _WORDS_MIN
        if last is not None and joins and len(last[1]) + len(words) <= _WORDS_MAX:
            last[1].extend(words)
        else:
            pieces.append((heading, words))
    return [Passage(f"{name}#{n}", heading, " ".join(words)) for n, (heading, words) in enumerate(pieces, start=1)]


def _paragraphs(markdown: str) -> Iterator[tuple[str, str]]:
    """(heading, plain text) of each paragraph, list and table row."""
    title = heading = ""
    outside = "".join(markdown.split("```")[::2])
    for block in re.split(r"\n\s*\n", outside):
        lines = block.strip().splitlines()
        while lines and lines[0].startswith("#"):
            heading = _plain(lines.pop(0))
            title = title or heading
        under = heading if heading == title else f"{title}: {heading}"
        if not lines:
            continue
        if lines[0].startswith("|"):
            for row in lines[2:]:  # a header and a ruler come first
                yield under, _sentence(row)
        else:
            for item in filter(str.strip, _ITEM.split("\n".join(lines))):
                yield under, _plain(" ".join(item.split()))


def _sentence(row: str) -> str:
    """A table row as a sentence."""
    cells = [_plain(cell) for cell in row.strip().strip("|").split("|")]
    return f"{cells[0]}: {'; '.join(cell for cell in cells[1:] if cell)}."


def _plain(text: str) -> str:
    return _MARKS.sub("", _LINK.sub(r"\1", text)).strip()
