"""Secrets are planted where they are given to the program, and searched for in all that it puts out."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from tests.security.outputs import contents, leaks
from tests.security.programs import Finished, arguments_of_programs, run
from tests.signin.entra import Entra
from tests.transport.tls_server import Asked, Reply, TlsServer
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

SECRET = "planted~client+secret/ü&=%~"
PASSPHRASE = "planted~passphrase+ž/&%"
ACCESS = "planted-access-token-0123456789"
PERSON = "petra.horvat@contoso.example"
CLIENT = "99999999-8888-7777-6666-555555555555"
NAMES = ("login.test", "graph.test", "exchange.test", "*.sharepoint.test")


@pytest.fixture(scope="module")
def sandbox_with_a_planted_secret(tenant: TenantState) -> Iterator[Sandbox]:
    few = (*tenant.accounts[:4], tenant.person(PERSON))
    clients = tuple(
        replace(client, secret=SECRET) if client.id == DEMO_CLIENT else client for client in tenant.clients
    )
    kept = {account.id: account for account in few}
    with Sandbox(replace(tenant, accounts=tuple(kept.values()), clients=clients)) as running:
        yield running


@pytest.fixture(scope="module")
def protected(sandbox_with_a_planted_secret: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app's certificate with its key under a passphrase."""
    raw = sandbox_with_a_planted_secret.certificate_file(DEMO_CLIENT).read_bytes()
    key = serialization.load_pem_private_key(raw, None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSPHRASE.encode()),
    )
    path = tmp_path_factory.mktemp("locked") / "app.pem"
    path.write_bytes(locked + raw[raw.index(b"-----BEGIN CERTIFICATE") :])
    return path


def _key_lines(sandbox: Sandbox) -> list[str]:
    lines = sandbox.certificate_file(DEMO_CLIENT).read_text(encoding="ascii").splitlines()
    begin = next(place for place, line in enumerate(lines) if "PRIVATE KEY" in line)
    return lines[begin + 2 : begin + 5]


def _connection(sandbox: Sandbox, *more: str) -> list[str]:
    where = ["--cloud", str(sandbox.cloud_file), "--tenant", sandbox.tenant.domain]
    return [*where, "--client-id", DEMO_CLIENT, *more]


def test_no_secret_is_in_anything_that_the_commands_put_out(
    sandbox_with_a_planted_secret: Sandbox, protected: Path, tmp_path: Path
) -> None:
    sandbox = sandbox_with_a_planted_secret
    connection = _connection(sandbox, "--certificate", str(protected))
    given = {"PHOTO_TROUBLESHOOTER_CERTIFICATE_PASSWORD": PASSPHRASE}
    runs: list[Finished] = []

    def command(*words: str, ends: tuple[int, ...] = (0, 1, 3)) -> Finished:
        done = run(*words, folder=tmp_path, **given)
        assert done.code in ends, done.said
        runs.append(done)
        return done

    as_json = command("diagnose", PERSON, *connection, "--out", "person", "--json")
    (tmp_path / "result.json").write_bytes(as_json.stdout)
    command("diagnose", PERSON, *connection, "--out", "person", "--lang", "en", "--lang", "hr")
    command("analyze", "result.json", "--out", "analyzed")
    command("audit", *connection, "--out", "audit", "--xlsx", "--include", "guests,rooms")
    shutil.copytree(tmp_path / "audit", tmp_path / "earlier")
    command("compare", "earlier", "audit", "--csv", "changes.csv", "--out", "changes")
    command("recheck", "audit", *connection, "--person", PERSON)
    command("evaluate", "audit/evidence.parquet", "--out", "evaluated")
    command("report", "audit", "--person", PERSON, "--out", "again", "--no-open")
    command("permissions", *connection, "--json")
    command("collect", PERSON, *connection, "-o", "ticket.zip", "--redact", "--map", "ticket.map.json")
    command("bundle", "show", "ticket.zip")
    command("analyze", "ticket.zip", "--out", "concluded")
    pages = [str(path.relative_to(tmp_path)) for path in (tmp_path / "concluded").glob("*.html")]
    command("bundle", "restore", *pages, "--map", "ticket.map.json")
    command("verify", PERSON, *connection, "--wait", "0s", "--json")
    command("whoami", *connection)
    command("config", "show")
    command("demo", "--out", "demo", "--no-open", "--quiet")

    outputs = [*contents(tmp_path), *(stream for done in runs for stream in done.streams())]
    names = {name for name, _ in outputs}
    assert any("!rows" in name for name in names), "no Parquet file was looked into"
    assert any("xlsx!" in name for name in names), "no workbook was looked into"
    assert any("duckdb!" in name for name in names), "no database was looked into"
    assert any("ticket.zip!" in name for name in names), "no bundle was looked into"
    refresh = list(sandbox._world.refresh_tokens)
    assert leaks(outputs, [PASSPHRASE, *_key_lines(sandbox), *refresh]) == []


