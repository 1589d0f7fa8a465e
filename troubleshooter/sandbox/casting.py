"""How a person of the sandbox is put together: a healthy account first, then what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

from troubleshooter.sandbox.clock import ago, picture_timestamp
from troubleshooter.sandbox.model import (
    Account,
    GraphPhoto,
    Mailbox,
    Picture,
    Plan,
    Profile,
    Thumbnails,
)

SUFFIX = "sharepoint.sandbox.example"
DOMAIN = "contoso.example"
INITIAL_DOMAIN = "contoso.onmicrosoft.com"
TENANT_ID = "11111111-2222-3333-4444-555555555555"

# https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
EXCHANGE_STANDARD = "9aaf7827-d63c-4b61-89c3-182f06f82e5c"
EXCHANGE_FOUNDATION = "113feb6c-3fe4-4440-bddc-54d774bf0318"
SHAREPOINT_STANDARD = "c7699d2e-19aa-44de-8edf-1736da088ca1"

_IDS = UUID("5d1b9d60-6c1e-4c57-9d2e-6a4f0c1b7a11")


def object_id(name: str) -> str:
    """A stable id for a name."""
    return str(uuid5(_IDS, name))


def my_host(name: str = "contoso") -> str:
    """The My Site host of a tenant or of one of its geographies."""
    return f"{name}-my.{SUFFIX}"


def picture_url(host: str, stem: str) -> str:
    """The PictureURL property: port included and blanks encoded, as SharePoint stores it."""
    return f"https://{host}:443/User%20Photos/Profile%20Pictures/{quote(stem)}_MThumb.jpg"


def upn_stem(upn: str) -> str:
    """The older naming of thumbnail files: the sign-in name with `@` and `.` as `_`."""
    return upn.lower().replace("@", "_").replace(".", "_")


@lru_cache(maxsize=64)
def _plans(now: datetime, exchange: str, assigned_hours: float) -> tuple[Plan, ...]:
    then = ago(now, hours=assigned_hours)
    found = [
        Plan("SharePoint", SHAREPOINT_STANDARD, then),
        Plan("exchange", EXCHANGE_FOUNDATION, then),
    ]
    if exchange:
        provisioning = "Success" if exchange == "Enabled" else "Disabled"
        found.append(Plan("exchange", EXCHANGE_STANDARD, then, exchange, provisioning))
    return tuple(found)


@lru_cache(maxsize=64)
def _days_before(now: datetime, days: int) -> tuple[datetime, str]:
    """A moment, and how SharePoint writes it."""
    then = ago(now, days=days)
    return then, picture_timestamp(then)


@lru_cache(maxsize=1024)
def _picture(seed: int) -> Picture:
    return Picture(seed)


@lru_cache(maxsize=4096)
def created_before(now: datetime, days: int) -> datetime:
    """When an account of that age was made; one object for all of them."""
    return ago(now, days=days)


@dataclass(frozen=True, slots=True)
class Casting:
    """Makes accounts relative to one moment."""

    now: datetime
    domain: str = DOMAIN

    def plans(self, exchange: str = "Enabled", assigned_hours: float = 24 * 400) -> tuple[Plan, ...]:
        """SharePoint, the Exchange foundation that is no mailbox, and an Exchange plan ('' for none)."""
        return _plans(self.now, exchange, assigned_hours)

    def healthy(self, name: str, display_name: str, situation: str, seed: int, **changes: Any) -> Account:
        """Everything right: HD photo in Graph, the same picture in SharePoint five days ago, indexed."""
        upn = f"{name}@{self.domain}"
        account_id = object_id(upn)
        url = picture_url(my_host(), account_id)
        synced, stamp = _days_before(self.now, 5)
        picture = _picture(seed)
        return Account(
            id=account_id,
            upn=upn,
            display_name=display_name,
            mail=upn,
            situation=situation,
            proxy_addresses=(f"SMTP:{upn}", f"smtp:{name}@{INITIAL_DOMAIN}"),
            plans=self.plans(),
            photo=GraphPhoto(picture),
            profile=Profile(
                object_id=account_id,
                picture_url=url,
                timestamp=stamp,
                placeholder="0",
                sync="1",
                home_host=my_host(),
            ),
            thumbnails=Thumbnails(account_id, picture, synced),
            search_url=url,
            **{"created": created_before(self.now, 900 + seed % 300), **changes},
        )

    def with_profile(self, account: Account, **changes: Any) -> Account:
        """The account with other profile properties; the people index follows the picture address."""
        profile = replace(account.profile, **changes)
        return replace(account, profile=profile, search_url=profile.picture_url)

    def never_copied(self, account: Account) -> Account:
        """SharePoint has a profile and nothing in it about a picture."""
        blank = self.with_profile(account, picture_url="", timestamp="", placeholder="", sync="")
        return replace(blank, thumbnails=None)

    def tried_without_result(self, account: Account, days: float) -> Account:
        """SharePoint tried `days` ago and has no picture."""
        blank = self.never_copied(account)
        then = picture_timestamp(ago(self.now, days=days))
        return self.with_profile(blank, timestamp=then, placeholder="1", sync="1")

    def other_picture(self, account: Account, seed: int, *, days: float = 0, hours: float = 0) -> Account:
        """SharePoint shows another picture, written that long ago."""
        then = ago(self.now, days=days, hours=hours)
        stem = account.thumbnails.stem if account.thumbnails else account.id
        files = Thumbnails(stem, Picture(seed), then, large=200)
        changed = self.with_profile(account, timestamp=picture_timestamp(then))
        return replace(changed, thumbnails=files)

    def without_photo(self, account: Account, none_as: str = "404", code: str = "ImageNotFound") -> Account:
        """Graph serves no photo."""
        photo = GraphPhoto(None, none_as="1x1" if none_as == "1x1" else "404", none_code=code)
        return replace(account, photo=photo)

    def without_mailbox(self, account: Account) -> Account:
        """No Exchange Online mailbox."""
        return replace(account, mailbox=Mailbox("none"))

    def guest(self, name: str, home: str, display_name: str, situation: str, seed: int) -> Account:
        """An invited guest; guests have no plans here, and SharePoint never copies their photos."""
        upn = f"{name}_{home}#EXT#@{INITIAL_DOMAIN}"
        mail = f"{name}@{home}"
        account = self.never_copied(self.healthy(name, display_name, situation, seed))
        account_id = object_id(upn)
        return replace(
            account,
            id=account_id,
            upn=upn,
            mail=mail,
            proxy_addresses=(f"SMTP:{mail}",),
            user_type="Guest",
            external_user_state="Accepted",
            plans=(),
            mailbox=Mailbox("none"),
            profile=replace(account.profile, object_id=account_id, personal_site="0", home_host=""),
        )
