"""SharePoint's three ways to write the same JSON: nometadata, minimalmetadata, verbose (OData v3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from troubleshooter.sandbox.wire import Call, Reply, json_reply

Mode = Literal["nometadata", "minimalmetadata", "verbose"]


def mode_of(call: Call) -> Mode:
    """The mode the Accept header asks for; SharePoint's own default is minimal metadata."""
    accept = call.headers.get("accept", "").lower().replace(" ", "")
    if "odata=verbose" in accept:
        return "verbose"
    return (
        "nometadata" if "odata=nometadata" in accept or "odata.metadata=none" in accept else "minimalmetadata"
    )


def _reply(mode: Mode, status: int, body: Any) -> Reply:
    kind = f"application/json;odata={mode};charset=utf-8"
    if mode != "verbose":
        kind = f"application/json;odata={mode};streaming=true;charset=utf-8"
    return json_reply(status, body, kind)


def verbose_value(value: Any, type_name: str = "") -> Any:
    """A value the verbose way: collections under `results`, complex values with their type."""
    if isinstance(value, (list, tuple)):
        return {
            "__metadata": {"type": "Collection"},
            "results": [verbose_value(item, type_name) for item in value],
        }
    if isinstance(value, Mapping):
        members = {name: verbose_value(item, _member_type(name)) for name, item in value.items()}
        return {"__metadata": {"type": type_name}, **members} if type_name else members
    return value


def _member_type(name: str) -> str:
    return "SP.KeyValue" if name in ("UserProfileProperties", "Cells", "Properties") else ""


def entity(call: Call, value: Mapping[str, Any], type_name: str, context: str) -> Reply:
    """One entity."""
    mode = mode_of(call)
    if mode == "verbose":
        uri = f"{call.base}{call.path}"
        meta = {"id": uri, "uri": uri, "type": type_name}
        body = {name: verbose_value(item, _member_type(name)) for name, item in value.items()}
        return _reply(mode, 200, {"d": {"__metadata": meta, **body}})
    if mode == "minimalmetadata":
        uri = f"{call.base}/_api/{context}"
        extra = {"odata.metadata": f"{call.base}/_api/$metadata#{type_name}", "odata.type": type_name}
        return _reply(mode, 200, {**extra, "odata.id": uri, "odata.editLink": context, **value})
    return _reply(mode, 200, dict(value))


def scalar(call: Call, name: str, value: str) -> Reply:
    """The result of a function that returns one text."""
    mode = mode_of(call)
    if mode == "verbose":
        return _reply(mode, 200, {"d": {name: value}})
    if mode == "minimalmetadata":
        meta = f"{call.base}/_api/$metadata#Edm.String"
        return _reply(mode, 200, {"odata.metadata": meta, "value": value})
    return _reply(mode, 200, {"value": value})


def nothing(call: Call, name: str) -> Reply:
    """The null entity: a function that found nothing."""
    mode = mode_of(call)
    if mode == "verbose":
        return _reply(mode, 200, {"d": {name: None}})
    if mode == "minimalmetadata":
        return _reply(
            mode, 200, {"odata.metadata": f"{call.base}/_api/$metadata#Edm.Null", "odata.null": True}
        )
    return _reply(mode, 200, {"odata.null": True})


def collection(call: Call, items: list[dict[str, Any]], type_name: str, next_link: str = "") -> Reply:
    """A list of entities, with the link to its next page."""
    mode = mode_of(call)
    if mode == "verbose":
        rows = [{"__metadata": {"type": type_name}, **item} for item in items]
        more = {"__next": next_link} if next_link else {}
        return _reply(mode, 200, {"d": {"results": rows, **more}})
    more = {"odata.nextLink": next_link} if next_link else {}
    if mode == "minimalmetadata":
        meta = f"{call.base}/_api/$metadata#{type_name}"
        rows = [{"odata.type": type_name, **item} for item in items]
        return _reply(mode, 200, {"odata.metadata": meta, **more, "value": rows})
    return _reply(mode, 200, {**more, "value": items})


def error(call: Call, status: int, code: str, message: str) -> Reply:
    """An error: `odata.error`, or `error` the verbose way."""
    mode = mode_of(call)
    name = "error" if mode == "verbose" else "odata.error"
    return _reply(mode, status, {name: {"code": code, "message": {"lang": "en-US", "value": message}}})
