"""Write what of docs/ is made from code: facts, rules, permissions, error codes, a schema, exit codes.

python docs/generate.py            writes them
python docs/generate.py --check    says which would change, and leaves with 1
"""

from __future__ import annotations

import sys
from pathlib import Path

from troubleshooter.cli.exit_codes import MEANING
from troubleshooter.cli.schema import text_of
from troubleshooter.diagnose.errors_page import errors_page
from troubleshooter.diagnose.graph import explains_picture, symptoms_picture
from troubleshooter.diagnose.graph_page import graph_page
from troubleshooter.diagnose.permissions import Mode, needs_of
from troubleshooter.diagnose.rule_schema import FILE_NAME, rule_schema
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.rules_page import rules_page
from troubleshooter.diagnose.tenant_rules import load_tenant_rules
from troubleshooter.diagnose.tenant_rules_page import tenant_rules_page
from troubleshooter.evidence.facts_page import facts_page
from troubleshooter.render.audit_files_page import audit_files_page
from troubleshooter.render.permissions_page import permissions_page

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
_TABLE_HEAD = "| exit code | means |\n|---|---|\n"


def pages() -> dict[Path, str]:
    """Every generated file and its text."""
    rules = load_rules().rules
    return {
        DOCS / "facts.md": facts_page(),
        DOCS / "rules.md": rules_page(),
        DOCS / "tenant-rules.md": tenant_rules_page(),
        DOCS / "audit-files.md": audit_files_page(),
        DOCS / "permissions.md": permissions_page(
            [needs_of(mode, rules, load_tenant_rules().rules) for mode in Mode]
        ),
        DOCS / "rules" / "README.md": graph_page(),
        DOCS / "rules" / "symptoms.svg": symptoms_picture(rules),
        DOCS / "rules" / "explains.svg": explains_picture(rules),
        DOCS / "errors.md": errors_page(),
        DOCS / FILE_NAME: text_of(rule_schema()),
        README: readme(),
    }


def readme() -> str:
    """The README with the exit codes as the program defines them."""
    text = README.read_text(encoding="utf-8")
    before, head, rest = text.partition(_TABLE_HEAD)
    if not head:
        raise SystemExit("README.md has no table of exit codes")
    _, blank, after = rest.partition("\n\n")
    rows = "\n".join(f"| {code.value} | {meaning} |" for code, meaning in MEANING.items())
    return before + head + rows + blank + after


def main() -> int:
    """Write or compare."""
    check = "--check" in sys.argv[1:]
    stale = []
    for path, text in pages().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    for path in stale:
        print(f"{'stale' if check else 'written'}: {path.name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
