"""What becomes of the leases of a worker that died, and how a worker begins."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.changing import Recovered
from evenkeel.gateway.limits.lease_file import LeaseFile, MappedLeaseFile
from evenkeel.gateway.limits.ledger import Ledger
from evenkeel.kernel.errors import ConflictError
from evenkeel.kernel.ports import Clock

ACCOUNTS_NAME: Final = "accounts.bin"


def recover(worker: int, accounts: Accounts, lease_file: LeaseFile) -> Recovered:
    """Charge what the dead owner of `lease_file` spent and reserved, free the rest, and begin the file anew.

    What was reserved counts as unsettled. If the file is damaged or of another boot, all that was leased does.
    Doing it again, also after having been killed while doing it, changes nothing more.
    """
    recovered = accounts.recover(worker, lease_file.used(), lease_file.mark)
    lease_file.begin()
    return recovered


def open_ledger(folder: Path, worker: int, clock: Clock, boot: bytes) -> tuple[Ledger, Recovered]:
    """The ledger of a worker that begins, and what it recovered of its predecessor. `boot`: `lease_file.read_boot`.

    Workers that had leases and do not live any more, because there are fewer than before, are recovered as well.
    Raises OSError, ConflictError (another worker with this number lives) and CorruptDataError.
    """
    lease_file = MappedLeaseFile(lease_path(folder, worker), boot)
    accounts = Accounts.open(folder / ACCOUNTS_NAME)
    recovered = recover(worker, accounts, lease_file)
    for other in sorted(accounts.lessees() - {worker}):
        try:
            left = MappedLeaseFile(lease_path(folder, other), boot, tries_max=1)
        except ConflictError:  # it lives
            continue
        try:
            recover(other, accounts, left)
        finally:
            left.close()
    return Ledger(worker, accounts, lease_file, clock), recovered


def lease_path(folder: Path, worker: int) -> Path:
    """Where the leases of a worker are."""
    return folder / f"leases-{worker:02}.bin"
