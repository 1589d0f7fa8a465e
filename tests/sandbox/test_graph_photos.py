"""Graph photos and batches."""

from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image

from tests.sandbox.wire_client import GRAPH, Wire
from troubleshooter.sandbox.model import TenantState

USERS = f"{GRAPH}/v1.0/users"
PETRA = "petra.horvat@contoso.example"


def test_a_photo_has_nine_sizes_and_its_largest_first_by_default(wire: Wire) -> None:
    sizes = [entry["id"] for entry in wire.get(f"{USERS}/{PETRA}/photos").json()["value"]]
    assert sizes == [f"{side}x{side}" for side in (48, 64, 96, 120, 240, 360, 432, 504, 648)]
    largest = wire.get(f"{USERS}/{PETRA}/photo").json()
    assert (largest["id"], largest["width"]) == ("648x648", 648)
    assert largest["@odata.mediaEtag"].startswith('"')


def test_the_bytes_have_the_size_that_is_claimed_in_any_spelling(wire: Wire) -> None:
    for size, side in (("48x48", 48), ("240X240", 240)):
        answer = wire.get(f"{USERS}/{PETRA}/photos/{size}/$value")
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert Image.open(io.BytesIO(answer.content)).size == (side, side)
    answer = wire.get(f"{USERS}/{PETRA}/photo/%24value")
    assert Image.open(io.BytesIO(answer.content)).size == (648, 648)


NO_PHOTO = [
    ("dario.bilic@contoso.example", 404, "ImageNotFound"),
    ("sanja.pavic@contoso.example", 404, "ErrorEntityNotFound"),
    ("stjepan.matic@contoso.example", 404, "MailboxNotHostedInExchangeOnline"),
    ("ena.peric@contoso.example", 200, "1x1"),
]


@pytest.mark.parametrize(("upn", "status", "word"), NO_PHOTO)
def test_no_photo_is_told_in_both_documented_ways(wire: Wire, upn: str, status: int, word: str) -> None:
    answer = wire.get(f"{USERS}/{upn}/photo")
    body = answer.json()
    assert answer.status_code == status
    assert (body["id"] if status == 200 else body["error"]["code"]) == word
    if status == 200:
        assert (body["@odata.mediaEtag"], body["@odata.mediaContentType"]) == ("", "image/gif")


def test_a_directory_photo_has_one_odd_size_and_no_standard_one(wire: Wire) -> None:
    upn = "tea.simic@contoso.example"
    assert [e["id"] for e in wire.get(f"{USERS}/{upn}/photos").json()["value"]] == ["150x150"]
    assert wire.get(f"{USERS}/{upn}/photos/648x648").status_code == 404
    assert wire.get(f"{USERS}/{upn}/photo").status_code == 200


def test_odd_images_are_what_their_people_are_for(wire: Wire) -> None:
    def photo(name: str) -> bytes:
        return wire.get(f"{USERS}/{name}@contoso.example/photo/$value").content

    with pytest.raises(OSError, match="cannot identify"):
        Image.open(io.BytesIO(photo("hrvoje.klaric")))
    assert Image.open(io.BytesIO(photo("iva.medved"))).n_frames == 2
    assert Image.open(io.BytesIO(photo("kresimir.bosnjak"))).mode == "CMYK"
    assert Image.open(io.BytesIO(photo("nora.galic"))).mode == "RGBA"
    assert Image.open(io.BytesIO(photo("rea.tomic"))).size == (648, 486)
    assert wire.get(f"{USERS}/filip.grgic@contoso.example/photo").json()["id"] == "64X64"


def test_a_batch_answers_every_item_with_its_own_status_and_base64_bytes(wire: Wire) -> None:
    answers = wire.batch(
        f"/users/{PETRA}/photo",
        f"users/{PETRA}/photos/48x48/$value",
        "/users/nobody@contoso.example/photo",
        "/users?$select=id&$top=1",
    )
    assert [answers[str(n)]["status"] for n in range(4)] == [200, 200, 404, 200]
    assert answers["0"]["body"]["id"] == "648x648"
    assert base64.b64decode(answers["1"]["body"]).startswith(b"\xff\xd8")
    assert answers["1"]["headers"]["Content-Type"] == "image/jpeg"
    assert answers["2"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert answers["3"]["body"]["@odata.nextLink"].startswith(f"{USERS}?")


def test_batch_items_do_not_come_back_in_order(wire: Wire, tenant: TenantState) -> None:
    orders = set()
    for _ in range(4):
        items = [{"id": str(n), "method": "GET", "url": f"/users/{tenant.accounts[n].id}"} for n in range(8)]
        url = f"{GRAPH}/v1.0/$batch"
        body = wire.session.post(url, json={"requests": items}, headers=wire.headers(url)).json()
        orders.add(tuple(item["id"] for item in body["responses"]))
    assert orders != {tuple(str(n) for n in range(8))}


GET_ME = {"id": "1", "method": "GET", "url": "/users"}
BAD_BATCHES = [
    ([{**GET_ME, "id": str(n)} for n in range(21)], "maximum value of 20"),
    ([GET_ME, GET_ME], "id of its own"),
    ([{**GET_ME, "id": "a"}, {**GET_ME, "id": "A"}], "id of its own"),
    ([{**GET_ME, "url": f"{GRAPH}/v1.0/users"}], "relative"),
    ([{**GET_ME, "method": "POST", "body": {}}], "Content-Type"),
]


@pytest.mark.parametrize(("items", "reason"), BAD_BATCHES)
def test_a_malformed_batch_is_refused_as_a_whole(wire: Wire, items: list[object], reason: str) -> None:
    answer = wire.post(
        f"{GRAPH}/v1.0/$batch", json.dumps({"requests": items}), Content_Type="application/json"
    )
    assert answer.status_code == 400
    assert reason in answer.json()["error"]["message"]


def test_a_failed_parent_fails_its_child_with_424(wire: Wire) -> None:
    items = [
        {"id": "1", "method": "GET", "url": "/users/nobody"},
        {"id": "2", "method": "GET", "url": "/users", "dependsOn": ["1"]},
    ]
    answer = wire.post(
        f"{GRAPH}/v1.0/$batch", json.dumps({"requests": items}), Content_Type="application/json"
    )
    assert {item["id"]: item["status"] for item in answer.json()["responses"]} == {"1": 404, "2": 424}
