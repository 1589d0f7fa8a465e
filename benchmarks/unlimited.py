"""The audit with no limits of its own, for measuring memory: what `audit` does, at a generous pace."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from troubleshooter.cli.audit import begin, gather
from troubleshooter.cli.audit_conclude import conclude
from troubleshooter.cli.audit_connect import governed
from troubleshooter.cli.audit_store import open_audit
from troubleshooter.cli.options import Connection
from troubleshooter.collect.audit_tools import Choices
from troubleshooter.collect.crowd import Depths
from troubleshooter.collect.workers import DEFAULT_WORKERS
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.render.language import language
from troubleshooter.transport.limits import BUCKETS, Limit

_PLENTY = {name: Limit(10.0**9, 60, "none: for measuring", published=False) for name in BUCKETS}


def main(server: dict[str, str], folder: Path, pictures: str) -> None:
    """Audit into `folder`; prints seconds, processor seconds and the peak of memory after each half."""
    speak = language("en")
    connection = Connection(
        server["cloud"], server["tenant"], server["client"], "certificate", Path(server["certificate"]), None
    )
    began = time.perf_counter()
    tenant = governed(connection, 0.5, 10**7)
    tenant.governor.resize(_PLENTY)
    tenant.governor.resize = lambda limits: None  # type: ignore[method-assign]
    choices = Choices(depths=Depths(pictures, "needed", "needed"))  # type: ignore[arg-type]
    rulebook = load_rules()
    opened = open_audit(folder, choices.as_data())
    with opened.store as store:
        begin(opened, tenant, 0)
        gather(store, tenant, choices, rulebook, DEFAULT_WORKERS, speak, quiet=True, resumed=False)
        collected = resource.getrusage(resource.RUSAGE_SELF)
        conclude(store, rulebook, folder, ["en"], speak, earlier=None, xlsx=False)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                "cpu": used.ru_utime + used.ru_stime,
                "collected_mib": collected.ru_maxrss / 1024,
                "memory_mib": used.ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
