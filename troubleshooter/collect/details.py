"""Why a fact is missing, in words. Whole constant sentences, so that each one is a translator's msgid.

Status, code and request id are not repeated here: the gap names its source, and the source holds them.
"""

from __future__ import annotations

REFUSED = "The service refused the request."
LOCKED = "The site is locked or archived."
KEPT_THROTTLING = "The service asked us to slow down and kept asking."
SERVICE_FAILED = "The service failed to answer."
NO_ANSWER = "No answer came."
HOST_UNKNOWN = "No answer came: the host name is not known."
CONNECTION_REFUSED = "No answer came: the connection was refused."
NOT_TRUSTED = "No answer came: the certificate of the host is not trusted, as behind an inspecting proxy."
PROXY_REFUSED = "No answer came: the proxy cannot be reached or does not let us through."
PROXY_SIGN_IN = "No answer came: the proxy wants a user name and a password."
TIMED_OUT = "No answer came in time."
ANSWER_TOO_LARGE = "The answer is larger than we accept."
WRONG_REDIRECT = "The service sent us to another address, which was not followed."
FOREIGN_ADDRESS = "The address is not one of this cloud, so it was not asked."
INDETERMINATE = "The service answered with an unknown error, which may pass."
REDIRECTED = "The service answered with a redirect instead of data."
REQUEST_NOT_UNDERSTOOD = "The service did not accept the request."
NOT_OFFERED = "This cloud does not offer the call."
NOT_JSON = "The answer is not JSON, as if a proxy or an error page stood in between."
WRONG_SHAPE = "The answer is JSON, but not of the documented shape."
PROPERTY_MISSING = "The answer lacks this property."
PROPERTY_UNREADABLE = "The property has a value we do not know."
NOT_FOUND = "The service does not know what was asked for."

ACCOUNT_VANISHED = "The account was not found a moment after it had been read."
NO_WORKLOAD = "The tenant has no Exchange Online that could be asked."
NO_MAILBOX_HERE = "There is no mailbox in Exchange Online."
MAILBOX_ELSEWHERE_OR_NONE = (
    "Exchange Online has no mailbox for this synchronised account; it may be on premises or not exist at all."
)
NO_EXCHANGE_PLAN = "The account has no Exchange plan."
NOT_SYNCHRONISED = "The account is not synchronised from on premises."

NO_PHOTO = "There is no photo."
PHOTO_UNKNOWN = "Whether there is a photo is not known."
PHOTO_BYTES_MISSING = "Graph describes a photo but did not hand out its file."
NOT_A_PICTURE = "The answer is text instead of a picture."
NOT_DECODED = "The picture could not be decoded."
STORE_AMBIGUOUS = "ambiguous: the sizes listed fit a photo of the mailbox and one of the directory."

NO_PROFILE = "SharePoint has no user profile for the account."
NO_PICTURE_URL = "The profile has no picture address."
NO_TIMESTAMP = "The profile has no picture timestamp."
NO_PERSONAL_SITE = "The profile names no personal site."
NO_ACCOUNT_NAME = "The sign-in name is not known, and SharePoint finds people by it."
NO_OBJECT_ID = "The object id is not known."
PICTURE_URL_UNKNOWN = "The picture address of the profile is not known."
NO_THUMBNAIL = "The library holds no thumbnail of this person."
THUMBNAILS_UNKNOWN = "Whether the library holds a thumbnail is not known."
FILE_OR_FOLDER_MISSING = "The folder of the picture files was not found."
DEFAULT_IMAGE_UNKNOWN = (
    "What SharePoint shows for an account that does not exist could not be read to compare with."
)
NOBODY_TO_TRY_WITH = "Nobody is known with whom this could be tried; name somebody with --person."
NO_ADDRESS_TO_TRY = "SharePoint's address is not known, so this could not be tried."
NO_HOST = "The tenant's SharePoint address could not be found out."
FOREIGN_HOST = "The SharePoint address that was found does not belong to this cloud."
NOT_INDEXED = "The people index does not know the person."
SEARCH_EMPTY = "People search returned nobody at all, as happens when an app may not see people."

SHAREPOINT_NOT_ASKED = "SharePoint refuses apps that sign in with a client secret, so it was not asked."
CERTIFICATE_NEEDED = "A certificate, managed identity or federated credential instead of the client secret"
SITES_READ = "Microsoft Graph Sites.Read.All"

NOTHING_TO_COMPARE = "There are not two pictures to compare."
GREY_ZONE = "The pictures are neither clearly the same nor clearly different."

NOT_ASKED_FOR = "This run did not ask for it."
NEEDS_EXCHANGE_POWERSHELL = "Only Exchange Online PowerShell can read this."
EXCHANGE_NO_POLICIES = "Exchange told no Outlook on the web policy."
EXCHANGE_NO_DEFAULT = "Exchange did not say which Outlook on the web policy is the default one."
EXCHANGE_NO_MAILBOX = "Exchange did not tell the mailbox of this person."
EXCHANGE_UNNAMED_POLICY = "Exchange names no Outlook on the web policy for this mailbox."
EXCHANGE_POLICY_MISSING = "Exchange did not tell the policy that this mailbox has."
EXCHANGE_UNNAMED_ROLE_POLICY = "Exchange names no role assignment policy for this mailbox."
EXCHANGE_ROLES_MISSING = (
    "Exchange did not tell all roles of the role assignment policy that this mailbox has."
)
EXCHANGE_CONTRADICTS = "Exchange told two different things."
EXCHANGE_UNSUPPORTED = "The endpoint is not supported by Microsoft, and it did not answer as it used to."
NEEDS_HISTORY = "This needs the photo history of earlier runs."
LIST_IN_A_CIRCLE = "The list led in a circle, so it may not be complete."
LIST_CUT_OFF = "The list could not be read to its end, so nobody can be said to be missing from it."
SHAREPOINT_REFUSED_SIGN_IN = "Nobody could be signed in to SharePoint with these credentials."
