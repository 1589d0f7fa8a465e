"""What the evidence of some people tells of names: all that must not leave with them.

Read from the facts that hold names, from what was asked for, and from whatever looks like an address, an
object id or a host in any address or message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from urllib.parse import unquote, urlsplit

from troubleshooter.evidence.fold import sequence
from troubleshooter.evidence.names import Names
from troubleshooter.evidence.pseudonyms import GUID, SHAREPOINT_SUFFIXES, Pseudonyms
from troubleshooter.evidence.record import Evidence
from troubleshooter.evidence.vocabulary import vocabulary

CLOUDS = ("global", "gcc-high", "dod", "china")
"""Clouds that are not somebody's own."""

# The same in every tenant: people as a result source of search, and the two commonest directory roles.
# https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
PUBLIC_IDS = frozenset(
    {
        "b09a7990-05ea-4af9-81ef-edfab16c4e31",
        "62e90394-69f5-4237-9190-012177145e10",
        "fe930be7-5e62-47db-91af-98c3a49a38b1",
    }
)
_LABEL = r"[\w-]{1,63}"
_EMAIL = re.compile(rf"[\w.+'-]{{1,128}}(?:#ext#)?@{_LABEL}(?:\.{_LABEL}){{1,8}}", re.IGNORECASE)
_HOST = re.compile(
    rf"//({_LABEL}(?:\.{_LABEL}){{1,8}})"
    rf"|\b({_LABEL}\.(?:{'|'.join(map(re.escape, (*SHAREPOINT_SUFFIXES, 'onmicrosoft.com')))}))\b",
    re.IGNORECASE,
)
IP = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
"""An address of a computer. It consists of figures only, so it is no name that could be looked for."""
_THUMBNAIL = re.compile(r"_[SML]Thumb(?:\.\w+)?$", re.IGNORECASE)
_EXTENSION = re.compile(r"\.\w{2,5}$")
_MANGLED = re.compile(r"[^_].{0,200}_[^_]{1,63}_[a-z]{2,24}", re.IGNORECASE)


