"""A whole tenant: the audit against one request after the other, its pace under quotas, its memory.

    python benchmarks/audit.py speed [--people 2000] [--licences 60000] [--loop 100]
    python benchmarks/audit.py memory [--people 10000 100000] [--pictures needed]

The tenant is the sandbox in a process of its own, with 50 ms latency and the limits Microsoft publishes. The
loops are timed on `--loop` people and reckoned up, because they are as long as they have people; the audit is
timed whole. Ratios within one run are the figures to compare; absolute times depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import one_by_one
import requests

HERE = Path(__file__).parent
_MEASURED = """
import resource, sys
from troubleshooter.cli.main import main
try:
    main(sys.argv[1:])
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print("used", used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
"""
LATENCY_MS = 50


@contextmanager
def tenant(people: int, licences: int, latency: float) -> Iterator[dict[str, Any]]:
    """A sandbox tenant in its own process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            str(HERE / "tenant_server.py"),
            str(people),
            str(latency),
            str(licences),
            folder,
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
            process.stdin.close()


def stats(server: dict[str, Any], *, reset: bool = False) -> dict[str, Any]:
    """What the tenant counted."""
    url = f"http://127.0.0.1:{server['http_port']}/_sandbox/"
    answer = requests.post(url + "reset", timeout=60) if reset else requests.get(url + "stats", timeout=60)
    found: dict[str, Any] = answer.json()
    return found


def audit(server: dict[str, Any], folder: Path, *options: str) -> dict[str, Any]:
    """Run the command; returns its summary with wall and processor seconds and the peak of its memory."""
    command = [sys.executable, "-c", _MEASURED, "audit", "--quiet", "--lang", "en", "--out", str(folder)]
    for option, name in (("cloud", "cloud"), ("tenant", "tenant"), ("client-id", "client")):
        command += [f"--{option}", server[name]]
    command += ["--certificate", server["certificate"], *options]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode not in (0, 1, 3):
        raise SystemExit(done.stderr)
    cpu, memory = done.stderr.strip().splitlines()[-1].split()[1:]
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    moment = datetime.fromisoformat
    summary["collected_in"] = (moment(summary["finished_at"]) - moment(summary["started_at"])).total_seconds()
    return summary | {"seconds": seconds, "cpu": float(cpu), "memory_mib": float(memory)}


def speed(people: int, licences: int, loop: int, share: float) -> None:
    """The audit against two loops, and how well it uses the binding quota."""
    with tenant(people, licences, LATENCY_MS) as server, tempfile.TemporaryDirectory() as folder:
        some = server["people"][:loop]
        times = {}
        for name, function in (("plain loop", one_by_one.plain_loop), ("library", one_by_one.library_loop)):
            began = time.perf_counter()
            requests_made = function(server, some)
            times[name] = (time.perf_counter() - began) / len(some)
            print(f"{name}: {times[name]:.3f} s and {requests_made / len(some):.1f} requests a person")
        time.sleep(61)  # the loops' share of the minute must not count against the audit
        stats(server, reset=True)
        found = audit(server, Path(folder), "--share", str(share), "--licences", str(licences))
        counted = stats(server)
    own = found["collected_in"]
    print(
        f"audit of {people:,} people: {own:.1f} s to collect, {found['seconds']:.1f} s with start and report"
    )
    for name, one in times.items():
        whole = one * people / found["seconds"]
        print(f"  against the {name}: {one * people / own:.1f} x (with start and report {whole:.1f} x)")
    print(
        f"  {counted['http_requests'] / people:.3f} requests a person, {counted['items'] / people:.2f} items"
    )
    print(f"  refused: {counted['refused'] / counted['items']:.3%} of items")
    print(f"  processor of the client: {found['cpu'] / people * 1000:.1f} s for 1,000 people")
    print(f"  totals: {found['totals']}")
    for name, quota in counted["quotas"].items():
        if quota["limit"] and quota["first_at"]:
            allowed = quota["limit"] / quota["window"] * share
            rate = quota["spent"] / max(quota["last_at"] - quota["first_at"], 0.001)
            share_used = f"{rate:.1f}/s of {allowed:.1f}/s allowed = {rate / allowed:.0%}"
            print(f"  {name}: {quota['spent']:.0f} units, {share_used}")


def memory(sizes: list[int], pictures: str) -> None:
    """The peak of the audit's memory at several sizes, without latency and limits."""
    peaks = {}
    for people in sizes:
        with tenant(people, 0, 0) as server, tempfile.TemporaryDirectory() as folder:
            del server["people"]
            command = [sys.executable, str(HERE / "unlimited.py"), json.dumps(server), folder, pictures]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(done.stderr)
            found = json.loads(done.stdout)
            page = (Path(folder) / "report.html").stat().st_size
        peaks[people] = found["memory_mib"]
        print(f"{people:>9,} people: peak {found['memory_mib']:.0f} MiB", end="", flush=True)
        collected, cpu = found["collected_mib"], found["cpu"] / people * 1000
        print(f" ({collected:.0f} MiB before verdicts and report), {found['seconds']:.0f} s", end="")
        print(f", processor {cpu:.1f} s for 1,000 people, page {page / 1024:.0f} KiB", flush=True)
    print(f"  ratio of the largest to the smallest: {max(peaks.values()) / min(peaks.values()):.2f}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("speed")
    one.add_argument("--people", type=int, default=2000)
    one.add_argument("--licences", type=int, default=60000)
    one.add_argument("--loop", type=int, default=100)
    one.add_argument("--share", type=float, default=0.9)
    two = commands.add_parser("memory")
    two.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000])
    two.add_argument("--pictures", default="needed")
    given = parser.parse_args()
    if given.command == "speed":
        speed(given.people, given.licences, given.loop, given.share)
    else:
        memory(given.people, given.pictures)


if __name__ == "__main__":
    main()
