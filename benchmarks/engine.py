"""How the rule engine's time grows: one person against many, as ratios within one run.

    python benchmarks/engine.py [PEOPLE]

Prints the time for one person, for PEOPLE (default 20,000), the ratio, and what one more person costs as a
share of the first. Absolute times depend on the machine; the ratios are the figures to compare.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.evidence.record import Evidence, EvidenceBuilder


def people(count: int) -> Iterator[Evidence]:
    """The same healthy-looking person, many times, with another id each."""
    for number in range(count):
        builder = EvidenceBuilder()
        builder.know("person.id", f"{number:08d}-0000-4000-8000-000000000000")
        builder.know("photo.present", number % 3 != 0)
        builder.know("directory.account_enabled", number % 50 != 0)
        yield builder.build()


def seconds(count: int) -> float:
    """Wall time to evaluate all rules for that many people, evidence made beforehand."""
    rulebook = load_rules()
    evidence = list(people(count))
    start = time.perf_counter()
    answered = sum(1 for _ in rulebook.engine.evaluate(evidence))
    if answered != count:
        raise SystemExit(f"{answered} answers for {count} people")
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seconds(1)
    one, many = seconds(1), seconds(count)
    print(f"rules               {len(load_rules().rules):>12}")
    print(f"one person          {one * 1000:>12.1f} ms")
    print(f"{count:,} people{'':<{9 - len(f'{count:,}') + 4}} {many * 1000:>12.1f} ms")
    print(f"ratio               {many / one:>12.1f}")
    print(f"one more person     {(many - one) / (count - 1) / one:>12.5f} of the first")


if __name__ == "__main__":
    main()
