"""Scripted people whose photo is right in Graph and goes wrong in SharePoint, in search, or on the device."""

from __future__ import annotations

from dataclasses import replace

from troubleshooter.sandbox.casting import Casting, my_host, object_id, picture_url, upn_stem
from troubleshooter.sandbox.clock import SCRIPT_CONSTANT, ago, picture_timestamp
from troubleshooter.sandbox.model import Account, Picture, Profile, Thumbnails

OLD_HOST = my_host("contosoold")
EUROPE_HOST = my_host("contosoeur")


def sharepoint_people(cast: Casting) -> tuple[Account, ...]:
    """Profile, flags, address, files, wait clock, page and search."""
    return (
        *_profiles(cast),
        *_flags(cast),
        *_addresses(cast),
        *_files(cast),
        *_clock(cast),
        *_pages(cast),
    )


def _profiles(cast: Casting) -> tuple[Account, ...]:
    gone = cast.healthy("lea.novosel", "Lea Novosel", "sharepoint-profile-missing", 201)
    lost = cast.healthy("jan.radic", "Jan Radić", "sharepoint-profile-missing", 202)
    rehired = cast.healthy("mato.filipovic", "Mato Filipović", "profile-of-other-account", 203)
    first_life = object_id("mato.filipovic before he left")
    rehired = cast.other_picture(rehired, 903, days=500)
    files = rehired.thumbnails
    return (
        replace(gone, profile=Profile(missing="null"), thumbnails=None, search_url=None),
        replace(lost, profile=Profile(missing="404"), thumbnails=None, search_url=None),
        replace(
            cast.with_profile(
                rehired, object_id=first_life, picture_url=picture_url(my_host(), first_life), sync="1"
            ),
            thumbnails=replace(files, stem=first_life) if files else None,
        ),
    )


def _flags(cast: Casting) -> tuple[Account, ...]:
    off = cast.other_picture(cast.healthy("vesna.katic", "Vesna Katić", "sync-off", 204), 905, days=40)
    script = cast.other_picture(
        cast.healthy("boris.santic", "Boris Šantić", "script-constant", 205), 906, days=2000
    )
    stuck = cast.healthy("klara.vidovic", "Klara Vidović", "placeholder-stuck", 206)
    return (
        cast.with_profile(off, sync="0"),
        cast.with_profile(script, sync="0", timestamp=SCRIPT_CONSTANT),
        cast.with_profile(stuck, placeholder="1"),
    )


def _addresses(cast: Casting) -> tuple[Account, ...]:
    unset = cast.healthy("ante.milic", "Ante Milić", "picture-url-empty", 207)
    dead = cast.healthy("mia.cavar", "Mia Ćavar", "picture-url-dead", 208)
    moved = cast.healthy("toni.basic", "Toni Bašić", "picture-url-elsewhere", 209)
    europe = cast.other_picture(
        cast.healthy("greta.lindqvist", "Greta Lindqvist", "wrong-geo", 210), 906, days=40
    )
    there = replace(europe.thumbnails, host=EUROPE_HOST) if europe.thumbnails else None
    return (
        cast.with_profile(unset, picture_url=""),
        replace(dead, thumbnails=None),
        replace(cast.with_profile(moved, picture_url=picture_url(OLD_HOST, moved.id)), thumbnails=None),
        replace(
            cast.with_profile(europe, picture_url=picture_url(EUROPE_HOST, europe.id), home_host=EUROPE_HOST),
            thumbnails=there,
            preferred_data_location="EUR",
            usage_location="SE",
        ),
    )


def _files(cast: Casting) -> tuple[Account, ...]:
    blank = cast.healthy("luka.jukic", "Luka Jukić", "thumbnail-blank", 211)
    written = ago(cast.now, hours=2)
    blank = cast.with_profile(blank, timestamp=picture_timestamp(written))
    never = cast.healthy("paula.herceg", "Paula Herceg", "never-triggered", 212)
    renamed = cast.other_picture(
        cast.healthy("ana.maric", "Ana Marić", "picture-named-after-old-name", 213), 907, days=90
    )
    old_stem = upn_stem(f"ana.horvatic@{cast.domain}")
    renamed = cast.with_profile(renamed, picture_url=picture_url(my_host(), old_stem))
    return (
        replace(blank, thumbnails=Thumbnails(blank.id, Picture(1, kind="blank"), written)),
        cast.never_copied(never),
        replace(
            renamed, thumbnails=replace(renamed.thumbnails, stem=old_stem) if renamed.thumbnails else None
        ),
    )


def _clock(cast: Casting) -> tuple[Account, ...]:
    unreadable = cast.other_picture(
        cast.healthy("denis.oreskovic", "Denis Orešković", "timestamp-unreadable", 214), 908, days=70
    )
    future = cast.other_picture(
        cast.healthy("ema.bakic", "Ema Bakić", "timestamp-unreadable", 215), 909, days=70
    )
    within = cast.healthy("josip.knez", "Josip Knez", "stale-within-window", 216)
    beyond = cast.healthy("rita.supek", "Rita Supek", "stale-beyond-window", 217)
    return (
        cast.with_profile(unreadable, timestamp="abc"),
        cast.with_profile(future, timestamp=picture_timestamp(ago(cast.now, days=-400))),
        cast.other_picture(within, 910, hours=3),
        cast.other_picture(beyond, 911, days=9),
    )


def _pages(cast: Casting) -> tuple[Account, ...]:
    served = cast.healthy("sven.car", "Sven Čar", "page-serves-default", 218)
    old_row = cast.healthy("dora.vlasic", "Dora Vlašić", "search-index-stale", 219)
    no_row = cast.healthy("leon.puh", "Leon Puh", "search-index-stale", 220)
    old_address = picture_url(my_host(), upn_stem(f"dora.vlasic@{cast.domain}"))
    return (
        replace(served, serves_default=True),
        replace(old_row, search_url=old_address),
        replace(no_row, search_url=""),
    )


def client_people(cast: Casting) -> tuple[Account, ...]:
    """Everything is right on the servers."""
    by_name = cast.healthy(
        "petra.horvat", "Petra Horvat", "fine-everywhere", 221, job_title="Support engineer"
    )
    stem = upn_stem(by_name.upn)
    address = picture_url(my_host(), stem)
    files = by_name.thumbnails
    return (
        replace(
            cast.with_profile(by_name, picture_url=address),
            thumbnails=replace(files, stem=stem) if files else None,
        ),
        cast.healthy(
            "mallory.test",
            '<script>alert(1)</script> "Mallory" & O\'Neil {{ 7*7 }}',
            "fine-everywhere",
            222,
        ),
        cast.healthy("layla.haddad", "ليلى حداد", "fine-everywhere", 223),
        cast.healthy(
            "marko.soldo",
            "Marko Soldo",
            "browser-cache",
            224,
            ticket={"symptom": "old", "app": "sharepoint", "private_window": "new"},
        ),
        cast.healthy(
            "ines.tadic", "Ines Tadić", "teams-cache", 225, ticket={"symptom": "old", "app": "teams"}
        ),
    )
