"""Every scripted person through the real path: TLS, Graph and SharePoint batches, pictures and all."""

from __future__ import annotations

import pytest

from tests.collect.conftest import Asker
from troubleshooter.evidence.record import Collected
from troubleshooter.evidence.schema import FACTS
from troubleshooter.sandbox.model import TenantState

# Read by other means than this collection, whatever the tenant allows.
NEVER_COLLECTED = {
    "mailbox.photo_change_allowed",
    "mailbox.photo_role_assigned",
    "policy.owa_set_photo_enabled",
    "photo.first_seen_at",
    "photo.previous_fingerprint",
}
HEALTHY = {
    "directory.exchange_plan": "enabled",
    "mailbox.exists": True,
    "mailbox.location": "cloud",
    "photo.present": True,
    "photo.store_class": "mailbox",
    "sharepoint.profile_exists": True,
    "sharepoint.object_id_state": "same",
    "sharepoint.picture_url_state": "set",
    "sharepoint.file_stem_matches": True,
    "sharepoint.timestamp_state": "set",
    "sharepoint.placeholder_state": "picture",
    "sharepoint.exchange_sync_state": "on",
    "sharepoint.thumbnails_present": True,
    "sharepoint.thumbnail_is_blank": False,
    "sharepoint.folder_name": "Profile Pictures",
    "sharepoint.served_is_default_image": False,
    "sharepoint.search_state": "same",
    "comparison.sharepoint_matches_photo": True,
}
NOTHING_COPIED = {
    "sharepoint.picture_url_state": "empty",
    "sharepoint.timestamp_state": "empty",
    "sharepoint.thumbnails_present": False,
    "sharepoint.served_is_default_image": True,
    "sharepoint.search_state": "no_picture",
}
NO_PHOTO = {"photo.present": False, "photo.store_class": "none", "photo.size_count": 0, "photo.sizes": ()}
OLD_PICTURE = {"comparison.sharepoint_matches_photo": False, "sharepoint.thumbnails_present": True}