@pytest.mark.parametrize("command", ["diagnose", "audit"])
def test_a_client_secret_is_in_nothing_that_is_put_out(
    sandbox_with_a_planted_secret: Sandbox, tmp_path: Path, command: str
) -> None:
    who = [PERSON] if command == "diagnose" else []
    words = _connection(sandbox_with_a_planted_secret, "--out", "out")
    done = run(command, *who, *words, folder=tmp_path, PHOTO_TROUBLESHOOTER_CLIENT_SECRET=SECRET)
    assert done.code in (0, 1, 3), done.said
    assert leaks([*contents(tmp_path), *done.streams()], [SECRET]) == []


def test_a_device_code_and_the_tokens_it_gave_are_in_nothing_that_is_put_out(
    sandbox_with_a_planted_secret: Sandbox, tmp_path: Path
) -> None:
    sandbox = sandbox_with_a_planted_secret
    started = len(sandbox._world.refresh_tokens)
    done = run("diagnose", PERSON, *_connection(sandbox, "--auth", "device"), "--out", "o", folder=tmp_path)
    assert done.code in (0, 1, 3), done.said
    issued = list(sandbox._world.refresh_tokens)
    assert len(issued) > started
    assert leaks([*contents(tmp_path), *done.streams()], issued) == []


# What a server may do that repeats everything it was sent.


