"""Where tokens are kept between runs: encrypted by the operating system, or in a plain file on consent.

DPAPI on Windows, Keychain on macOS, libsecret on Linux, all by msal-extensions:
https://github.com/AzureAD/microsoft-authentication-extensions-for-python
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from troubleshooter.errors import Message, RunFailed, UsageError
from troubleshooter.signin.aadsts import marked

Protection = Literal["dpapi", "keychain", "libsecret", "plain"]
PROTECTIONS: tuple[Protection, ...] = ("dpapi", "keychain", "libsecret", "plain")
_ENCRYPTED_FILE, _PLAIN_FILE = "tokens.bin", "tokens.json"

# It logs with the whole trace what we tell in a sentence.
logging.getLogger("msal_extensions").setLevel(logging.CRITICAL)


class NoSafePlace(UsageError):
    """This machine offers no encrypted place, and nobody consented to a plain file."""


class VaultUnreadable(RunFailed):
    """What is kept cannot be read: damaged, or encrypted for somebody else."""


class FolderUnwritable(RunFailed):
    """The folder of kept sign-ins cannot be written."""

    def __init__(self, folder: Path, problem: Exception) -> None:
        super().__init__(
            "The folder {folder} of kept sign-ins cannot be written ({reason}).",
            "Check its permissions and the space on the disk, or name another one in "
            "PHOTO_TROUBLESHOOTER_SIGN_IN_DIR.",
            folder=folder,
            reason=_reason(problem),
        )


@dataclass(frozen=True, slots=True)
class Vault:
    """A token cache of msal that survives the run; `location` is its file, or marks an entry elsewhere."""

    cache: Any
    protection: Protection
    location: Path

    @property
    def encrypted(self) -> bool:
        """Whether the operating system encrypts it."""
        return self.protection != "plain"


def safest(folder: Path, *, allow_plain: bool) -> Vault:
    """The encrypted place of this system; a plain file where there is none and `allow_plain` consents to it.

    Raises NoSafePlace with the reason, FolderUnwritable and VaultUnreadable.
    """
    make_private(folder)
    try:
        persistence = _encrypted(folder)
    # msal-extensions raises whatever its platform libraries raise, ImportError among them
    except Exception as problem:
        if not allow_plain:
            raise NoSafePlace(
                "This machine offers no encrypted place to keep a sign-in ({reason}), so nothing was kept.",
                "Give --allow-plaintext-cache to keep it in a file that only your account may read, or do "
                "without: every command signs in by itself and forgets the tokens when it ends.",
                reason=_reason(problem),
            ) from problem
        return opened(folder, "plain")
    return _vault(persistence, _by_system(), folder / _ENCRYPTED_FILE)


def opened(folder: Path, protection: str) -> Vault:
    """The place where an earlier sign-in was kept. Raises VaultUnreadable."""
    if protection == "plain":
        from msal_extensions import FilePersistence

        path = folder / _PLAIN_FILE
        make_private(folder)
        with contextlib.suppress(OSError):  # the file may not be there yet
            path.chmod(0o600)
        return _vault(FilePersistence(str(path)), "plain", path)
    try:
        persistence = _encrypted(folder)
    except Exception as problem:
        raise _unreadable(folder / _ENCRYPTED_FILE, _reason(problem)) from problem
    return _vault(persistence, _by_system(), folder / _ENCRYPTED_FILE)


def emptied(folder: Path, protection: str) -> None:
    """Forget everything kept in one place, readable or not."""
    if protection != "plain":
        # The secret itself is not in a file; where the store is gone there is nothing left to overwrite.
        with contextlib.suppress(Exception):
            _encrypted(folder).save("{}")
    for name in (_PLAIN_FILE,) if protection == "plain" else (_ENCRYPTED_FILE,):
        (folder / name).unlink(missing_ok=True)
        (folder / f"{name}.lockfile").unlink(missing_ok=True)


def place_of(folder: Path, protection: str) -> Path:
    """The file of a place, or the mark of an entry elsewhere."""
    return folder / (_PLAIN_FILE if protection == "plain" else _ENCRYPTED_FILE)


def make_private(folder: Path) -> None:
    """Make the folder for its owner alone, unless it is there. Raises FolderUnwritable."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise FolderUnwritable(folder, problem) from problem


def _encrypted(folder: Path) -> Any:
    """The system's encrypted store, tried out. Raises whatever its libraries raise."""
    from msal_extensions import build_encrypted_persistence
    from msal_extensions.persistence import PersistenceNotFound

    make_private(folder)
    persistence = build_encrypted_persistence(str(folder / _ENCRYPTED_FILE))
    try:
        persistence.load()
    except PersistenceNotFound:
        persistence.save("{}")
    return persistence


def _by_system() -> Protection:
    return {"win32": PROTECTIONS[0], "darwin": PROTECTIONS[1]}.get(sys.platform, PROTECTIONS[2])


def _vault(persistence: Any, protection: Protection, location: Path) -> Vault:
    from msal_extensions import CrossPlatLock, LockError
    from msal_extensions.persistence import PersistenceNotFound

    from troubleshooter.signin.vault_cache import LockedCache

    try:
        with CrossPlatLock(f"{location}.lockfile"):
            content = json.loads(persistence.load() or "{}")
    except PersistenceNotFound:
        content = {}
    except LockError as problem:
        raise FolderUnwritable(location.parent, problem) from problem
    # json.JSONDecodeError, UnicodeDecodeError, and what DPAPI, Keychain and libsecret raise
    except Exception as problem:
        raise _unreadable(location, _reason(problem)) from problem
    if not isinstance(content, dict) or not all(isinstance(part, dict) for part in content.values()):
        raise _unreadable(location, Message(marked("it is damaged"), {}))
    return Vault(LockedCache(persistence, f"{location}.lockfile"), protection, location)


def _unreadable(location: Path, reason: object) -> VaultUnreadable:
    return VaultUnreadable(
        "The sign-in kept at {place} cannot be read ({reason}).",
        "Forget it with `photo-troubleshooter logout --all`, and sign in again.",
        place=location,
        reason=reason,
    )


def _reason(problem: Exception) -> object:
    """Short, and without the content: a JSON error would quote it."""
    if isinstance(problem, ImportError):
        # libsecret is reached by PyGObject, whose absence msal-extensions tells in a long sentence.
        library = "PyGObject" if sys.platform == "linux" else problem.name or type(problem).__name__
        return Message(marked("{library} is not installed"), {"library": library})
    if isinstance(problem, ValueError):
        return Message(marked("it is damaged"), {})
    text = getattr(problem, "strerror", None) or type(problem).__name__
    return " ".join(str(text).split())[:120]
