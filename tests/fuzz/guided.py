"""The same properties, guided by coverage: `python -m tests.fuzz.guided [--runs N] [PARSER...]`.

Atheris mutates bytes and watches which lines they reach; what it finds is written to `crash-*`, as usual.
Without atheris (it has packages for some versions of Python on Linux) nothing is run, and that is said.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

Parser = Callable[[bytes], None]
LONGEST = 4096  # bytes of one input


def parsers() -> dict[str, tuple[Parser, list[bytes]]]:
    """Each parser of bytes with a few good inputs; what it may raise is caught here."""
    from tests.fuzz import test_files as files
    from tests.fuzz import test_wire as wire
    from troubleshooter.collect.exchange import TELLING, exchange_objects
    from troubleshooter.collect.images import analyse
    from troubleshooter.collect.powershell import PowerShellOutputError, records, text_of
    from troubleshooter.diagnose.accepted_file import read_accepted
    from troubleshooter.diagnose.complaint import ExpressionRefused
    from troubleshooter.diagnose.grammar import read_expression
    from troubleshooter.evidence.codec import EvidenceError
    from troubleshooter.evidence.files import read_stream
    from troubleshooter.signin.cloud_file import read_cloud_file
    from troubleshooter.signin.clouds import CloudError
    from troubleshooter.toml_text import read_toml
    from troubleshooter.transport.multipart import MultipartError, read_batch

    place = Path(tempfile.mkdtemp(prefix="fuzz-"))

    def written(data: bytes) -> Path:
        path = place / "input.toml"
        path.write_bytes(data)
        return path

    def evidence(data: bytes) -> None:
        with suppress(EvidenceError):
            list(read_stream(io.BytesIO(data), "x"))

    def multipart(data: bytes) -> None:
        with suppress(MultipartError):
            read_batch(wire.BOUNDARY, data)

    def powershell(data: bytes) -> None:
        with suppress(PowerShellOutputError):
            exchange_objects(records(text_of(data, "x"), "x", TELLING), "x")

    def expression(data: bytes) -> None:
        with suppress(ExpressionRefused):
            read_expression(data.decode("utf-8", "replace"))

    def toml(data: bytes) -> None:
        with suppress(ValueError):
            read_toml(data.decode("utf-8", "replace"))

    def cloud(data: bytes) -> None:
        with suppress(CloudError):
            read_cloud_file(written(data))

    def accepted(data: bytes) -> None:
        read_accepted(written(data), date(2026, 11, 24))

    def image(data: bytes) -> None:
        analyse(data)

    return {
        "evidence": (evidence, files.FILES),
        "multipart": (multipart, [wire.MULTIPART]),
        "powershell": (powershell, [text.encode() for text in files.PRINTED]),
        "expression": (expression, [b"photo.present and photo.width < 96"]),
        "toml": (toml, [files.ACCEPTED, files.CLOUD]),
        "cloud": (cloud, [files.CLOUD]),
        "accepted": (accepted, [files.ACCEPTED]),
        "image": (image, files.PICTURES),
    }


def _one(name: str, runs: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["troubleshooter", "tomllib"]):
        parser, seeds = parsers()[name]
    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    options = [
        f"-runs={runs}",
        f"-max_len={LONGEST}",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], parser)
    atheris.Fuzz()


def main() -> int:
    """Each parser in a process of its own, because libFuzzer ends the process it runs in."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--runs", type=int, default=20_000)
    words.add_argument("--one", default="")
    words.add_argument("parser", nargs="*")
    asked = words.parse_args()
    try:
        import atheris  # noqa: F401
    except ImportError:
        print("Atheris is not installed: nothing was guided by coverage.")  # noqa: T201
        return 0
    if asked.one:
        _one(asked.one, asked.runs)
        return 0
    failed = 0
    for name in asked.parser or parsers():
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.guided", "--one", name, "--runs", str(asked.runs)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        tried = [line for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        count = tried[-1].rpartition(" ")[2] if tried else "?"
        print(f"{count:>9}  {name}{'' if done.returncode == 0 else '  FAILED'}")  # noqa: T201
        if done.returncode:
            failed += 1
            print(done.stderr[-3000:])  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
