"""Graph users: one, a page of them, how many there are."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from troubleshooter.sandbox.access import MAILBOX, USERS, Caller, denied, graph_error
from troubleshooter.sandbox.graph_filter import BadFilter, compile_filter
from troubleshooter.sandbox.graph_properties import BASIC_PROPERTIES, PROPERTIES, SINGLE_ONLY, project
from troubleshooter.sandbox.model import Account
from troubleshooter.sandbox.wire import Call, Reply, json_reply, text_reply
from troubleshooter.sandbox.world import World

LARGEST_PAGE = 999
_JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


def _selection(call: Call) -> list[str]:
    text = call.parameter("$select") or call.parameter("select") or ""
    return [name.strip() for name in text.split(",") if name.strip()]


def _bad_selection(call: Call, names: Iterable[str], single: bool) -> Reply | None:
    for name in names:
        if name.lower() not in PROPERTIES:
            message = f"Could not find a property named '{name}' on type 'microsoft.graph.user'."
            return graph_error(call, 400, "BadRequest", message)
        if not single and name.lower() in SINGLE_ONLY:
            message = f"The property '{name}' can only be read for a single user."
            return graph_error(call, 400, "BadRequest", message)
    return None


def _may_read(caller: Caller, names: list[str], account: Account | None) -> bool:
    if caller.may(*USERS):
        return True
    if (
        account
        and not caller.app_only
        and account.id == caller.person_id
        and caller.may("User.Read", "User.ReadWrite")
    ):
        return True
    basic = names and all(name.lower() in BASIC_PROPERTIES for name in names)
    return bool(basic) and caller.may("User.ReadBasic.All")


def get_user(world: World, call: Call, caller: Caller, account: Account) -> Reply:
    """GET /users/{id}."""
    names = _selection(call)
    if not _may_read(caller, names, account):
        return denied(call)
    wrong = _bad_selection(call, names, single=True)
    if wrong:
        return wrong
    if any(name.lower() == "mailboxsettings" for name in names) and not caller.may(*MAILBOX):
        return denied(call)
    fault = world.account_fault(account, "user")
    if fault:
        return fault
    shown = f"({','.join(names)})" if names else ""
    context = f"{call.base}/v1.0/$metadata#users{shown}/$entity"
    return json_reply(200, {"@odata.context": context, **project([account], names)[0]}, _JSON)


@dataclass(frozen=True, slots=True)
class _Page:
    top: int
    start: int


def _page(call: Call) -> _Page | None:
    """The page asked for; None when the numbers make no sense."""
    text = call.parameter("$top") or "100"
    token = call.parameter("$skiptoken")
    try:
        start = int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("page:")) if token else 0
        top = int(text)
    except ValueError:
        return None
    return _Page(top, start) if 1 <= top <= LARGEST_PAGE and start >= 0 else None


def _eventual(call: Call) -> bool:
    return call.headers.get("consistencylevel", "").lower() == "eventual"


def _refused_option(call: Call) -> Reply | None:
    """Query options that the directory refuses, or that the sandbox cannot answer."""
    for option in ("$skip", "$search", "$orderby", "$expand"):
        if call.parameter(option) is not None:
            message = f"The query option {option} is not supported here."
            return graph_error(call, 400, "Request_UnsupportedQuery", message)
    return None


def list_users(world: World, call: Call, caller: Caller) -> Reply:
    """GET /users with $select, $top, $filter, $count, and an opaque $skiptoken."""
    names = _selection(call)
    if not _may_read(caller, names, None):
        return denied(call)
    wrong = _bad_selection(call, names, single=False) or _refused_option(call)
    if wrong:
        return wrong
    page = _page(call)
    if page is None:
        return graph_error(call, 400, "Request_UnsupportedQuery", "Invalid page size or paging option.")
    counted = (call.parameter("$count") or "").lower() == "true"
    advanced = counted and _eventual(call)
    try:
        chosen = _filtered(world, call.parameter("$filter"), advanced)
    except BadFilter as problem:
        return graph_error(call, 400, problem.code, str(problem))
    body: dict[str, Any] = {"@odata.context": f"{call.base}/v1.0/$metadata#users"}
    if names:
        body["@odata.context"] += f"({','.join(names)})"
    if advanced:
        body["@odata.count"] = len(chosen)
    end = page.start + page.top
    if end < len(chosen):
        body["@odata.nextLink"] = _next_link(call, end)
    accounts = world.tenant.accounts
    body["value"] = project((accounts[number] for number in chosen[page.start : end]), names)
    return json_reply(200, body, _JSON)


def count_users(world: World, call: Call, caller: Caller) -> Reply:
    """GET /users/$count: a bare number, only as an advanced query."""
    if not caller.may(*USERS):
        return denied(call)
    if not _eventual(call):
        message = "$count is not currently supported without ConsistencyLevel: eventual."
        return graph_error(call, 400, "Request_BadRequest", message)
    try:
        chosen = _filtered(world, call.parameter("$filter"), advanced=True)
    except BadFilter as problem:
        return graph_error(call, 400, problem.code, str(problem))
    return text_reply(200, str(len(chosen)), "text/plain")


def _filtered(world: World, text: str | None, advanced: bool) -> Sequence[int]:
    """Numbers of the accounts a filter lets through. Raises BadFilter."""
    if not text:
        return range(len(world.tenant.accounts))
    return world.directory.where(("users", text), compile_filter(text, advanced=advanced))


def _next_link(call: Call, start: int) -> str:
    token = base64.urlsafe_b64encode(f"page:{start}".encode()).decode()
    kept = [part for part in call.query.split("&") if part and "skiptoken" not in part.lower()]
    return f"{call.base}{call.path}?{'&'.join([*kept, f'$skiptoken={token}'])}"
