"""DuckDB tables for evidence, written from the schema: one STRUCT column per group of facts."""

from __future__ import annotations

from troubleshooter.evidence.schema import FACTS, GROUPS

SQL_TYPES = {
    "str": "VARCHAR",
    "bool": "BOOLEAN",
    "int": "BIGINT",
    "float": "DOUBLE",
    "datetime": "TIMESTAMP",  # UTC, without a zone: a zone would make comparisons depend on the session
    "list": "VARCHAR[]",
}


def struct(group: str) -> str:
    """The STRUCT type of one group, such as STRUCT("present" BOOLEAN, ...)."""
    members = ", ".join(
        f'"{info.name}" {SQL_TYPES[info.kind]}' for info in FACTS.values() if info.group == group
    )
    return f"STRUCT({members})"


def create_table(name: str = "evidence") -> str:
    """`CREATE TABLE` for evidence; rules read its columns as photo.present, ticket.symptom and so on."""
    columns = ",\n".join(f'    "{group}" {struct(group)}' for group in GROUPS)
    return f'CREATE TABLE "{name}" (\n{columns}\n)'
