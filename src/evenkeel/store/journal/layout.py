"""Where a journal lies: `<root>/<writer>/<8-digit segment>.log`, damaged bytes beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.ports import Disk

LOCK_NAME: Final = "lock"
SEGMENT_MAX: Final = 99_999_999  # eight digits, so that names sort as numbers; 6 PB at 64 MiB each
_SEGMENT = re.compile(r"(\d{8})\.log")
_QUARANTINE = re.compile(r"(\d{8})\.(\d+)\.quarantine")
_WRITER = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


def check_writer(writer: str) -> str:
    """`writer` itself. Raises InvalidInputError when it cannot be the name of a directory of ours.

    >>> check_writer("intake-0")
    'intake-0'
    """
    if not _WRITER.fullmatch(writer):
        message = f"Journal writer {writer!r} is not a usable name."
        raise InvalidInputError(
            message, hint="Use up to 63 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit."
        )
    return writer


def segment_name(segment: int) -> str:
    """The file name of a segment.

    >>> segment_name(7)
    '00000007.log'
    """
    return f"{segment:08d}.log"


def quarantine_name(segment: int, position: int) -> str:
    """The file that keeps damaged bytes found at `position` of a segment."""
    return f"{segment:08d}.{position}.quarantine"


def list_segments(disk: Disk, directory: str) -> Sequence[int]:
    """The numbers of the segments in a writer's directory, rising."""
    matches = (_SEGMENT.fullmatch(name) for name in disk.list(directory))
    return [int(match[1]) for match in matches if match]


def list_quarantined(disk: Disk, directory: str) -> Sequence[str]:
    """The names of the files of damaged bytes in a writer's directory."""
    return [name for name in disk.list(directory) if _QUARANTINE.fullmatch(name)]


def last_number(disk: Disk, directory: str) -> int:
    """The highest segment number that ever left a trace in the directory; 0 when there is none."""
    matches = (_SEGMENT.fullmatch(name) or _QUARANTINE.fullmatch(name) for name in disk.list(directory))
    return max((int(match[1]) for match in matches if match), default=0)


def list_writers(disk: Disk, root: str) -> Sequence[str]:
    """The names of the writers that have a directory under `root`."""
    return [name for name in disk.list(root) if _WRITER.fullmatch(name)]