EXPECTED: dict[str, dict[str, object]] = {
    "ivo.kralj": {"directory.account_enabled": False},
    "ada_fabrikam.example#EXT#": {
        "directory.user_type": "guest",
        "photo.status": 200,
        **NO_PHOTO,
        **NOTHING_COPIED,
    },
    "olaf_tailspin.example#EXT#": {"directory.user_type": "guest", "photo.store_class": "directory"},
    "mirta.sever": {"directory.exchange_plan": "missing", "mailbox.exists": False, "photo.present": True},
    "petar.lovric": {"directory.exchange_plan": "disabled", "mailbox.exists": False},
    "nika.zoric": {"directory.exchange_plan": "enabled", "mailbox.exists": False, **NO_PHOTO},
    "stjepan.matic": {
        "mailbox.exists": False,
        "mailbox.location": "on_premises",
        "directory.on_premises_synced": True,
    },
    "info": {"mailbox.exists": True, "mailbox.purpose": "shared"},
    "room.adriatic": {"mailbox.exists": True, "mailbox.purpose": "room"},
    "dario.bilic": {"photo.status": 404, "photo.error_code": "ImageNotFound", **NO_PHOTO, **NOTHING_COPIED},
    "ena.peric": {"photo.status": 200, "photo.error_code": "", **NO_PHOTO, **NOTHING_COPIED},
    "sanja.pavic": {"photo.present": False, "sharepoint.thumbnails_present": True},
    "zvonimir.rac": {"photo.sizes": ("96x96",), "photo.store_class": "directory", "photo.largest_side": 96},
    "tea.simic": {"photo.sizes": ("150x150",), "photo.store_class": "directory"},
    "hrvoje.klaric": {"photo.present": True, "photo.decodes": False},
    "iva.medved": {"photo.animated": True, "photo.format": "gif"},
    "kresimir.bosnjak": {"photo.colour_mode": "CMYK"},
    "lea.novosel": {"sharepoint.profile_exists": False},
    "jan.radic": {"sharepoint.profile_exists": False},
    "mato.filipovic": {
        "sharepoint.object_id_state": "other",
        "sharepoint.file_stem_kind": "object_id",
        "sharepoint.file_stem_matches": False,
        **OLD_PICTURE,
    },
    "vesna.katic": {"sharepoint.exchange_sync_state": "off", **OLD_PICTURE},
    "boris.santic": {
        "sharepoint.timestamp_state": "script_constant",
        "sharepoint.exchange_sync_state": "off",
    },
    "klara.vidovic": {
        "sharepoint.placeholder_state": "placeholder",
        "sharepoint.served_is_default_image": True,
    },
    "ante.milic": {"sharepoint.picture_url_state": "empty", "sharepoint.thumbnails_present": True},
    "mia.cavar": {"sharepoint.picture_url_state": "dead", "sharepoint.thumbnails_present": False},
    "toni.basic": {"sharepoint.picture_url_state": "elsewhere", "sharepoint.thumbnails_present": False},
    "greta.lindqvist": {"sharepoint.home_host_matches": False, "sharepoint.thumbnails_present": True},
    "luka.jukic": {"sharepoint.thumbnail_is_blank": True, "comparison.sharepoint_matches_photo": False},
    "paula.herceg": {"photo.present": True, **NOTHING_COPIED},
    "ana.maric": {
        "sharepoint.file_stem_kind": "user_principal_name",
        "sharepoint.file_stem_matches": False,
        **OLD_PICTURE,
    },
    "denis.oreskovic": {
        "sharepoint.timestamp_state": "unreadable",
        "sharepoint.picture_timestamp_raw": "abc",
    },
    "ema.bakic": {"sharepoint.timestamp_state": "unreadable"},
    "josip.knez": {"sharepoint.timestamp_state": "set", **OLD_PICTURE},
    "rita.supek": {"sharepoint.timestamp_state": "set", **OLD_PICTURE},
    "sven.car": {"sharepoint.served_is_default_image": True, "comparison.sharepoint_matches_photo": True},
    "dora.vlasic": {"sharepoint.search_state": "different"},
    "leon.puh": {"sharepoint.search_state": "no_picture", "sharepoint.search_picture_url": ""},
    "petra.horvat": {**HEALTHY, "sharepoint.file_stem_kind": "user_principal_name"},
    "mallory.test": HEALTHY,
    "layla.haddad": HEALTHY,
    "marko.soldo": HEALTHY,
    "ines.tadic": HEALTHY,
}


@pytest.fixture(scope="module")
def everybody(asker: Asker, tenant: TenantState) -> dict[str, Collected]:
    """All scripted people, read together; by the sign-in name before the last @."""
    found = asker.everything(*(account.upn for account in tenant.accounts))
    assert len(found) == len(tenant.accounts)
    people: dict[str, Collected] = {}
    for account, one in zip(tenant.accounts, found, strict=True):
        assert isinstance(one, Collected)
        assert one.evidence.person.id == account.id
        people[account.upn.rpartition("@")[0]] = one
    return people


@pytest.mark.parametrize("name", EXPECTED)
def test_a_scripted_persons_facts(everybody: dict[str, Collected], name: str) -> None:
    evidence = everybody[name].evidence
    assert {path: evidence.value(path) for path in EXPECTED[name]} == EXPECTED[name]


def test_where_all_can_be_read_only_what_does_not_apply_is_unknown(everybody: dict[str, Collected]) -> None:
    odd: dict[str, set[str]] = {}
    for name, one in everybody.items():
        for gap in one.evidence.gaps:
            group = FACTS[gap.fact].group
            if (
                gap.reason != "not_applicable"
                and gap.fact not in NEVER_COLLECTED
                and group not in ("ticket", "run")
            ):
                odd.setdefault(name, set()).add(gap.fact)
    undecoded = ("width", "height", "colour_mode", "animated", "has_alpha", "orientation", "fingerprint")
    assert odd.pop("hrvoje.klaric") >= {f"photo.{fact}" for fact in undecoded}
    assert odd == {
        "denis.oreskovic": {"sharepoint.picture_timestamp"},
        "ema.bakic": {"sharepoint.picture_timestamp"},
    }


