"""What an app was found to hold: its permissions as its tokens name them, and what a read of each showed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Proof(StrEnum):
    """What the read that needs a permission showed. blocked: the sign-in forbids it, so none was made."""

    WORKS = "works"
    REFUSED = "refused"
    BLOCKED = "blocked"
    UNPROVEN = "unproven"


class HeldState(StrEnum):
    """What that means. not_working: the token holds it, and the service refuses all the same.

    unproven: the token holds it, and no answer proved it. unknown: neither token nor answer says anything.
    """

    HAVE = "have"
    NOT_WORKING = "not_working"
    MISSING = "missing"
    BLOCKED = "blocked"
    UNPROVEN = "unproven"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Held:
    """One permission as it was found.

    `granted_by` names for each permission to grant the one in the token that holds it, '' for none; it is
    None when the token cannot be read, or there is none. `detail` says why a proof failed, `url` what was
    asked, `status` the answer (0 for none).
    """

    key: str
    granted_by: Mapping[str, str] | None
    proof: Proof
    detail: str = ""
    url: str = ""
    status: int = 0
    request_id: str = ""

    @property
    def granted(self) -> bool | None:
        """Whether the token holds it, by whatever name; None when nobody can tell."""
        return None if self.granted_by is None else all(self.granted_by.values())

    @property
    def state(self) -> HeldState:
        """The proof has the last word; without one the token has it."""
        if self.proof is Proof.WORKS:
            return HeldState.HAVE
        if self.proof is Proof.BLOCKED:
            return HeldState.BLOCKED
        if self.proof is Proof.REFUSED:
            return HeldState.NOT_WORKING if self.granted else HeldState.MISSING
        if self.granted is None:
            return HeldState.UNKNOWN
        return HeldState.UNPROVEN if self.granted else HeldState.MISSING

    @property
    def lost(self) -> bool:
        """What needs it cannot be read."""
        return self.state in (HeldState.NOT_WORKING, HeldState.MISSING, HeldState.BLOCKED)


@dataclass(frozen=True, slots=True)
class Inventory:
    """All permissions, and by service what the tokens hold. None for a service whose token says nothing."""

    held: tuple[Held, ...]
    tokens: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
