"""docs/audit-files.md: every file of an audit's folder, its columns and its keys, made from code.

Columns and keys are those of the modules that write them; the words about whole files stand here, and a test
holds them against the folder of an audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from troubleshooter.diagnose.accepted_file import FILE as ACCEPTED
from troubleshooter.diagnose.accepted_file import YEARS
from troubleshooter.diagnose.audit_schema import audit_schema, keys
from troubleshooter.evidence.parquet import KEY, PARQUET_COLUMNS
from troubleshooter.evidence.schema import GROUPS
from troubleshooter.render.fix_plan import PEOPLE, README, SCRIPT
from troubleshooter.render.tenant_rows import COLUMNS
from troubleshooter.render.xlsx import MOST_ROWS

FILES: Mapping[str, str] = MappingProxyType(
    {
        "report.html": "The page for people, in all languages or those of `--lang`. Whole in itself.",
        "people.csv": "Everybody, for spreadsheets.",
        "people.jsonl": "Everybody, for programs.",
        "cause-<rule>.csv": "The people whose verdict this rule gives, accepted ones left out.",
        "cause-<rule>.jsonl": "The same people.",
        "summary.json": "The result in numbers, for programs. It names who ran the audit and who "
        "accepted findings, and nobody else.",
        "junit.xml": "The result for pipelines that read test results.",
        f"plans/<rule>/{README}": "What to do about this problem, in order, with the commands.",
        f"plans/<rule>/{PEOPLE}": "Whom it concerns. Delete whom the script must not touch, each time anew.",
        f"plans/<rule>/{SCRIPT}": "A script, where commands can be repeated person by person.",
        "plans/<rule>/letter.<language>.txt": "A letter to all of them.",
        "audit.xlsx": "The lists as a workbook; with `--xlsx` only.",
        "evidence.parquet": "Everybody's evidence, for `evaluate` and for other engines.",
        ACCEPTED: "Findings that somebody accepted. Yours to edit; `accept` writes it.",
        "audit.duckdb": "The audit itself: what was read, and how far it is.",
        "earlier/<time>.duckdb": "The same of each earlier audit in this folder, by the time it ended (UTC).",
    }
)
"""What an audit leaves in its folder; what stands in angle brackets differs."""

EXAMPLE = """[[accepted]]
person = "adele@contoso.com"    # sign-in name or object id; "*" for everybody with the cause
cause = "image-too-small"       # rule id; "*" for whatever is wrong with this person
reason = "No camera at this site"
author = "Nestor Wilke"
until = 2027-01-31              # the last day on which it counts
added_on = 2026-11-22
"""

PARQUET: Mapping[str, str] = MappingProxyType(
    {
        "tenant": "Tenant id or domain, the same in every row.",
        "person_id": "Entra object id.",
        "absent": "One number for each group: bits of facts that do not apply, such as no photo's width.",
        "permitted": "One number for each group: the bits of unknown facts that a permission would show.",
        "sources": "The requests that were made, as JSON.",
        "fact_sources": "Which of them each fact was read from, as JSON.",
        "gaps": "Unknown facts as JSON: fact, reason, detail, permission, request.",
    }
)
"""Columns that are no group of facts."""

METADATA: Mapping[str, str] = MappingProxyType(
    {
        "schema": "Version of this format and of the facts.",
        "facts": "A digest of the facts and their order, which gives the masks their bits.",
        "tool_version": "Version of this program.",
        "tenant": "Tenant id or domain; '' when not known.",
        "tenant_name": "Its display name; '' when not known. Hostile input.",
        "finished_at": "When the audit ended; '' when it has not.",
    }
)
"""Keys of the Parquet file's own metadata, without what stands before each of them."""

SHEETS: Mapping[str, str] = MappingProxyType(
    {
        "Totals": "The numbers of `totals`, and when the audit ran.",
        "Causes": "The causes; columns as the keys of `causes` in summary.json.",
        "People": "Everybody, with the columns of people.csv.",
        "Undecided": "What could not be read; columns as the keys of `unknown`, permissions alone first.",
    }
)

_KINDS = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "yes or no",
    "object": "object",
}
_FORMATS = {"date-time": "time", "date": "day"}
_MOST_CODES = 12


def audit_files_page() -> str:
    """The whole page as Markdown."""
    parts = (
        _HEAD,
        _table(FILES, code=True),
        _LISTS,
        _table(COLUMNS, code=True),
        _SUMMARY,
        _keys(),
        _JUNIT,
        _PLANS,
        _WORKBOOK.format(most=MOST_ROWS - 1),
        _table(SHEETS),
        _PARQUET,
        _table(_parquet_columns(), code=True),
        _METADATA,
        _table({f"{KEY}{name}": meaning for name, meaning in METADATA.items()}, code=True),
        _ACCEPTED.format(file=ACCEPTED, example=EXAMPLE, years=YEARS),
        _STORE,
    )
    return "".join(parts)


_HEAD = """# The files of an audit

Made from code; do not edit. `photo-troubleshooter audit --out DIR` writes them into one folder, `photo-audit`
when nothing is said. `audit` and `recheck` write all but accepted.toml anew, each whole or not at all, and
take away lists and plans of causes that nobody has any more. Files that you put beside them stay.

The folder holds names, addresses and what is known of people's photos. On Linux and macOS only its owner may
read what is written here; on Windows the rights of the folder above decide, so choose a private one.

| file | what it is |
|---|---|
"""