def test_every_unknown_fact_has_a_gap_and_every_known_one_has_none(everybody: dict[str, Collected]) -> None:
    for one in everybody.values():
        for path, value in one.evidence.values():
            assert (value is None) == (one.evidence.gap(path) is not None), path


def test_every_fact_that_was_read_names_its_request(everybody: dict[str, Collected]) -> None:
    computed = {"comparison", "ticket", "run"}
    for one in everybody.values():
        for path, value in one.evidence.values():
            if (
                value is not None
                and FACTS[path].group not in computed
                and path != "sharepoint.picture_url_state"
            ):
                source = one.evidence.source(path)
                assert source is not None, path
                assert source.url.startswith("https://")
        assert all(source.request_id for source in one.evidence.sources)


def test_the_pictures_are_kept_as_they_were_read(everybody: dict[str, Collected]) -> None:
    pictures = everybody["petra.horvat"].pictures
    assert set(pictures) == {"photo", "thumbnail", "served"}
    assert pictures["photo"].data[:3] == b"\xff\xd8\xff"
    assert (pictures["photo"].width, pictures["thumbnail"].width) == (648, 300)
    assert "photo" not in everybody["dario.bilic"].pictures


def test_wide_and_localised_names_come_through_unchanged(everybody: dict[str, Collected]) -> None:
    assert everybody["layla.haddad"].evidence.person.display_name == "ليلى حداد"
    assert "<script>" in str(everybody["mallory.test"].evidence.person.display_name)


def test_several_people_share_their_requests(asker: Asker, tenant: TenantState) -> None:
    before = len(asker.sandbox.requests)
    asker.everything(*(account.upn for account in tenant.accounts[:10]))
    asked = list(asker.sandbox.requests)[before:]
    alone = [record.path for record in asked if not record.batched]
    assert not [path for path in alone if path.startswith("/v1.0/users")]
    assert not [path for path in alone if "GetPropertiesFor" in path]
    for once in ("/organization", "/sites/root", "photoUpdateSettings"):
        assert sum(once in record.path for record in asked) == 1


def test_the_library_is_asked_for_one_person_not_listed_whole(asker: Asker) -> None:
    before = len(asker.sandbox.requests)
    asker.one("petra.horvat@contoso.example")
    listings = [one for one in list(asker.sandbox.requests)[before:] if one.path.lower().endswith("/files")]
    assert all("startswith" in listing.query for listing in listings)


def test_progress_is_told_and_an_account_comes_once(asker: Asker) -> None:
    told: list[tuple[str, int, int]] = []
    found = asker.everything(
        "petra.horvat@contoso.example",
        "PETRA.HORVAT@contoso.example",
        progress=lambda stage, done, total: told.append((stage, done, total)),
    )
    assert len(found) == 1
    assert told == [("directory", 0, 2), ("photo", 0, 2), ("sharepoint", 0, 2), ("finished", 2, 2)]


def test_run_and_ticket_facts_are_taken_over(asker: Asker) -> None:
    run = {"run.cloud": "sandbox", "tool_version": "1.0", "run.permissions": ("User.Read.All",)}
    evidence = asker.one(
        "petra.horvat@contoso.example", run=run, ticket={"symptom": "old", "app": None}
    ).evidence
    assert (evidence.run.cloud, evidence.run.tool_version) == ("sandbox", "1.0")
    assert evidence.run.permissions == ("User.Read.All",)
    assert evidence.run.tenant_name == "Contoso d.o.o."
    assert evidence.run.collected_at is not None
    assert evidence.ticket.symptom == "old"
    gap = evidence.gap("ticket.app")
    assert gap is not None
    assert gap.reason == "not_asked"
