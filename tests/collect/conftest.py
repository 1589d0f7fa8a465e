"""The real path: sandbox tenant over TLS, the program's own transport, tokens given out directly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from troubleshooter.collect.people import collect_people
from troubleshooter.errors import TroubleshooterError
from troubleshooter.evidence.record import Collected, Value
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.server import Sandbox
from troubleshooter.signin.clouds import Cloud, load_cloud
from troubleshooter.transport.answer import Token
from troubleshooter.transport.graph import GraphClient
from troubleshooter.transport.service import Service
from troubleshooter.transport.session import build_session
from troubleshooter.transport.sharepoint import SharePointClient


@dataclass
class IssuedTokens:
    """Tokens from the sandbox without the sign-in dance."""

    sandbox: Sandbox
    client_id: str = DEMO_CLIENT

    def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
        return Token(self.sandbox.issue_token(resource, self.client_id), app_only=True)


@dataclass
class Asker:
    """A signed-in program in front of one sandbox. Waiting between retries takes no time."""

    sandbox: Sandbox
    cloud: Cloud
    graph: GraphClient
    sharepoint: SharePointClient

    def everything(
        self,
        *persons: str,
        run: Mapping[str, Value] | None = None,
        ticket: Mapping[str, Value] | None = None,
        sharepoint_host: str | None = None,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> list[Collected | TroubleshooterError]:
        return list(
            collect_people(
                self.graph,
                self.sharepoint,
                self.cloud,
                persons,
                run=run or {},
                ticket=ticket or {},
                now=lambda: datetime.now(UTC),
                sharepoint_host=sharepoint_host,
                progress=progress,
            )
        )

    def one(self, person: str, **options: object) -> Collected:
        """Evidence of one person who exists."""
        (found,) = self.everything(person, **options)  # type: ignore[arg-type]
        assert isinstance(found, Collected), found
        return found


AskerFactory = Callable[[Sandbox], Asker]


@pytest.fixture(scope="session")
def _open() -> Iterator[AskerFactory]:
    with ExitStack() as stack:

        def ask(sandbox: Sandbox) -> Asker:
            cloud = load_cloud(str(sandbox.cloud_file))
            session = stack.enter_context(build_session(cloud))
            service = Service(session, IssuedTokens(sandbox), sleep=lambda seconds: None)
            return Asker(sandbox, cloud, GraphClient(service, cloud), SharePointClient(service, cloud))

        yield ask


@pytest.fixture(scope="session")
def asker(_open: AskerFactory, sandbox: Sandbox) -> Asker:
    """In front of the scripted tenant that all tests share."""
    return _open(sandbox)


@pytest.fixture
def ask(_open: AskerFactory) -> AskerFactory:
    """In front of a sandbox of one's own."""
    return _open
