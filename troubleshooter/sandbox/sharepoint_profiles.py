"""SharePoint user profiles: PeopleManager, by GET and POST, with aliases or literals in the address."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_DNS, uuid5

from troubleshooter.sandbox.access import Caller, may_read_profiles
from troubleshooter.sandbox.casting import upn_stem
from troubleshooter.sandbox.model import Account
from troubleshooter.sandbox.odata import entity, error, nothing, scalar
from troubleshooter.sandbox.wire import Call, Reply
from troubleshooter.sandbox.world import World, throttled

PROFILE_TYPE = "SP.UserProfiles.PersonProperties"
DENIED_CODE = "-2147024891, System.UnauthorizedAccessException"
_MALFORMED = "-1, Microsoft.SharePoint.Client.InvalidClientQueryException"
_CLAIM = "i:0#.f|membership|"


def arguments(call: Call, text: str) -> dict[str, str] | None:
    """Arguments of a function in the (decoded) path: literals `'..'`, or aliases `@v` from the query.

    None when malformed.
    """
    found: dict[str, str] = {}
    for part in _split(text):
        name, equals, value = part.partition("=")
        if not equals:
            name, value = "", part
        if value.startswith("@"):
            value = call.parameter(value) or ""
        if len(value) < 2 or value[0] != "'" or value[-1] != "'":
            return None
        found[name.strip().lower()] = value[1:-1].replace("''", "'")
    return found


def _split(text: str) -> list[str]:
    parts = re.findall(r"(?:[^,']|'(?:[^']|'')*')+", text)
    return [part.strip() for part in parts]


def profile_account(world: World, name: str) -> Account | None:
    """The account of a claims name such as `i:0#.f|membership|ana@contoso.example`."""
    return world.account(name[len(_CLAIM) :]) if name.lower().startswith(_CLAIM) else None


def properties_of(account: Account) -> dict[str, str]:
    """UserProfileProperties as stored; names are case-sensitive and unset values are ''."""
    profile = account.profile
    has_site = profile.personal_site == "2"
    return {
        "UserProfile_GUID": str(uuid5(NAMESPACE_DNS, account.id)),
        "AccountName": account.login_name,
        "FirstName": account.display_name.partition(" ")[0],
        "PreferredName": account.display_name,
        "WorkEmail": account.mail,
        "UserName": account.upn,
        "PictureURL": profile.picture_url,
        "SPS-PictureTimestamp": profile.timestamp,
        "SPS-PicturePlaceholderState": profile.placeholder,
        "SPS-PictureExchangeSyncState": profile.sync,
        "msOnline-ObjectId": profile.object_id,
        "SPS-PersonalSiteInstantiationState": profile.personal_site,
        "PersonalSpace": f"/personal/{upn_stem(account.upn)}/" if has_site else "",
        "SPS-RecipientTypeDetails": "",
        "SPS-UserType": "1" if account.user_type == "Guest" else "0",
        "SPS-HideFromAddressLists": "False",
        "SPS-LastKeywordAdded": "",
        "SPS-UserPrincipalName": account.upn,
        "SPS-MySiteUpgrade": "",
    }


def person(world: World, account: Account) -> dict[str, Any]:
    """The PersonProperties entity; PictureUrl carries `?t=` and the key PictureURL does not."""
    values = properties_of(account)
    host = account.profile.home_host or world.sharepoint_host("-my")
    url, stamp = account.profile.picture_url, account.profile.timestamp
    name = quote(account.login_name, safe="").replace(".", "%2E")
    return {
        "AccountName": account.login_name,
        "DirectReports": [],
        "DisplayName": account.display_name,
        "Email": account.mail,
        "ExtendedManagers": [],
        "ExtendedReports": [account.login_name],
        "IsFollowed": False,
        "LatestPost": None,
        "Peers": [],
        "PersonalSiteHostUrl": f"https://{host}:443/",
        "PersonalUrl": f"https://{host}{values['PersonalSpace'] or '/'}",
        "PictureUrl": f"{url}?t={stamp}" if url else None,
        "Title": account.job_title or None,
        "UserProfileProperties": [
            {"Key": key, "Value": value, "ValueType": "Edm.String"} for key, value in values.items()
        ],
        "UserUrl": f"https://{host}:443/Person.aspx?accountname={name}",
    }


def _denied(call: Call, caller: Caller) -> Reply:
    if caller.app_only and caller.may("Sites.FullControl.All"):
        message = (
            "Access denied. You do not have permission to perform this action or access this resource. "
            "This application does not have the required permissions to access profile information."
        )
    else:
        message = "Access denied. You do not have permission to perform this action or access this resource."
    return error(call, 403, DENIED_CODE, message)


def _no_profile(call: Call, function: str, account: Account | None) -> Reply:
    shape = account.profile.missing if account else "null"
    if shape in ("404", "500"):
        code = "-1, Microsoft.Office.Server.UserProfiles.UserNotFoundException"
        return error(call, int(shape), code, "User not found.")
    if shape == "empty" and function == "GetPropertiesFor":
        empty = {"AccountName": None, "DisplayName": None, "Email": None, "PictureUrl": None}
        return entity(call, {**empty, "UserProfileProperties": []}, PROFILE_TYPE, f"{_MANAGER}/{function}")
    return nothing(call, function)


_MANAGER = "sp.userprofiles.peoplemanager"


def _ready(world: World, call: Call, caller: Caller) -> Reply | None:
    quota = world.tenant.quotas.people_manager
    spending = world.spend("people_manager", quota, 1)
    if spending.refused:
        return throttled(quota, spending)
    return None if may_read_profiles(caller) else _denied(call, caller)


def get_properties_for(world: World, call: Call, caller: Caller, arguments_text: str) -> Reply:
    """PeopleManager.GetPropertiesFor(accountName=...)."""
    return _lookup(world, call, caller, arguments_text, "GetPropertiesFor")


def get_property_for(world: World, call: Call, caller: Caller, arguments_text: str) -> Reply:
    """PeopleManager.GetUserProfilePropertyFor(accountName=..., propertyName=...)."""
    return _lookup(world, call, caller, arguments_text, "GetUserProfilePropertyFor")


def get_my_properties(world: World, call: Call, caller: Caller) -> Reply:
    """PeopleManager.GetMyProperties; an app has no profile of its own."""
    refused = _ready(world, call, caller)
    if refused:
        return refused
    account = world.account(caller.person_id)
    if account is None or account.profile.missing:
        return _no_profile(call, "GetMyProperties", account)
    return entity(call, person(world, account), PROFILE_TYPE, f"{_MANAGER}/getmyproperties")


def _lookup(world: World, call: Call, caller: Caller, text: str, function: str) -> Reply:
    refused = _ready(world, call, caller)
    if refused:
        return refused
    given = arguments(call, text)
    name = (given or {}).get("accountname") or (given or {}).get("")
    if given is None or not name:
        return error(call, 400, _MALFORMED, "The expression is not valid: an account name is needed.")
    account = profile_account(world, name)
    fault = world.account_fault(account, "profile") if account else None
    if fault:
        return fault
    if account is None or account.profile.missing:
        return _no_profile(call, function, account)
    if function == "GetPropertiesFor":
        return entity(call, person(world, account), PROFILE_TYPE, f"{_MANAGER}/getpropertiesfor")
    return scalar(call, function, properties_of(account).get(given.get("propertyname", ""), ""))
