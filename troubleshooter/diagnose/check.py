"""`python -m troubleshooter.diagnose.check [FOLDER...]`: what is wrong with the rules, one line per fault."""

from __future__ import annotations

import sys
from pathlib import Path

from troubleshooter.diagnose.rulebook import check
from troubleshooter.errors import TroubleshooterError


def main(arguments: list[str]) -> int:
    """0 when nothing is wrong, 1 otherwise."""
    try:
        count, complaints = check([Path(argument) for argument in arguments])
    except TroubleshooterError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{complaint}\n" for complaint in complaints)
    sys.stdout.write(f"{count} rules, {len(complaints)} faults\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
