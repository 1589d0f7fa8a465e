"""Scripted people whose trouble lies before SharePoint: account, licence, mailbox, and the picture itself."""

from __future__ import annotations

from dataclasses import replace

from troubleshooter.sandbox.casting import Casting, my_host, picture_url, upn_stem
from troubleshooter.sandbox.clock import ago, picture_timestamp
from troubleshooter.sandbox.model import Account, GraphPhoto, Mailbox, Picture, PictureKind, Thumbnails


def source_people(cast: Casting) -> tuple[Account, ...]:
    """Account, licence and mailbox, in the order the photo travels."""
    return (
        *_accounts(cast),
        *_licences(cast),
        *_mailboxes(cast),
        *_no_photo(cast),
        *_directory_photos(cast),
    )


def _accounts(cast: Casting) -> tuple[Account, ...]:
    return (
        cast.healthy(
            "ivo.kralj", "Ivo Kralj", "account-blocked", 101, enabled=False, job_title="Left in October"
        ),
        cast.without_photo(
            cast.guest("ada", "fabrikam.example", "Ada Fabrikam (guest)", "guest-no-photo", 102), "1x1"
        ),
        replace(
            cast.guest("olaf", "tailspin.example", "Olaf Tailspin (guest)", "guest-not-synced", 103),
            photo=GraphPhoto(Picture(103, 240, 240), "single"),
        ),
    )


def _licences(cast: Casting) -> tuple[Account, ...]:
    no_plan = cast.healthy("mirta.sever", "Mirta Sever", "no-exchange-licence", 104)
    no_plan = cast.without_mailbox(cast.other_picture(no_plan, 904, days=400))
    no_plan = cast.with_profile(no_plan, sync="0")
    plan_off = cast.healthy("petar.lovric", "Petar Lovrić", "exchange-plan-off", 105)
    plan_off = cast.without_mailbox(cast.never_copied(plan_off))
    starter = cast.without_photo(
        cast.never_copied(cast.healthy("nika.zoric", "Nika Zorić", "mailbox-pending", 106)),
        code="MailboxNotEnabledForRESTAPI",
    )
    waiting = tuple(
        replace(plan, provisioning="PendingProvisioning") if plan.service == "exchange" else plan
        for plan in cast.plans(assigned_hours=5)
    )
    return (
        replace(no_plan, plans=cast.plans("")),
        replace(plan_off, plans=cast.plans("Deleted"), photo=GraphPhoto(Picture(105, 150, 150), "single")),
        replace(
            starter, plans=waiting, mailbox=Mailbox("none", pending=True), created=ago(cast.now, hours=6)
        ),
    )


def _mailboxes(cast: Casting) -> tuple[Account, ...]:
    on_premises = cast.without_photo(
        cast.never_copied(cast.healthy("stjepan.matic", "Stjepan Matić", "mailbox-on-premises", 107)),
        code="MailboxNotHostedInExchangeOnline",
    )
    shared = cast.healthy("info", "Info desk (shared mailbox)", "mailbox-nobody-signs-in", 108)
    room = cast.healthy("room.adriatic", "Room Adriatic", "mailbox-nobody-signs-in", 109)
    return (
        replace(
            on_premises,
            mailbox=Mailbox("on_premises"),
            on_premises_synced=True,
            on_premises_last_sync=ago(cast.now, hours=0.5),
            on_premises_name="CN=Stjepan Matić,OU=Staff,DC=contoso,DC=example",
        ),
        replace(cast.never_copied(shared), mailbox=Mailbox("cloud", "shared")),
        replace(cast.never_copied(room), mailbox=Mailbox("cloud", "room")),
    )


def _no_photo(cast: Casting) -> tuple[Account, ...]:
    def nobody(name: str, display_name: str) -> Account:
        return cast.never_copied(cast.healthy(name, display_name, "no-photo-anywhere", 110))

    removed = cast.healthy("sanja.pavic", "Sanja Pavić", "sharepoint-keeps-removed-photo", 111)
    return (
        cast.without_photo(nobody("dario.bilic", "Dario Bilić")),
        cast.without_photo(nobody("ena.peric", "Ena Perić"), "1x1"),
        cast.without_photo(removed, code="ErrorEntityNotFound"),
    )


def _directory_photos(cast: Casting) -> tuple[Account, ...]:
    small = cast.healthy("zvonimir.rac", "Zvonimir Rac", "entra-only", 112)
    odd = cast.healthy("tea.simic", "Tea Šimić", "entra-only", 113)
    return (
        replace(
            cast.tried_without_result(small, days=6),
            photo=GraphPhoto(Picture(112, 96, 96), "single"),
            on_premises_synced=True,
            on_premises_last_sync=ago(cast.now, hours=0.4),
        ),
        replace(cast.tried_without_result(odd, days=30), photo=GraphPhoto(Picture(113, 150, 150), "single")),
    )


def image_people(cast: Casting) -> tuple[Account, ...]:
    """Pictures that are there and yet do not show well."""

    def special(
        name: str, display_name: str, situation: str, seed: int, kind: PictureKind = "portrait"
    ) -> Account:
        person = cast.healthy(name, display_name, situation, seed)
        return replace(person, photo=GraphPhoto(Picture(seed, kind=kind)))

    broken = special("hrvoje.klaric", "Hrvoje Klarić", "image-undecodable", 114, "not_an_image")
    animated = special("iva.medved", "Iva Medved", "image-animated", 115, "animated")
    print_colours = special("kresimir.bosnjak", "Krešimir Bošnjak", "image-unusual-colours", 116, "cmyk")
    cut_out = special("nora.galic", "Nora Galić", "fine-everywhere", 119, "transparent")
    return (
        cast.tried_without_result(broken, days=8),
        cast.tried_without_result(animated, days=9),
        print_colours,
        _small(cast),
        _same_picture(cast.healthy("rea.tomic", "Rea Tomić", "fine-everywhere", 118), Picture(118, 648, 486)),
        _same_picture(cut_out, Picture(119, kind="transparent")),
    )


def _same_picture(account: Account, picture: Picture) -> Account:
    """Graph and SharePoint show this picture."""
    files = account.thumbnails
    photo = replace(account.photo, picture=picture)
    return replace(account, photo=photo, thumbnails=replace(files, picture=picture) if files else None)


def _small(cast: Casting) -> Account:
    """A tiny picture, its files named after the sign-in name and its sizes with a capital X."""
    person = cast.healthy("filip.grgic", "Filip Grgić", "image-too-small", 117)
    tiny, written, stem = Picture(117, 64, 64), ago(cast.now, days=20), upn_stem(person.upn)
    person = cast.with_profile(
        person, picture_url=picture_url(my_host(), stem), timestamp=picture_timestamp(written)
    )
    return replace(
        person,
        photo=GraphPhoto(tiny, uppercase_ids=True),
        thumbnails=Thumbnails(stem, tiny, written, large=200),
    )
