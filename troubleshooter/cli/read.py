"""Reading what was collected elsewhere: bundles, evidence as JSON or JSON Lines, results."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from troubleshooter.evidence.bundle_read import Bundle, is_bundle
from troubleshooter.evidence.files import read_file
from troubleshooter.evidence.record import Collected


def read_collected(files: tuple[Path, ...]) -> Iterator[Collected]:
    """Everybody in bundles and evidence files. BundleError or EvidenceError, naming the file."""
    for file in files:
        if is_bundle(file):
            with Bundle(file) as bundle:
                yield from bundle.people()
        else:
            for evidence in read_file(file):
                yield Collected(evidence)