_LISTS = """
Which of them an audit wrote, and how they are called, stands in summary.json under `files`; a very long rule
id is cut in names of files, with a short hash at its end. A page in a language that is not asked for again
stays as it was.

## Lists of people

`people.*`, `cause-*` and the plans' `people.csv` have the same columns. Values are codes, equal in every
language; times are UTC in ISO 8601.

- CSV: UTF-8 with a byte order mark, lines end with CR LF. Unknown is empty; yes and no are `true` and
  `false`; several values are separated by a space. A cell that a spreadsheet would run as a formula begins
  with `'`.
- JSON Lines: UTF-8, one object on each line. Unknown is `null`.

| column | meaning |
|---|---|
"""

_SUMMARY = """
## summary.json

The JSON Schema is printed by `photo-troubleshooter schema audit`. All keys are always there, except those of
`settings` and `run`. `causes[].rule` is the key `rule` of each object in the list `causes`.

| key | kind | meaning |
|---|---|---|
"""

_JUNIT = """
## junit.xml

One test suite `audit`, then one for each area of rules, with a test case for each rule about a problem or a
wait.

| test case | fails | is skipped | passes |
|---|---|---|---|
| the audit has ended | never | it has not ended | otherwise |
| everybody was decided | never | somebody could not be decided | otherwise |
| no accepted finding has expired | one has | never | otherwise |
| a rule about a problem | it is somebody's cause | it is open for somebody | otherwise |
| a rule about a wait | never | it is open for somebody | otherwise |

Unknown never passes: a case that is open is skipped, with the number of people. A failure names the first 20
people and the complete list. Accepted findings do not fail; their number stands in `system-out`.
"""

_PLANS = """
## plans/

One for each problem that somebody can act on and that concerns somebody. This program runs none of it.

- `fix.ps1` needs PowerShell and says what it would do; with `-Apply -Only 20` it does it for the first 20
  people of `people.csv`, with `-Apply -All` for everybody there. What it reads before a change it keeps in
  `before.txt` beside it. Steps that concern the whole tenant, or need a person's eye, are not in it;
  README.txt names them.
- Pictures that a step uploads are put beside the script, one for each person, as its head says.
- Afterwards `photo-troubleshooter recheck DIR --cause RULE` asks again about these people.
"""

_WORKBOOK = """
## audit.xlsx

Sheets, with words in the first language of `--lang`. No cell is a formula or a link. A sheet holds {most:,}
people at most; people.csv holds all.

| sheet | what is in it |
|---|---|
"""

_PARQUET = """
## evidence.parquet

One row for each person, with everything that was read and no verdict. Numbers are signed and times are UTC
without a zone, so that every engine reads the same. The bits of a group stand for its facts in the order of
[facts.md](facts.md), the lowest one for the first.

| column | meaning |
|---|---|
"""

_METADATA = """
The file's own metadata say who wrote it:

| key | value |
|---|---|
"""

_ACCEPTED = """
## {file}

```toml
{example}```

Each entry needs all of these keys. `until` lies at most {years} years ahead. An entry covers problems only,
and the cause it names: it ends when the cause changes, or after its last day; then the finding counts again,
with a warning. An entry that is damaged counts for nothing, and is named.
`photo-troubleshooter accept DIR --list` says what each entry does.
"""

_STORE = """
## audit.duckdb and earlier/

A DuckDB database, and our own: its tables follow the version of this program, which refuses those of another.
Read the other files instead. One process at a time may open it; while it is open, `audit.duckdb.wal` and
`audit.spill` can lie beside it and belong to it.

The same command goes on with an audit that has not ended. When it has, the store moves to `earlier/` and a
new audit begins, which then says what changed. `photo-troubleshooter compare` takes any two of them. Delete
those you need no more: then nothing can be compared with them.
"""


def _keys() -> str:
    return "".join(
        _row(f"`{path}`", kind(shape), shape["description"])
        for path, shape in keys(audit_schema())
        if not path.startswith("run.")
    )


def kind(shape: Mapping[str, Any]) -> str:
    """The shape of a key in words."""
    if "const" in shape:
        return f"`{shape['const']}`"
    if "enum" in shape:
        return _codes(shape["enum"])
    types = shape["type"] if isinstance(shape["type"], list) else [shape["type"]]
    if len(types) > 2:
        return "any value"
    named = _FORMATS.get(shape.get("format", ""), _KINDS.get(types[0], ""))
    if types[0] == "array":
        named = _listed(shape)
    elif shape.get("additionalProperties") and not shape.get("properties"):
        named = f"{_plural(kind(shape['additionalProperties']))} by key"
    return named + (" or null" if "null" in types else "")


def _listed(shape: Mapping[str, Any]) -> str:
    if "prefixItems" in shape:
        return f"pair of {' and '.join(map(kind, shape['prefixItems']))}"
    several = _plural(kind(shape["items"]))
    return f"pair of {several}" if shape.get("maxItems") == 2 else f"list of {several}"


def _plural(words: str) -> str:
    """`text` to `texts`, `pair of texts` to `pairs of texts`; codes stay as they are."""
    first, of, rest = words.partition(" of ")
    return words if words.startswith("`") else f"{first}s{of}{rest}"


def _codes(values: list[Any]) -> str:
    if len(values) > _MOST_CODES:
        return "code"
    return ", ".join(f"`{'null' if one is None else str(one).lower()}`" for one in values)


def _parquet_columns() -> dict[str, str]:
    found = {}
    for name in PARQUET_COLUMNS:
        group = GROUPS.get(name)
        facts = f"[Facts](facts.md#{name}): {(group.__doc__ or '').strip()}" if group else ""
        found[name] = facts or PARQUET[name]
    return found


def _table(rows: Mapping[str, str], *, code: bool = False) -> str:
    return "".join(_row(f"`{name}`" if code else name, meaning) for name, meaning in rows.items())


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"