class Known:
    """The names in some people's evidence, with the pseudonym of each.

    `people` is called for each time that they are read; only their names are kept. `asked` are people as they
    were called on the command line, `messages` other texts that name people. `texts` are paths of facts with
    free text, `urls` of facts with addresses of pictures.
    """

    def __init__(
        self,
        people: Callable[[], Iterable[Evidence]],
        asked: Sequence[str],
        messages: Sequence[str],
        make: Pseudonyms,
        sentences: Collection[str],
        *,
        texts: Collection[str],
        urls: Collection[str],
    ) -> None:
        self.names = Names(vocabulary())
        self.suffix = ""
        self.public_words: set[str] = {word for one in PUBLIC_IDS for word in sequence(one)}
        self._make = make
        self._sentences = sentences
        for evidence in people():
            self._learn_suffix(evidence)
            if evidence.run.sharepoint_host:
                break
        for evidence in people():
            self._learn_person(evidence)
        for given in asked:
            self._learn_given(given)
        for message in messages:
            self._learn_patterns(message)
        for evidence in people():
            self._learn_places(evidence, texts, urls)

    def is_ours(self, word: str) -> bool:
        """A word that names nobody, wherever it stands."""
        return word in self.names.vocabulary or word in self.public_words or word.isdecimal()

    def _learn_suffix(self, evidence: Evidence) -> None:
        host = evidence.run.sharepoint_host or ""
        suffix = host.partition(".")[2]
        if suffix and suffix not in SHAREPOINT_SUFFIXES:
            self.suffix = self.suffix or suffix

    def _learn_person(self, evidence: Evidence) -> None:
        person, run = evidence.person, evidence.run
        self._learn_address(person.user_principal_name)
        self._learn_address(person.mail)
        self._learn_name(person.display_name, "Person")
        self._learn_id(person.id)
        self._learn_given(run.signed_in_as or "", "App")
        tenant = run.tenant or ""
        if GUID.fullmatch(tenant):
            self._learn_id(tenant)
        else:
            self.learn_domain(tenant)
        self._learn_name(run.tenant_name, "Organisation", "organisation")
        for host in (run.sharepoint_host, run.my_site_host, run.sharepoint_admin_host):
            self._learn_host(host)
        self._learn_host(evidence.sharepoint.home_host)
        if run.cloud and run.cloud not in CLOUDS:
            self._learn_name(run.cloud, "cloud", "host")

    def _learn_places(self, evidence: Evidence, texts: Collection[str], urls: Collection[str]) -> None:
        """Names that stand inside addresses and messages."""
        folder = sequence(evidence.sharepoint.folder_name or "")
        self.public_words |= {word for word in folder if not self.names.knows(word)}
        for source in evidence.sources:
            self._learn_host(host_of(source.url))
            for found in (source.url, source.error_code):
                self._learn_patterns(found)
            self._learn_id(source.request_id, "request")
        for path in (*texts, *urls):
            value = evidence.value(path)
            for item in value if isinstance(value, tuple) else (value,):
                self._learn_patterns(str(item or ""))
        for path in urls:
            self._learn_picture_url(str(evidence.value(path) or ""))
        for gap in evidence.gaps:
            if gap.detail not in self._sentences:
                self._learn_patterns(gap.detail)

    def _learn_patterns(self, text: str) -> None:
        decoded = unquote(text)
        for found in _EMAIL.findall(decoded):
            self._learn_address(found.strip("'"))
        for found in GUID.findall(decoded):
            self._learn_id(found)
        for address, bare in _HOST.findall(decoded):
            self._learn_host(address or bare)

    def _learn_given(self, value: str, word: str = "Person") -> None:
        value = value.strip()
        if GUID.fullmatch(value):
            self._learn_id(value)
        elif "@" in value:
            self._learn_address(value.removeprefix("smtp:").removeprefix("mailto:"))
        else:
            self._learn_name(value, word, "name" if word == "Person" else "account")

    def _learn_address(self, value: str | None) -> None:
        if not value:
            return
        made = self._make.address(value)
        self.names.add(value, "address", made)
        local, _, domain = value.rpartition("@")
        self.learn_domain(domain)
        guest = re.fullmatch(r"(.+)_([^_]+)#ext#", local, re.IGNORECASE)
        if guest:
            self._learn_address(f"{guest[1]}@{guest[2]}")
            return
        self.names.add(local, "name", made.partition("@")[0])
        self._learn_words(local)

    def _learn_name(self, value: str | None, word: str, kind: str = "name") -> None:
        if value:
            self.names.add(value, kind, self._make.short(word, value))
            self._learn_words(value)

    def _learn_words(self, value: str) -> None:
        for word in self.names.distinctive(value):
            self.names.add(word, "word", self._make.short("name", word))

    def _learn_id(self, value: str | None, kind: str = "id") -> None:
        if not value or value.lower() in PUBLIC_IDS:
            return
        if not GUID.fullmatch(value):
            self.names.add(value, kind, self._make.short(kind, value))
            return
        made = self._make.guid(value)
        self.names.add(value, kind, made)
        self.names.add(value.replace("-", ""), kind, made.replace("-", ""))

    def learn_domain(self, value: str) -> None:
        """Look for this domain, and for its own word in it."""
        if "." not in value:
            self._learn_name(value, "org", "host")
            return
        self.names.add(value, "host", self._make.domain(value))
        self._learn_labels(value.rpartition(".")[0])

    def _learn_host(self, value: str | None) -> None:
        if not value:
            return
        host = value.lower()
        made = self._make.host(host, self.suffix)
        if made != host:
            self.names.add(host, "host", made)
            self._learn_labels(host.rpartition(".")[0])

    def _learn_labels(self, labels: str) -> None:
        for label in self.names.distinctive(labels):
            self.names.add(label, "host", self._make.label(label))

    def _learn_picture_url(self, url: str) -> None:
        self._learn_host(host_of(url))
        for segment in unquote(_path_of(url)).split("/"):
            stem = _THUMBNAIL.sub("", segment)
            stem = _EXTENSION.sub("", stem) if stem == segment else stem
            if all(self.is_ours(word) for word in sequence(stem)) or self.names.knows(stem):
                continue
            if GUID.fullmatch(stem):
                self._learn_id(stem)
            elif _MANGLED.fullmatch(stem):
                made = f"{self._make.short('person', stem)}_{self._make.short('org', stem)}_example"
                self.names.add(stem, "file", made)
            else:
                self.names.add(stem, "file", self._make.short("file", stem))


def names_given(people: Sequence[str], tenant: str) -> Names:
    """The names that are known before anything was read."""
    known = Known(lambda: (), people, (), Pseudonyms(), (), texts=(), urls=())
    if not GUID.fullmatch(tenant):
        known.learn_domain(tenant)
    return known.names


def host_of(url: str) -> str:
    """The host of an address in lower case; '' when there is none."""
    try:
        return (urlsplit(url.strip()).hostname or "").lower()
    except ValueError:
        return ""


def _path_of(url: str) -> str:
    try:
        return urlsplit(url.strip()).path
    except ValueError:
        return url
