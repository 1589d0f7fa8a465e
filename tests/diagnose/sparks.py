"""One real Spark for all tests of a process: starting it takes seconds."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from troubleshooter.diagnose.evaluate_spark import SparkEngine

ELSEWHERE = "America/St_Johns"
"""Java believes to be in Newfoundland, 3.5 hours behind and with summer time: no time may move for that."""


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = ELSEWHERE
    engine = SparkEngine("local[2]", tmp_path_factory.mktemp("spark"))
    try:
        engine.__enter__()
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
    yield engine
    engine.__exit__(None, None, None)
