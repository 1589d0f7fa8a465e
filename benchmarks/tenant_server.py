"""The sandbox tenant in a process of its own, for benchmarks: TLS, and a plain listener for other clients.

Prints one line of JSON when it is ready and serves until its standard input closes.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from troubleshooter.sandbox.people import generated_tenant
from troubleshooter.sandbox.quotas import published_quotas
from troubleshooter.sandbox.server import Sandbox

GRAPH, ROOT = "https://graph.sandbox.example", "https://contoso.sharepoint.sandbox.example"


def main(people: int, latency_ms: float, licences: int, directory: str) -> None:
    """Serve `people`; `licences` 0 enforces no limits."""
    tenant = generated_tenant(people, 1, datetime.now(UTC).replace(microsecond=0))
    tenant = replace(tenant, token_seconds=6 * 3600)
    if licences:
        tenant = tenant.with_quotas(published_quotas(licences))
    sandbox = Sandbox(tenant, plain_http=True, latency=latency_ms / 1000, directory=Path(directory))
    with sandbox:
        sandbox.draw_thumbnails()
        client = tenant.clients[0]
        ready = {
            "cloud": str(sandbox.cloud_file),
            "ca": str(sandbox.ca_file),
            "tenant": tenant.domain,
            "client": client.id,
            "certificate": str(sandbox.certificate_file(client.id)),
            "port": sandbox.port,
            "http_port": sandbox.http_port,
            "graph_token": sandbox.issue_token(GRAPH, client.id),
            "sharepoint_token": sandbox.issue_token(ROOT, client.id),
            "people": [(one.id, one.upn) for one in tenant.accounts[:1000]],
        }
        print(json.dumps(ready), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
