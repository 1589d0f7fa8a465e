"""What people do without this program: one request after the other for each person, by hand or by library.

Both loops read for each person what `diagnose` reads: account, photo, its sizes and bytes, kind of mailbox,
the Exchange setting, the profile, the picture files' entries and bytes, the page, the people index.
They talk to the plain listener, so they need no TLS, which is in their favour. Two of the library's addresses
(a file's bytes by id, search as a function call) are none the sandbox knows: it answers 404 as slowly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import requests

from troubleshooter.collect.search import PEOPLE_SOURCE, search_url
from troubleshooter.transport.sharepoint import account_name

ROOT, MY = "contoso.sharepoint.sandbox.example", "contoso-my.sharepoint.sandbox.example"
ADMIN, GRAPH = "contoso-admin.sharepoint.sandbox.example", "graph.sandbox.example"
FOLDER = "/User Photos/Profile Pictures"
Person = tuple[str, str]


def plain_loop(server: dict[str, Any], people: Sequence[Person]) -> int:
    """A loop over `requests` with one kept connection; returns the number of requests."""
    session, base, count = requests.Session(), f"http://127.0.0.1:{server['http_port']}", 0

    def get(host: str, path: str) -> requests.Response:
        nonlocal count
        count += 1
        token = server["graph_token" if host == GRAPH else "sharepoint_token"]
        headers = {"Host": host, "Authorization": f"Bearer {token}"}
        if host != GRAPH:
            headers["Accept"] = "application/json;odata=nometadata"
        return session.get(base + path, headers=headers, timeout=60)

    for key, upn in people:
        get(GRAPH, f"/v1.0/users/{key}?$select=id,userPrincipalName,assignedPlans,accountEnabled")
        photo = get(GRAPH, f"/v1.0/users/{key}/photo")
        get(GRAPH, f"/v1.0/users/{key}/photos")
        if photo.ok:
            get(GRAPH, f"/v1.0/users/{key}/photo/$value")
        get(GRAPH, f"/v1.0/users/{key}/mailboxSettings/userPurpose")
        get(GRAPH, f"/v1.0/users/{key}/settings/exchange")
        name = quote(account_name(upn), safe="")
        call = "/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor(accountName=@v)?@v="
        get(ADMIN, f"{call}'{name}'")
        file = f"/_api/web/GetFileByServerRelativePath(decodedurl='{quote(f'{FOLDER}/{key}_LThumb.jpg')}')"
        medium = file.replace("_LThumb", "_MThumb")
        found = [get(MY, f"{one}?$select=Name,Length,TimeLastModified") for one in (file, medium)]
        if found[0].ok:
            get(MY, f"{file}/$value")
        get(ROOT, f"/_layouts/15/userphoto.aspx?size=L&accountname={quote(upn)}")
        get(ROOT, search_url(ROOT, f'AADObjectID:"{key}"').partition(ROOT)[2])
    return count


def library_loop(server: dict[str, Any], people: Sequence[Person]) -> int:
    """The same with Office365-REST-Python-Client, as its documentation shows each call.

    What it has no call for is read by hand, over one kept connection.
    """
    from office365.azure_env import _ENDPOINTS, AzureEnvironment
    from office365.graph_client import GraphClient
    from office365.runtime.client_request_exception import ClientRequestException
    from office365.runtime.http.request_options import RequestOptions
    from office365.sharepoint.client_context import ClientContext
    from office365.sharepoint.search.service import SearchService
    from office365.sharepoint.userprofiles.people_manager import PeopleManager

    base, count = f"http://127.0.0.1:{server['http_port']}", 0

    def token(name: str) -> dict[str, Any]:
        return {"access_token": server[name], "token_type": "Bearer", "expires_in": 36000}

    def sharepoint(host: str) -> Any:
        context = ClientContext(base).with_access_token(lambda: token("sharepoint_token"))

        def address(request: RequestOptions) -> None:
            request.set_header("Host", host)

        context.pending_request().beforeExecute += address
        return context

    _ENDPOINTS[AzureEnvironment.Global]["graph"] = base
    graph = GraphClient(token_callback=lambda: token("graph_token"))
    admin, my, root = sharepoint(ADMIN), sharepoint(MY), sharepoint(ROOT)
    searching = SearchService(root)

    def ask(query: Any) -> bool:
        nonlocal count
        count += 1
        try:
            query.execute_query()
        except ClientRequestException:
            return False
        return True

    session = requests.Session()

    def by_hand(path: str, host: str, name: str) -> None:
        nonlocal count
        count += 1
        headers = {"Host": host, "Authorization": f"Bearer {server[name]}"}
        session.get(base + path, headers=headers, timeout=60)

    for key, upn in people:
        user = graph.users[key]
        ask(user.select(["id", "userPrincipalName", "assignedPlans", "accountEnabled"]).get())
        if ask(user.photo.get()):
            by_hand(f"/v1.0/users/{key}/photo/$value", GRAPH, "graph_token")
        ask(user.photos.get())
        by_hand(f"/v1.0/users/{key}/mailboxSettings/userPurpose", GRAPH, "graph_token")
        by_hand(f"/v1.0/users/{key}/settings/exchange", GRAPH, "graph_token")
        ask(PeopleManager(admin).get_properties_for(account_name(upn)))
        ask(my.web.get_file_by_server_relative_path(f"{FOLDER}/{key}_MThumb.jpg").get())
        file = my.web.get_file_by_server_relative_path(f"{FOLDER}/{key}_LThumb.jpg")
        if ask(file.get()):
            ask(file.get_content())
        searching.query(f'AADObjectID:"{key}"', source_id=PEOPLE_SOURCE)
        ask(searching)
        by_hand(f"/_layouts/15/userphoto.aspx?size=L&accountname={quote(upn)}", ROOT, "sharepoint_token")
    return count
