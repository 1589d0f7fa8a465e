"""Words of our own and of the services' addresses: they name nobody, so they stay readable in a bundle."""

from __future__ import annotations

from functools import cache

from troubleshooter.evidence.fold import sequence
from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.schema import FACTS, PERMISSIONS

# Graph and SharePoint addresses, as the collectors ask them.
_ADDRESSES = """
v1 0 v1.0 beta users user me id userPrincipalName displayName mail userType accountEnabled createdDateTime
usageLocation preferredDataLocation assignedPlans provisionedPlans onPremisesSyncEnabled mySite
onPremisesLastSyncDateTime organization verifiedDomains sites root webUrl drive admin people
photoUpdateSettings photo photos value mailboxSettings userPurpose settings exchange batch groups select
filter top expand search count eq any or and proxyAddresses smtp mailNickname startswith true false null
_api _layouts 15 16 aspx userphoto size S M L accountname url SP UserProfiles PeopleManager GetPropertiesFor
GetUserProfilePropertyFor i 0 f membership v ext my web GetFileByServerRelativePath Name Length
GetFolderByServerRelativePath decodedurl Files Folders TimeLastModified ServerRelativeUrl Photos Profile
Pictures SThumb MThumb LThumb Thumb jpg jpeg png gif bmp webp query querytext AADObjectID sourceid
selectproperties AccountName PictureURL UserName WorkEmail LastModifiedTime DocId rowlimit trimduplicates
http https com example sharepoint onmicrosoft microsoft office www GET POST
"""
# Error codes of the services, in one piece and in their words.
_CODES = """
client server office exception resource found not image mailbox enabled hosted online error entity item
access denied request authorization forbidden unauthorized invalid token expired throttled too many requests
service unavailable timeout internal bad gateway unknown exchange graph entra
"""
_MANIFEST = """
format id created tool version evidence schema redaction replaced kinds people person number facts known
missing reason detail permission count pictures store file media type width height bytes digest asked why
collected files name size sha256 manifest json jsonl readme txt zip map image people left out back kept wanted
sources source fact facts gaps gap url at status attempts milliseconds code output powershell online room
photo troubleshooter demo redacted bundle names addresses ids hosts words accounts requests organisations
"""


@cache
def vocabulary() -> frozenset[str]:
    """All these words, folded."""
    facts = [text for info in FACTS.values() for text in (info.path, *info.choices, info.source)]
    texts = [*facts, *PERMISSIONS.values(), *GapReason, _ADDRESSES, _CODES, _MANIFEST]
    return frozenset(word for text in texts for word in sequence(text.replace("_", " ")))
