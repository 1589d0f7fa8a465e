"""A small sign-in service: OpenID discovery, device code, client credentials, refresh tokens."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from tests.transport.tls_server import Asked, Reply

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "99999999-8888-7777-6666-555555555555"
BASE = f"https://login.test/{TENANT}"


def jwt(**claims: Any) -> str:
    """A token with these claims, signed by nobody."""
    return ".".join([_b64({"alg": "none"}), _b64(claims), "c2ln"])


def _b64(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@dataclass
class Entra:
    """Answers as Entra does; `errors` are given instead of tokens, one after the other."""

    claims: dict[str, Any] = field(default_factory=lambda: {"roles": ["User.Read.All"], "appid": CLIENT})
    opaque: str = ""
    scope: str = "User.Read ProfilePhoto.Read.All"
    lifetime: int = 3600
    refresh_token: bool = True
    errors: list[dict[str, Any]] = field(default_factory=list)
    discovery: Reply | None = None
    forms: list[dict[str, str]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        path = asked.path
        self.urls.append(f"https://{asked.host}{path}")
        if path.endswith("/.well-known/openid-configuration"):
            return self.discovery or Reply.of(
                {
                    "issuer": f"{BASE}/v2.0",
                    "authorization_endpoint": f"{BASE}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{BASE}/oauth2/v2.0/token",
                    "device_authorization_endpoint": f"{BASE}/oauth2/v2.0/devicecode",
                }
            )
        if path.endswith("/devicecode"):
            return Reply.of(
                {
                    "user_code": "ABCD-1234",
                    "device_code": "the-device-code",
                    "verification_uri": "https://login.test/device",
                    "expires_in": 900,
                    "interval": 0,
                    "message": "Open https://login.test/device and enter ABCD-1234.",
                }
            )
        if path.endswith("/token"):
            return self._token(asked.form)
        return Reply(404)

    def _token(self, form: dict[str, str]) -> Reply:
        self.forms.append(form)
        if self.errors:
            error = self.errors.pop(0)
            return Reply.of(error, 401 if error.get("error") == "invalid_client" else 400)
        number = len(self.forms)
        value = self.opaque or jwt(**self.claims, n=number)
        result: dict[str, Any] = {"token_type": "Bearer", "expires_in": self.lifetime, "access_token": value}
        if form["grant_type"] != "client_credentials":
            result["scope"] = self.scope
            result["client_info"] = _b64({"uid": "u", "utid": TENANT})
            result["id_token"] = jwt(
                sub="s", oid="u", tid=TENANT, preferred_username="megan@contoso.test", aud=CLIENT
            )
            if self.refresh_token:
                result["refresh_token"] = f"refresh-{number}"
        return Reply.of(result)


def refusal(error: str, number: int = 0, text: str = "Something.", **more: Any) -> dict[str, Any]:
    """An OAuth error as Entra words it."""
    described = f"AADSTS{number}: {text}" if number else text
    return {
        "error": error,
        "error_description": f"{described} Trace ID: t-1 Correlation ID: c-1 Timestamp: 2026-11-22 10:00:00Z",
        "error_codes": [number] if number else [],
        "correlation_id": "c-1",
        "timestamp": "2026-11-22 10:00:00Z",
        **more,
    }
