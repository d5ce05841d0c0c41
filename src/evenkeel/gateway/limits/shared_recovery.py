"""How a worker begins whose accounts machines share, and what becomes of the leases of those before it here."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from evenkeel.gateway.limits.lease_file import MappedLeaseFile
from evenkeel.gateway.limits.ledger import Ledger
from evenkeel.gateway.limits.shared_accounts import SharedAccounts
from evenkeel.gateway.limits.shared_link import Machine, SharedSettings
from evenkeel.kernel.errors import ConflictError

log = logging.getLogger(__name__)

#: Files of dead workers, 1.25 MiB each, that wait for the store; of more the oldest go, and what they leased is charged
#: in full when they were not heard of for long enough.
_FILES_MAX: Final = 64
_SUFFIX: Final = ".leases"


def open_shared_ledger(worker: int, machine: Machine, settings: SharedSettings) -> Ledger:
    """The ledger of a worker that begins, whether the store can be reached or not.

    Each life of a worker is a lessee of its own with a lease file of its own. When the store is joined, what dead
    workers of this machine had leased is recovered by their files. Raises OSError.
    """
    folder, boot = machine.folder, machine.boot
    folder.mkdir(parents=True, exist_ok=True)
    host = re.sub(r"[^A-Za-z0-9.]", "_", socket.gethostname())[:60]
    lessee = f"{host}@g{worker}-{machine.ids.new_id()}"
    _drop_oldest(_files(folder))
    lease_file = MappedLeaseFile(folder / (lessee + _SUFFIX), boot)
    lease_file.begin()

    def joined(accounts: SharedAccounts) -> None:
        for path in _files(folder):
            if path.stem != lessee:
                _recover(accounts, path, boot)

    return Ledger(worker, SharedAccounts(settings, lessee, machine, joined=joined), lease_file, machine.clock)


def _recover(accounts: SharedAccounts, path: Path, boot: bytes) -> None:
    try:
        left = MappedLeaseFile(path, boot, tries_max=1)
    except ConflictError:  # it lives
        return
    try:
        if not path.exists():  # another worker did it meanwhile
            return
        if left.is_trusted:
            recovered = accounts.recover(path.stem, left.used(), left.mark)
            if recovered.accounts:
                log.warning("worker %s ended early: %s", path.stem, recovered)
        # Else it is of another boot, or was copied from a machine that lives: its time will be over.
        path.unlink(missing_ok=True)
    finally:
        left.close()


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("*" + _SUFFIX))


def _drop_oldest(files: Sequence[Path]) -> None:
    with contextlib.suppress(FileNotFoundError):  # another worker was quicker
        for path in sorted(files, key=lambda path: path.stat().st_mtime)[: max(0, len(files) - _FILES_MAX)]:
            path.unlink()
