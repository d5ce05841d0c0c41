"""Backup and restore: one tar file with a checksum for everything in it."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from evenkeel.app.home import Home
from evenkeel.app.stores import Stores
from evenkeel.gateway.limits.recovery import ACCOUNTS_NAME
from evenkeel.gateway.limits.shared_file import RealSharedFile
from evenkeel.kernel.errors import ConflictError, CorruptDataError, NotFoundError
from evenkeel.kernel.time import isoformat
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.trail import trail

MANIFEST: Final = "manifest.json"
#: In this order: an import writes its journal before its manifest, so manifests copied first never promise
#: rows that the journals copied after them lack.
_FOLDERS: Final = ("imports", "journal", "tables", "secrets", "evenkeel.d")
_SEAL: Final = "sha256"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds."""

    path: str
    files: int
    bytes: int
    events: int
    trail_rows: int
    taken_at: str


def back_up(stores: Stores, target: Path, quiet: AbstractContextManager[Any] | None = None) -> BackupReport:
    """Write a backup of a home. `quiet` holds the fold still, so that store and journal fit together."""
    if target.exists():
        raise ConflictError(f"{target} exists already.", hint="Name a new file.", path=str(target))
    if not target.parent.is_dir():
        raise NotFoundError(f"There is no folder {target.parent}.", hint="Make it first.", path=str(target))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".evenkeel-backup-") as name:
        copy = Path(name)
        with quiet or nullcontext():
            stores.telemetry.backup(name)
            _copy_folders(stores.home.root, copy)
            _copy_accounts(stores.home, Home(copy))
            events = stores.telemetry.usage().events
        _copy_sqlite(stores.home.records, copy / stores.home.records.name)
        single = stores.home.root / "evenkeel.yaml"
        if single.is_file():
            shutil.copy2(single, copy / single.name)
        manifest = {
            "version": 1,
            "evenkeel": version("evenkeel"),
            "taken_at": isoformat(stores.clock.now_us()),
            "events": events,
            "trail_rows": _verify_trail(copy).rows,  # of the copy: the trail goes on growing meanwhile
            "files": {str(file.relative_to(copy)): _digest(file) for file in _files(copy)},
        }
        draft = target.with_name(f".{target.name}.draft")
        try:
            _pack(copy, manifest, draft)
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)
    return _report(target, manifest)


def verify_backup(source: Path) -> BackupReport:
    """Read a whole backup back: checksums, a store that opens and recounts, a trail that holds."""
    with tempfile.TemporaryDirectory(prefix="evenkeel-verify-") as name:
        return _unpack(source, Path(name))


def restore(source: Path, home: Home) -> BackupReport:
    """Put a backup in place as a home, which must be empty. Everything is checked first."""
    if home.root.exists() and any(home.root.iterdir()):
        raise ConflictError(
            f"{home.root} is not empty.", hint="Name an empty home; nothing was changed.", home=str(home.root)
        )
    home.root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.root.parent, prefix=".evenkeel-restore-") as name:
        unpacked = Path(name) / "home"
        unpacked.mkdir(mode=0o700)
        report = _unpack(source, unpacked)
        if home.root.exists():
            home.root.rmdir()
        unpacked.rename(home.root)
    return report


def _copy_folders(root: Path, copy: Path) -> None:
    for folder in _FOLDERS:
        if (root / folder).is_dir():
            shutil.copytree(root / folder, copy / folder, ignore=shutil.ignore_patterns(".*", "lock"))


def _copy_accounts(home: Home, copy: Home) -> None:
    """What is used of limits, no record of it half written.

    What workers know of their leases stays behind: where the accounts are restored, every lease counts as used.
    """
    accounts = home.limits / ACCOUNTS_NAME
    if not accounts.is_file():
        return
    copy.limits.mkdir(mode=0o700)
    size = accounts.stat().st_size
    shared = RealSharedFile(accounts, size)
    try:
        with shared.locked():
            content = shared.read(0, size)
    finally:
        shared.close()
    (copy.limits / ACCOUNTS_NAME).write_bytes(content)


def _copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy while others write."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _pack(copy: Path, manifest: Mapping[str, Any], target: Path) -> None:
    with tarfile.open(target, "w") as tar:
        text = json.dumps({**manifest, _SEAL: _seal(manifest)}, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(text), 0o600
        tar.addfile(entry, io.BytesIO(text))
        for file in _files(copy):
            tar.add(file, arcname=str(file.relative_to(copy)))
    target.chmod(0o600)


def _unpack(source: Path, target: Path) -> BackupReport:
    if not source.is_file():
        raise NotFoundError(f"There is no backup {source}.", hint="Check the path.", path=str(source))
    try:
        with tarfile.open(source) as tar:
            tar.extractall(target, filter="data")
        manifest: Mapping[str, Any] = json.loads((target / MANIFEST).read_bytes())
        expected: Mapping[str, str] = manifest["files"]
        if manifest[_SEAL] != _seal({name: value for name, value in manifest.items() if name != _SEAL}):
            raise ValueError("its manifest was altered")
    except (tarfile.TarError, OSError, ValueError, KeyError, TypeError) as error:
        raise CorruptDataError(f"{source.name} is no whole backup: {error}.", hint="Use another one.") from error
    (target / MANIFEST).unlink()
    found = {str(file.relative_to(target)): _digest(file) for file in _files(target)}
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        raise CorruptDataError(
            f"{len(wrong)} files of {source.name} are not what was written: {', '.join(wrong[:5])}.",
            hint="Use another backup.",
            files=wrong,
        )
    _check_stores(target, manifest, source)
    return _report(source, manifest)


def _check_stores(root: Path, manifest: Mapping[str, Any], source: Path) -> None:
    telemetry = DuckTelemetry(str(root / "telemetry.duckdb"))
    try:
        events = telemetry.usage().events
    finally:
        telemetry.close()
    report = _verify_trail(root)
    if events != manifest["events"] or report.rows != manifest["trail_rows"] or report.broken_at is not None:
        raise CorruptDataError(
            f"{source.name} holds {events} events and {report.rows} trail rows; its manifest says"
            f" {manifest['events']} and {manifest['trail_rows']}. {report.why}",
            hint="Use another backup.",
        )


def _verify_trail(root: Path) -> trail.TrailReport:
    records = Records.open(f"sqlite:///{root / 'records.sqlite'}")
    try:
        return trail.verify(records)
    finally:
        records.close()


def _seal(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _files(root: Path) -> Generator[Path]:
    for file in sorted(root.rglob("*")):
        if file.is_file() and not file.name.endswith((".wal", "-wal", "-shm")):
            yield file


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _report(path: Path, manifest: Mapping[str, Any]) -> BackupReport:
    return BackupReport(
        path=str(path),
        files=len(manifest["files"]),
        bytes=path.stat().st_size,
        events=manifest["events"],
        trail_rows=manifest["trail_rows"],
        taken_at=manifest["taken_at"],
    )
