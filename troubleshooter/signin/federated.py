"""A workload's own token as proof of an application, read anew whenever one is needed.

https://learn.microsoft.com/entra/workload-id/workload-identity-federation
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from troubleshooter.errors import UsageError
from troubleshooter.signin.credentials import SignIn

_LARGEST = 64 * 1024  # bytes; tokens of clusters and pipelines are below 4 kB


class AssertionProblem(UsageError):
    """A federated token that cannot be used."""


def assertion_reader(settings: SignIn) -> Callable[[], str]:
    """What msal calls before every request for a token: platforms replace the file every few minutes.

    Calling it raises AssertionProblem when there is nothing that could be a token.
    """
    if settings.assertion_file is None and not settings.assertion:
        raise AssertionProblem(
            "--auth federated needs the token of a workload.",
            "Name its file with --federated-token-file (or AZURE_FEDERATED_TOKEN_FILE), or put the token "
            "itself into the environment variable PHOTO_TROUBLESHOOTER_FEDERATED_TOKEN.",
        )
    file = settings.assertion_file
    if file is None:
        return lambda: _checked(settings.assertion, "PHOTO_TROUBLESHOOTER_FEDERATED_TOKEN")
    return lambda: _checked(_read(file), str(file))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("ascii")
    except OSError as problem:
        raise AssertionProblem(
            "The federated token file {file} cannot be read: {problem}.",
            "Check --federated-token-file, and that the platform mounts the token for this job.",
            file=path,
            problem=problem.strerror or type(problem).__name__,
        ) from problem
    except UnicodeDecodeError:
        return ""


def _checked(text: str, place: str) -> str:
    token = text.strip()
    if token.count(".") != 2 or any(sign.isspace() for sign in token):
        raise AssertionProblem(
            "{place} holds no token (a JWT: three parts with dots between them).",
            "Let the platform issue one with the audience api://AzureADTokenExchange.",
            place=place,
        )
    return token
