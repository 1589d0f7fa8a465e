"""Asking SharePoint about several people: profiles, picture files, what pages show, the people index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from troubleshooter.collect import details
from troubleshooter.collect.addresses import FileAddress, Hosts, file_address, mangled
from troubleshooter.collect.classify import inherit, status_of
from troubleshooter.collect.clients import IMAGE, SharePoint
from troubleshooter.collect.library import Library, Look, Wanted, file_value_url
from troubleshooter.collect.profiles import asks_the_root
from troubleshooter.collect.search import SEARCH_FACTS, Sought, find_people, read_search
from troubleshooter.collect.sharepoint import SHAREPOINT_FACTS, read_profile
from troubleshooter.collect.subject import Subject
from troubleshooter.collect.thumbnails import (
    NOBODY,
    SERVED_FACTS,
    THUMBNAIL_FACTS,
    named_is_missing,
    read_served,
    read_thumbnails,
    userphoto_url,
)
from troubleshooter.errors import fill
from troubleshooter.evidence.record import EvidenceBuilder, GapReason
from troubleshooter.signin.errors import SharePointSecretRefused
from troubleshooter.transport.answer import Answer, NoToken
from troubleshooter.transport.sharepoint import profile_url


def refuse_secret(builder: EvidenceBuilder) -> None:
    """Say of every SharePoint fact that an app with a secret cannot read it, and what would help."""
    for path in SHAREPOINT_FACTS:
        builder.miss(
            path, GapReason.DENIED, details.SHAREPOINT_NOT_ASKED, permission=details.CERTIFICATE_NEEDED
        )


class Sites:
    """SharePoint of one tenant. Remembers what is the same for everybody."""

    def __init__(self, sharepoint: SharePoint, hosts: Hosts, now: Callable[[], datetime]) -> None:
        self._sharepoint = sharepoint
        self._hosts = hosts
        self._now = now
        self._library = Library(sharepoint)
        self._nobody: Answer | None = None

    def collect(self, subjects: Sequence[Subject]) -> None:
        """State every SharePoint fact of these people. A step that cannot sign in leaves gaps."""
        if not self._step(self._profiles, subjects, SHAREPOINT_FACTS):
            return
        # Nothing is asked about people without a profile: all of it would be "not applicable".
        people = [one for one in subjects if one.builder.known("sharepoint.profile_exists") is not False]
        self._step(self._thumbnails, people, THUMBNAIL_FACTS)
        self._step(self._served, people, SERVED_FACTS)
        self._step(self._search, people, SEARCH_FACTS)

    def _step(
        self, step: Callable[[Sequence[Subject]], None], subjects: Sequence[Subject], facts: Sequence[str]
    ) -> bool:
        try:
            if subjects:
                step(subjects)
        except NoToken as problem:
            needed = details.CERTIFICATE_NEEDED if isinstance(problem, SharePointSecretRefused) else ""
            reason = GapReason.SERVICE_ERROR if problem.passing else GapReason.DENIED
            for subject in subjects:
                for path in facts:
                    what = fill(problem.what, problem.values)
                    subject.builder.miss(path, reason, what, permission=needed)
            return False
        return True

    def profiles(self, subjects: Sequence[Subject]) -> list[Answer]:
        """The admin host first: it answers apps where the root refuses them; then the root for the rest."""
        try:
            answers = self._ask_profiles(self._hosts.admin, subjects)
        except NoToken:  # nobody need be let into the admin host; the root has the same profiles
            answers = self._ask_profiles(self._hosts.root, subjects)
            again = []
        else:
            again = [place for place, answer in enumerate(answers) if asks_the_root(answer)]
        second = self._ask_profiles(self._hosts.root, [subjects[place] for place in again])
        for place, answer in zip(again, second, strict=True):
            answers[place] = answer
        return answers

    def _profiles(self, subjects: Sequence[Subject]) -> None:
        for subject, answer in zip(subjects, self.profiles(subjects), strict=True):
            read_profile(subject.builder, answer, self._hosts, self._now(), subject.upn)

    def _ask_profiles(self, host: str, subjects: Sequence[Subject]) -> list[Answer]:
        urls = [profile_url(host, subject.upn) for subject in subjects]
        return self._sharepoint.batch(host, urls) if urls else []

    def _thumbnails(self, subjects: Sequence[Subject]) -> None:
        looks = self._library.find(
            [files_wanted(one.builder, one.object_id, one.upn, self._hosts.my) for one in subjects]
        )
        for subject, look in zip(subjects, looks, strict=True):
            subject.look = look
            download, named = self.download(look)
            if not subject.object_id and not look.files and not (download is not None and download.ok):
                # Files are named after object ids, too, so without one nothing is missing for certain.
                inherit(subject.builder, THUMBNAIL_FACTS, "person.id", details.NO_OBJECT_ID)
                continue
            picture = read_thumbnails(subject.builder, look, download)
            subject.keep("thumbnail", picture)
            if look.wanted.named is not None and named:
                subject.builder.know("sharepoint.picture_url_state", "dead")

    def download(self, look: Look) -> tuple[Answer | None, bool]:
        """The file to compare with, and whether the very file the profile names is known to be missing."""
        named = look.wanted.named
        if look.best is not None:
            path = f"{look.folder}/{look.best.name}"
            answer = self.file(FileAddress(look.wanted.host, path))
            missing = named is not None and named_is_missing(look) and self._gone(named)
            return answer, missing
        if named is None:
            return None, False
        # The library could not be read or does not list the file: the file's own address has the last word.
        last = None
        for address in distinct_files(named):
            last = self.file(address)
            if status_of(last).ok:
                return last, False
        return last, last is not None and status_of(last).absent

    def _gone(self, named: FileAddress) -> bool:
        return status_of(self.file(named)).absent

    def file(self, address: FileAddress) -> Answer:
        """A file by its own address, or by REST where the address takes browsers only."""
        answer = self._sharepoint.get(address.url, accept=IMAGE)
        if answer.status not in (401, 403):
            return answer
        second = self._sharepoint.get(file_value_url(address), accept=IMAGE)
        return second if status_of(second).ok else answer

    def served_for(self, upn: str) -> tuple[Answer, Answer]:
        """What pages show for a person, and for nobody."""
        if self._nobody is None:
            self._nobody = self._sharepoint.get(userphoto_url(self._hosts.root, NOBODY), accept=IMAGE)
        address = userphoto_url(self._hosts.root, upn)
        return self._sharepoint.get(address, accept=IMAGE), self._nobody

    def _served(self, subjects: Sequence[Subject]) -> None:
        for subject in subjects:
            subject.keep("served", read_served(subject.builder, *self.served_for(subject.upn)))

    def _search(self, subjects: Sequence[Subject]) -> None:
        sought = [Sought(subject.object_id, subject.upn) for subject in subjects]
        for subject, result in zip(
            subjects, find_people(self._sharepoint, self._hosts.root, sought), strict=True
        ):
            read_search(subject.builder, result, self._hosts.my, subject.look)


def files_wanted(builder: EvidenceBuilder, object_id: str, upn: str, my_host: str) -> Wanted:
    """Whose files to look for: those the profile names, once it has been read, else the usual names."""
    own = usual_stems(object_id, upn)
    known = builder.known("sharepoint.picture_url")
    if builder.known("sharepoint.picture_url_state") == "set" and isinstance(known, str):
        named = file_address(known, my_host)
        return Wanted(named.host, _distinct([named.stem, *own]), named)
    return Wanted(my_host, own)


def usual_stems(object_id: str, upn: str) -> tuple[str, ...]:
    """What a person's files are named after unless the profile names another file."""
    return _distinct([object_id, mangled(upn)])


def names_another(wanted: Wanted, host: str, folder: str, stems: Iterable[str]) -> bool:
    """The profile names a file that a look for these stems in this one folder could not find."""
    named = wanted.named
    return named is not None and (
        (named.host, named.folder.lower()) != (host, folder.lower())
        or named.stem.lower() not in {stem.lower() for stem in stems}
    )


def _distinct(stems: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stem for stem in stems if stem))


def distinct_files(named: FileAddress) -> list[FileAddress]:
    """The large rendition beside the named file, then the named file."""
    stem = named.stem
    large = named.name[: len(stem)] + "_L" + named.name[len(stem) + 2 :] if stem else named.name
    names = dict.fromkeys([large, named.name])
    return [FileAddress(named.host, f"{named.folder}/{name}") for name in names]