class Echo:
    """Repeats every secret it sees in every place an answer has; `how` says where it begins to misbehave."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.entra = Entra(opaque=ACCESS)
        self.sent: set[str] = set()
        self.programs: list[list[str]] = []

    def answer(self, asked: Asked) -> Reply:
        if sys.platform == "linux" and asked.method == "POST":
            self.programs += arguments_of_programs("troubleshooter.cli.main")
        if asked.host.startswith("login."):
            return self._sign_in(asked)
        sent = asked.headers.get("authorization", "")
        body: Any = {"error": {"code": sent, "message": sent, "innerError": {"request-id": sent}}}
        headers = {
            "request-id": sent,
            "www-authenticate": f'Bearer realm="", error="{sent}"',
            "location": sent,
        }
        status = {"401": 401, "403": 403, "500": 500, "redirect": 302}.get(self.how, 200)
        if status == 200:
            body = self._success(sent)
        reply = Reply.of(body, status)
        return Reply(reply.status, reply.body, {**reply.headers, **headers})

    def _success(self, sent: str) -> dict[str, Any]:
        """An account, a page, a photo and a policy in one, with the token in each text."""
        return {
            "id": sent, "userPrincipalName": f"{sent}@contoso.test", "displayName": sent, "mail": sent,
            "@odata.mediaEtag": sent, "@odata.mediaContentType": sent, "source": sent, "webUrl": f"https://{sent}/",
            "allowedRoles": [sent], "value": [{"id": sent, "displayName": sent, "userPrincipalName": sent}],
            "@odata.nextLink": f"https://graph.test/v1.0/users?$skiptoken={sent.replace(' ', '%20')}",
        }  # fmt: skip

    def _sign_in(self, asked: Asked) -> Reply:
        if asked.method == "POST":
            names = ("client_secret", "client_assertion", "device_code", "refresh_token")
            self.sent |= {asked.form[name] for name in names if name in asked.form}
        if asked.method == "POST" and asked.path.endswith("/token") and self.how.startswith("sign-in"):
            text = f"AADSTS7000215: {asked.body.decode()} {' '.join(asked.form.values())}"
            error = {"error": "invalid_client", "error_description": text, "correlation_id": text}
            return Reply.of({**error, **asked.form}, 200 if self.how == "sign-in 200" else 401)
        if self.how == "discovery" and asked.method == "GET":
            return Reply(500, b"nothing")
        return self.entra.answer(asked)


HOWS = ("sign-in", "sign-in 200", "discovery", "401", "403", "500", "redirect", "200")
AUTHS = ("secret", "certificate", "device")
ECHOES = (
    *(
        (auth, "diagnose", how)
        for auth in ("secret", "certificate", "device")
        for how in HOWS
        if how != "500"
    ),
    # A failing server is waited for, which takes real time and is the same for everybody.
    ("secret", "diagnose", "500"),
    # The audit signs in as `diagnose` does; what it reads by itself is what matters.
    ("secret", "audit", "403"),
    ("secret", "audit", "200"),
)


@pytest.mark.parametrize(("auth", "command", "how"), ECHOES)
def test_a_server_that_repeats_what_it_was_sent_gets_none_of_it_into_an_output(
    tmp_path: Path,
    echo_server: TlsServer,
    sandbox_with_a_planted_secret: Sandbox,
    protected: Path,
    how: str,
    command: str,
    auth: str,
) -> None:
    echo = Echo(how)
    echo_server.answer = echo.answer
    cloud = tmp_path / "cloud.toml"
    cloud.write_text(
        'name = "echo"\nlogin = "login.test"\ngraph = "graph.test"\nexchange = "exchange.test"\n'
        f'sharepoint_suffix = "sharepoint.test"\nconnect_to = "127.0.0.1:{echo_server.port}"\n'
        f"ca_bundle = {json.dumps(str(echo_server.ca_bundle))}\n",
        encoding="utf-8",
    )
    words = ["--cloud", str(cloud), "--tenant", "contoso.test", "--client-id", CLIENT, "--auth", auth]
    words += ["--certificate", str(protected)] if auth == "certificate" else []
    words += ["--sharepoint-host", "contoso.sharepoint.test", "--out", "out"]
    who = ["megan@contoso.test"] if command == "diagnose" else []
    done = run(
        command, *who, *words,
        folder=tmp_path,
        PHOTO_TROUBLESHOOTER_CLIENT_SECRET=SECRET,
        PHOTO_TROUBLESHOOTER_CERTIFICATE_PASSWORD=PASSPHRASE,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.said
    key = _key_lines(sandbox_with_a_planted_secret)
    planted = [SECRET, PASSPHRASE, ACCESS, "the-device-code", *key, *echo.sent]
    assert leaks([*contents(tmp_path), *done.streams()], planted) == []
    for words in echo.programs:
        assert leaks([("arguments", "\n".join(words).encode())], planted) == []
    assert echo.programs or sys.platform != "linux" or how == "discovery"


@pytest.fixture(scope="module")
def echo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    server = TlsServer(tmp_path_factory.mktemp("echo"), NAMES)
    yield server
    server.close()


@pytest.mark.parametrize("content", ["wrong passphrase", "cut off", "not a key"])
def test_a_certificate_that_cannot_be_opened_is_not_quoted(
    protected: Path, tmp_path: Path, content: str, sandbox_with_a_planted_secret: Sandbox
) -> None:
    text = protected.read_text(encoding="ascii")
    plain = sandbox_with_a_planted_secret.certificate_file(DEMO_CLIENT).read_text(encoding="ascii")
    path = tmp_path / "broken.pem"
    key = _key_lines(sandbox_with_a_planted_secret)
    written = {"wrong passphrase": text, "cut off": plain[:900], "not a key": plain.replace(key[0], "x" * 64)}
    path.write_text(written[content], encoding="ascii")
    words = _connection(sandbox_with_a_planted_secret, "--certificate", str(path))
    wrong = "planted~but~wrong"
    done = run("diagnose", PERSON, *words, folder=tmp_path, PHOTO_TROUBLESHOOTER_CERTIFICATE_PASSWORD=wrong)
    assert done.code == 2, done.said
    assert leaks(done.streams(), [wrong, PASSPHRASE, *key]) == []


def test_the_search_finds_what_is_planted(tmp_path: Path) -> None:
    assert leaks([("a", f"x {SECRET} y".encode())], [SECRET])
    assert leaks([("a", b"Bearer eyJhbGciOiJIUzI1.eyJhdWQiOiJodHR.c2ln")], [])
    assert leaks([("a", b"-----BEGIN RSA PRIVATE KEY-----")], [])
    assert leaks([("a", json.dumps("clean").encode())], [SECRET]) == []
