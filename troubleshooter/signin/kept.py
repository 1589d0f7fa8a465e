"""Whose sign-ins are kept on this machine: a list without secrets beside the place of the tokens.

Only `login` writes to it. It tells without opening anything encrypted whether there is something to open.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from troubleshooter.signin.credentials import PERSONAL
from troubleshooter.signin.vault import (
    PROTECTIONS,
    FolderUnwritable,
    Vault,
    VaultUnreadable,
    emptied,
    make_private,
    opened,
)

_FILE = "sign-ins.json"
_VERSION = 1
_KINDS = ("ACCESS_TOKEN", "REFRESH_TOKEN", "ID_TOKEN")


@dataclass(frozen=True, slots=True)
class Kept:
    """One person's sign-in to one application in one tenant. No secret is in it.

    `account_id` is msal's home account id, `tenants` are the names the tenant was called by.
    """

    username: str
    account_id: str
    tenant_id: str
    tenants: tuple[str, ...]
    client_id: str
    cloud: str
    login: str
    auth: str
    protection: str
    signed_in_at: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it this sign-in and no other."""
        return self.account_id, self.tenant_id.lower(), self.client_id.lower(), self.login

    def named(self, account: str) -> bool:
        """Whether a person means this account by its sign-in name or id."""
        return account.lower() in (self.username.lower(), self.account_id.lower())


class KeptSignIns:
    """The folder with the list and the tokens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> tuple[Kept, ...]:
        """Every kept sign-in, the latest last; what cannot be understood is left out."""
        try:
            table = json.loads((self.folder / _FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return ()
        rows = table.get("sign_ins") if isinstance(table, dict) else None
        found = (_kept(row) for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()
        return tuple(one for one in found if one is not None)

    def matching(self, *, login: str, client_id: str, tenant_id: str = "") -> tuple[Kept, ...]:
        """Those for an application at a sign-in host; with `tenant_id` in that tenant alone."""
        return tuple(
            one
            for one in self.all()
            if one.login == login
            and one.client_id.lower() == client_id.lower()
            and (not tenant_id or one.tenant_id.lower() == tenant_id.lower())
        )

    def add(self, new: Kept) -> None:
        """Add one, in place of the same one of earlier. Raises FolderUnwritable.

        Where the earlier one was kept in another place its tokens are taken out: a plain file must not
        outlive the change to an encrypted place.
        """
        moved = [one for one in self.all() if one.key == new.key and one.protection != new.protection]
        with contextlib.suppress(VaultUnreadable):
            self.remove(moved)
        with self._changing():
            earlier = [one for one in self.all() if one.key != new.key]
            self._write([*earlier, new])

    def remove(self, gone: Sequence[Kept]) -> None:
        """Forget sign-ins, and their tokens first. Raises FolderUnwritable, VaultUnreadable."""
        if not gone:
            return
        with self._changing():
            left = [one for one in self.all() if one not in gone]
            for protection in dict.fromkeys(one.protection for one in gone):
                remaining = [one for one in left if one.protection == protection]
                if remaining:
                    vault = opened(self.folder, protection)
                    for one in gone:
                        if one.protection == protection:
                            _forget(vault, one, remaining)
                else:
                    emptied(self.folder, protection)
            self._write(left)

    def remove_all(self) -> None:
        """Forget everything, readable or not. Raises FolderUnwritable."""
        if not self.folder.is_dir():
            return
        with self._changing():
            for protection in dict.fromkeys((*(one.protection for one in self.all()), *self._found())):
                emptied(self.folder, protection)
            (self.folder / _FILE).unlink(missing_ok=True)

    def scopes(self, kept: Kept) -> dict[str, tuple[str, ...]]:
        """What the kept tokens of a sign-in allow, by resource; nothing is asked of anybody.

        Raises VaultUnreadable.
        """
        cache = opened(self.folder, kept.protection).cache
        query = {"home_account_id": kept.account_id, "client_id": kept.client_id, "realm": kept.tenant_id}
        found: dict[str, set[str]] = {}
        for token in cache.search(cache.CredentialType.ACCESS_TOKEN, query=query):
            for scope in str(token.get("target") or "").split():
                resource, slash, name = scope.rpartition("/")
                if slash or scope not in ("openid", "profile", "offline_access", "email"):
                    found.setdefault(resource, set()).add(name)
        return {resource: tuple(sorted(names)) for resource, names in sorted(found.items())}

    def _found(self) -> list[str]:
        """Places with something in them, whether or not the list names them."""
        encrypted = next(one for one in PROTECTIONS if one != "plain")
        files = {"tokens.json": "plain", "tokens.bin": encrypted}
        return [protection for name, protection in files.items() if (self.folder / name).exists()]

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """One process at a time, and a folder that can be written."""
        from msal_extensions import CrossPlatLock, LockError

        make_private(self.folder)
        try:
            with CrossPlatLock(str(self.folder / f"{_FILE}.lockfile")):
                yield
        except (OSError, LockError) as problem:
            raise FolderUnwritable(self.folder, problem) from problem

    def _write(self, kept: Sequence[Kept]) -> None:
        if not kept:
            (self.folder / _FILE).unlink(missing_ok=True)
            return
        text = json.dumps({"version": _VERSION, "sign_ins": [asdict(one) for one in kept]}, indent=2)
        handle, temporary = tempfile.mkstemp(prefix=f".{_FILE}.", dir=self.folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text + "\n")
            Path(temporary).replace(self.folder / _FILE)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise


def utc_now() -> str:
    """The moment as it is written down."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def _forget(vault: Vault, gone: Kept, remaining: Sequence[Kept]) -> None:
    """Take one sign-in's tokens out; the account itself only when no other sign-in of it stays."""
    cache, kinds = vault.cache, vault.cache.CredentialType
    query = {"home_account_id": gone.account_id, "client_id": gone.client_id, "environment": gone.login}
    shares = any(
        (one.account_id, one.client_id, one.login) == (gone.account_id, gone.client_id, gone.login)
        for one in remaining
    )
    for name in _KINDS:
        kind = getattr(kinds, name)
        # A refresh token serves every tenant of an account, so it stays as long as another one needs it.
        wanted = {**query, "realm": gone.tenant_id} if name != "REFRESH_TOKEN" else query
        if name == "REFRESH_TOKEN" and shares:
            continue
        for entry in list(cache.search(kind, query=wanted)):
            cache.modify(kind, entry)
    if not any(one.account_id == gone.account_id and one.login == gone.login for one in remaining):
        owned = {"home_account_id": gone.account_id, "environment": gone.login}
        for entry in list(cache.search(kinds.ACCOUNT, query=owned)):
            cache.remove_account(entry)


def _kept(row: dict[str, Any]) -> Kept | None:
    """A row of the list; None when it is not one."""
    names = [one.name for one in fields(Kept)]
    texts = {name: row.get(name) for name in names if name != "tenants"}
    tenants = row.get("tenants")
    if not all(isinstance(value, str) for value in texts.values()) or not isinstance(tenants, list):
        return None
    if texts["auth"] not in PERSONAL or texts["protection"] not in PROTECTIONS or not tenants:
        return None
    return Kept(tenants=tuple(str(one) for one in tenants), **texts)  # type: ignore[arg-type]
