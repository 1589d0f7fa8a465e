"""Reading the custom cloud file (TOML), with every complaint naming the file, the line and the remedy."""

from __future__ import annotations

import re
import ssl
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from troubleshooter.signin.clouds import Cloud, CloudError
from troubleshooter.signin.hosts import is_host_name, is_loopback, split_address
from troubleshooter.toml_text import read_toml

_HOSTS = ("login", "graph", "exchange", "sharepoint_suffix")
_REQUIRED = ("name", *_HOSTS)
MAX_BYTES = 64 * 1024
_KEYS = (*_REQUIRED, "connect_to", "ca_bundle")


def read_cloud_file(path: Path) -> Cloud:
    """The cloud described by a file. `ca_bundle` is relative to the file. Raises CloudError."""
    text = _read(path)
    try:
        table = read_toml(text)
    except tomllib.TOMLDecodeError as problem:
        raise CloudError(
            "{file} is not valid TOML: {problem}.",
            'Each line is a key, an equals sign and a text in quotes, such as graph = "graph.example".',
            file=path,
            problem=problem,
        ) from problem
    return _File(path, text, table).cloud()


def check_ca_bundle(path: Path) -> str:
    """'' when the file holds at least one PEM certificate; otherwise what is wrong, in a few words."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=str(path))
    except ValueError:  # a NUL in the name
        return "it is not the name of a file"
    except ssl.SSLError as problem:
        return problem.reason or "it holds no PEM certificate"
    except OSError as problem:
        return problem.strerror or "it cannot be read"
    return "" if context.cert_store_stats()["x509"] else "it holds no PEM certificate"


def _read(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
        if len(raw) <= MAX_BYTES:
            return raw.decode("utf-8-sig")
    except OSError as problem:
        raise CloudError(
            "The cloud file {file} cannot be read: {problem}.",
            "Check the path after --cloud, and that you may read the file.",
            file=path,
            problem=problem.strerror or type(problem).__name__,
        ) from problem
    except UnicodeDecodeError as problem:
        raise CloudError(
            "The cloud file {file} is not UTF-8 text.", "Save it again as UTF-8.", file=path
        ) from problem
    raise CloudError(
        "The cloud file {file} is larger than {limit} kB.",
        "A cloud is described in a few lines; check the path after --cloud.",
        file=path,
        limit=MAX_BYTES // 1024,
    )


class _File:
    """One parsed file, kept together with its text so that a complaint can name the line."""

    def __init__(self, path: Path, text: str, table: dict[str, Any]) -> None:
        self.path = path
        self.text = text
        self.table = table

    def cloud(self) -> Cloud:
        self._check_keys()
        values = {key: self._text(key) for key in self.table}
        for key in _HOSTS:
            self._check_host(key, values[key])
        return Cloud(
            name=values["name"],
            login=values["login"].lower(),
            graph=values["graph"].lower(),
            exchange=values["exchange"].lower(),
            sharepoint_suffix=values["sharepoint_suffix"].lower(),
            connect_to=self._connect_to(values["connect_to"]) if "connect_to" in values else None,
            ca_bundle=self._ca_bundle(values["ca_bundle"]) if "ca_bundle" in values else None,
            custom=True,
        )

    def _where(self, key: str) -> str:
        """`file, line 3`, or the file alone when the key is written in a way a line search cannot find."""
        pattern = re.compile(rf"\s*\[?\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
        for number, line in enumerate(self.text.splitlines(), start=1):
            if pattern.match(line):
                return f"{self.path}:{number}"
        return str(self.path)

    def _check_keys(self) -> None:
        for key in self.table:
            if key in _KEYS:
                continue
            near = get_close_matches(key.lower(), _KEYS, n=1, cutoff=0.5)
            if near:
                raise CloudError(
                    "{where}: there is no key {key!r} in a cloud file.",
                    "Did you mean {near!r}? The keys are {known}.",
                    where=self._where(key),
                    key=key,
                    near=near[0],
                    known=", ".join(_KEYS),
                )
            raise CloudError(
                "{where}: there is no key {key!r} in a cloud file.",
                "The keys are {known}.",
                where=self._where(key),
                key=key,
                known=", ".join(_KEYS),
            )
        missing = [key for key in _REQUIRED if key not in self.table]
        if missing:
            raise CloudError(
                "{where}: the cloud file lacks {missing}.",
                "Add the missing keys; only connect_to and ca_bundle may be left out.",
                where=self.path,
                missing=", ".join(missing),
            )

    def _text(self, key: str) -> str:
        value = self.table[key]
        if isinstance(value, str) and value.strip():
            return value.strip()
        raise CloudError(
            "{where}: {key} must be a text in quotes that is not empty.",
            'Write it like this: {key} = "..."',
            where=self._where(key),
            key=key,
        )

    def _check_host(self, key: str, value: str) -> None:
        if is_host_name(value):
            return
        raise CloudError(
            "{where}: {key} is {value!r}, which is not a host name.",
            "Give the bare name, such as graph.example.test: no https://, port, path or leading dot.",
            where=self._where(key),
            key=key,
            value=value,
        )

    def _connect_to(self, value: str) -> tuple[str, int]:
        address = split_address(value)
        if address is None:
            raise CloudError(
                "{where}: connect_to is {value!r}, which is not an address with a port.",
                'Write it like "127.0.0.1:8443", "[::1]:8443" or "localhost:8443".',
                where=self._where("connect_to"),
                value=value,
            )
        if not is_loopback(address[0]):
            raise CloudError(
                "{where}: connect_to is {value!r}, which is not this machine. It is refused: it would "
                "send sign-ins and tokens meant for Microsoft to another computer.",
                "Use a loopback address such as 127.0.0.1:8443, or leave connect_to out.",
                where=self._where("connect_to"),
                value=value,
            )
        return address

    def _ca_bundle(self, value: str) -> Path:
        try:
            bundle = self.path.resolve().parent / Path(value).expanduser()
        except RuntimeError:  # `~name/` of somebody who has no home here
            bundle = Path(value)
        problem = check_ca_bundle(bundle)
        if problem:
            raise CloudError(
                "{where}: the ca_bundle {bundle} cannot be used: {problem}.",
                "Name a file with certificates in PEM form; a relative path starts at the cloud file.",
                where=self._where("ca_bundle"),
                bundle=bundle,
                problem=problem,
            )
        return bundle
