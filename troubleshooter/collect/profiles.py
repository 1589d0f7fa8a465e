"""SharePoint profiles of many people: by batch, on the host that answers.

The administration host first, because it answers apps where the root refuses them; then the root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from troubleshooter.collect.addresses import Hosts
from troubleshooter.collect.clients import SharePoint
from troubleshooter.collect.workers import Workers
from troubleshooter.transport.answer import Answer, NoToken
from troubleshooter.transport.sharepoint import BATCH_SIZE, profile_url

ASK_THE_ROOT = (401, 403, 404)


def asks_the_root(answer: Answer) -> bool:
    """The other host may know more."""
    return answer.status in ASK_THE_ROOT or answer.failure in ("dns", "refused")


class Profiles:
    """Remembers when the administration host answers nobody."""

    def __init__(
        self,
        sharepoint: SharePoint,
        hosts: Hosts,
        workers: Workers,
        batch_size: Callable[[str, int], int],
    ) -> None:
        self._sharepoint, self._hosts, self._workers = sharepoint, hosts, workers
        self._batch_size = batch_size
        self._admin_answers = True

    def ask(self, upns: Sequence[str]) -> list[Answer]:
        """One answer for each sign-in name, in order. NoToken when neither host can be signed in to."""
        if not self._admin_answers:
            return self._on(self._hosts.root, upns)
        try:
            answers = self._on(self._hosts.admin, upns)
        except NoToken:
            self._admin_answers = False
            return self._on(self._hosts.root, upns)
        again = [place for place, answer in enumerate(answers) if asks_the_root(answer)]
        if again and len(again) == len(answers):
            self._admin_answers = False
        for place, answer in zip(again, self._on(self._hosts.root, [upns[p] for p in again]), strict=True):
            answers[place] = answer
        return answers

    def _on(self, host: str, upns: Sequence[str]) -> list[Answer]:
        if not upns:
            return []
        urls = [profile_url(host, upn) for upn in upns]
        size = self._batch_size(urls[0], BATCH_SIZE)
        return self._workers.in_parts(partial(self._sharepoint.batch, host), urls, size)
