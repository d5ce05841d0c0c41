"""The configuration in force: read again when its files change, the last good one kept (DESIGN §8)."""

from __future__ import annotations

import logging
from pathlib import Path

from evenkeel.judge.objectives.resolve import indicator_rules
from evenkeel.org.config.model import Config
from evenkeel.org.config.read import Problem, check, load

log = logging.getLogger(__name__)

Stamp = tuple[tuple[str, int, int], ...]


def configured(path: Path) -> Config:
    """The configuration at `path`. Raises InvalidInputError with every problem."""
    return load(path, indicator_rules())


class Configuration:
    """`current` is always a usable configuration; `problems` say why a newer one is not in force."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: Stamp | None = None
        self.current = Config()
        self.problems: list[Problem] = []
        self.version = 0
        self.refresh()

    def refresh(self) -> bool:
        """Look for changes; answers whether another configuration is in force now."""
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        config, self.problems = check(self._path, indicator_rules())
        if self.problems:
            log.error(
                "the configuration has %d problems, the last good one stays in force:\n%s",
                len(self.problems),
                "\n".join(map(str, self.problems)),
            )
            return False
        changed = config != self.current or self.version == 0
        self.current = config
        self.version += changed
        return changed

    def _look(self) -> Stamp:
        files = sorted(self._path.iterdir()) if self._path.is_dir() else [self._path]
        stamps: list[tuple[str, int, int]] = []
        for file in files:
            try:
                found = file.stat()
            except FileNotFoundError:
                continue
            stamps.append((file.name, found.st_mtime_ns, found.st_size))
        return tuple(stamps)
