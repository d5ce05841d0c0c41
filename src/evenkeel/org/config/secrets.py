"""Secrets: the configuration names them (`env:NAME`, `file:PATH`), and whoever uses one reads it then.

So neither the configuration nor what is published from it holds any, and a changed file is used from the next
time on. Standard library only: probers elsewhere read them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from evenkeel.kernel.errors import NotFoundError
from evenkeel.org.config.references import REFERENCE

_CHARACTERS_MAX: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where names lead to."""

    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    def filled_in(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers with secrets in place of their names. Raises NotFoundError for one that is not there.

        >>> Secrets({"TOKEN": "s3cret"}).filled_in({"authorization": "Bearer env:TOKEN", "accept": "text/plain"})
        {'authorization': 'Bearer s3cret', 'accept': 'text/plain'}
        """
        return {name: self.read(value) for name, value in headers.items()}

    def read(self, value: str) -> str:
        """`value` with the secret that it names at its end. Raises NotFoundError, which never says a secret."""
        found = REFERENCE.search(value)
        if found is None:
            return value
        secret = self._variable(found[1]) if found[1] else _content(found[2])
        return value[: found.start()] + secret

    def _variable(self, name: str) -> str:
        secret = self.environment.get(name)
        if not secret:
            raise NotFoundError(f"There is no environment variable {name}.", hint="Set it where evenkeel is started.")
        return secret


def _content(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.read(_CHARACTERS_MAX).strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "") or "it is no text"
        raise NotFoundError(f"The secret in {path} cannot be read: {why}.", hint="Name a readable file.") from None
