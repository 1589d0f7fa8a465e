"""The benchmark runs; what it measures is for people to read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_engine_benchmark_prints_a_ratio() -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "engine.py"
    done = subprocess.run([sys.executable, str(script), "20"], capture_output=True, text=True, check=True)
    assert "ratio" in done.stdout
