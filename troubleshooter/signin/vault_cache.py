"""The token cache of msal-extensions, with readers that wait for writers."""

from __future__ import annotations

from typing import Any

from msal_extensions import CrossPlatLock, PersistedTokenCache


class LockedCache(PersistedTokenCache):  # type: ignore[misc]  # msal-extensions has no types
    """Reads under the lock that writers hold.

    msal-extensions empties the file before it writes, reads without a lock, and takes an empty file for an
    empty cache: two commands at once, and one of them finds nobody signed in.
    https://github.com/AzureAD/microsoft-authentication-extensions-for-python/blob/dev/msal_extensions/token_cache.py
    """

    def __init__(self, persistence: Any, lock_location: str) -> None:
        super().__init__(persistence, lock_location)
        self._lock_file = lock_location

    def search(self, credential_type: Any, **kwargs: Any) -> list[Any]:
        """Matching entries of what is kept now."""
        with CrossPlatLock(self._lock_file):
            self._reload_if_necessary()
        return list(super(PersistedTokenCache, self).search(credential_type, **kwargs))
