"""The list of everything that needs a translation, and the catalogues that hold them.

`python -m troubleshooter.render.catalogue` brings every catalogue up to date: new texts are added empty,
texts that are gone are kept as obsolete, and nothing that a translator wrote is lost.
"""

from __future__ import annotations

import ast
import io
import tomllib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from troubleshooter.evidence.aggregates import PARTS, TENANT_FACTS
from troubleshooter.evidence.schema import FACTS
from troubleshooter.render.language import SOURCE, languages

Key = str | tuple[str, str]
"""One msgid, or singular and plural."""

_MARKS = {"_", "marked"}
_METHODS = {"text", "value"}
# Tables of messages that are translated where they are shown: all constants of a module, or some of them.
_TABLES: dict[str, tuple[str, ...] | None] = {
    "troubleshooter/collect/details.py": None,
    "troubleshooter/evidence/bundle_faults.py": None,
    "troubleshooter/cli/ticket.py": ("_QUESTIONS",),
    "troubleshooter/cli/progress.py": ("_STAGES", "QUOTAS"),
}
_SPEAKING = ("cli", "render")  # packages that speak to people
_STEP_LISTS = ("steps", "user_steps", "admin_steps")  # "steps" are those that several rules share
_STEP_TEXTS = ("text", "why", "effect", "undo", "verify")
_ERROR_TEXTS = ("meaning", "remedy")
_RULE_TEXTS = ("title", "headline", "because", "near_miss", "brief")  # "brief" is that of shared steps
_HEADER = """\
# {name} translation of photo-troubleshooter.
msgid ""
msgstr ""
"Language: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""


def messages() -> dict[Key, list[str]]:
    """Every msgid with the files it comes from, in a stable order."""
    found: dict[Key, set[str]] = {}
    for source, key in (*_from_python(), *_from_templates(), *_from_rules(), *_from_facts()):
        if key:
            found.setdefault(key, set()).add(source)
    return {key: sorted(found[key]) for key in sorted(found, key=_order)}


def untranslated(code: str) -> list[Key]:
    """Msgids without a translation in this language."""
    known = _translations(_read(code))
    return [key for key in messages() if not _complete(known.get(key))]


def update(code: str) -> str:
    """The up-to-date text of a catalogue, translations kept."""
    old = _read(code)
    known = _translations(old)
    new = Catalog(locale=code)
    wanted = messages()
    for key, sources in wanted.items():
        new.add(key, known.get(key, ""), locations=[(source, 0) for source in sources])
    for key, string in known.items():
        if key not in wanted and _complete(string):
            new.obsolete[key if isinstance(key, str) else key[0]] = Message(key, string)
    written = io.BytesIO()
    write_po(written, new, omit_header=True, sort_output=True, include_lineno=False, width=0)
    head = _HEADER.format(
        name=new.locale.english_name if new.locale else code, code=code, plural=old.plural_forms
    )
    return head + written.getvalue().decode("utf-8")


def _from_python() -> Iterator[tuple[str, Key]]:
    root = resources.files("troubleshooter")
    trees = {path: ast.parse(text) for path, text in _files(root, ".py", "troubleshooter")}
    errors = _error_classes(list(trees.values()))
    for path, names in _TABLES.items():
        for key in _table(trees[path], names):
            yield path, key
    for path, tree in trees.items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            for key in _call(call, errors, path):
                yield path, key
        for own in (
            node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name in errors
        ):
            for key in _own_words(own):
                yield path, key


def _table(tree: ast.Module, names: tuple[str, ...] | None) -> Iterator[Key]:
    for statement in tree.body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            continue
        if names is None or statement.targets[0].id in names:
            value = statement.value
            yield from (
                _constants(ast.Tuple(value.values)) if isinstance(value, ast.Dict) else _constants(value)
            )


def _error_classes(trees: list[ast.Module]) -> set[str]:
    """Names of all subclasses of TroubleshooterError; their first two arguments are messages."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    errors = {"TroubleshooterError"}
    while more := {name for name, parents in bases.items() if parents & errors} - errors:
        errors |= more
    return errors


def _call(call: ast.Call, errors: set[str], path: str) -> Iterator[Key]:
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    function = call.func
    name = function.id if isinstance(function, ast.Name) else ""
    method = function.attr if isinstance(function, ast.Attribute) else ""
    if name in errors or method in errors:
        yield from texts[:2]
    elif name in _MARKS or (method == "text" and texts):
        yield from texts[:1]
    elif name == "text" and path.split("/")[1] in _SPEAKING and isinstance(call.args[0], ast.Constant):
        yield from texts[:1]  # a language's `text` under a short name
    elif "plural" in (method, name):
        pair = [text for arg in call.args[:2] for text in _constants(arg)]
        if len(pair) == 2:
            yield pair[0], pair[1]


def _own_words(error: ast.ClassDef) -> Iterator[Key]:
    """The messages of an error class that hands its own to `super().__init__`."""
    for call in (node for node in ast.walk(error) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "__init__":
            for arg in call.args[:2]:
                if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
                    yield arg.value


def _constants(node: ast.expr) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def _from_templates() -> Iterator[tuple[str, Key]]:
    keywords = ["_", "plural"]
    for path, text in _files(resources.files("troubleshooter.reports"), ".j2", "reports"):
        source = io.BytesIO(text.encode("utf-8"))
        for _line, function, found, _comments in babel_extract(source, keywords, [], {"silent": "false"}):
            if function == "plural" and isinstance(found, tuple):
                yield path, (str(found[0]), str(found[1]))
            else:
                yield path, str(found[0] if isinstance(found, tuple) else found)


def _from_rules() -> Iterator[tuple[str, Key]]:
    for path, text in _files(resources.files("troubleshooter.rules"), ".toml", "rules"):
        rule = tomllib.loads(text)
        texts = [rule.get(name, "") for name in _RULE_TEXTS]
        texts += rule.get("false_positives", [])
        for step in (step for name in _STEP_LISTS for step in rule.get(name, [])):
            texts += [step.get(name, "") for name in _STEP_TEXTS]
        for entry in rule.get("errors", []):  # tables of error codes, rules/_errors
            texts += [entry.get(name, "") for name in _ERROR_TEXTS]
        for found in texts:
            yield path, str(found).strip()


def _from_facts() -> Iterator[tuple[str, Key]]:
    for info in FACTS.values():
        yield "troubleshooter/evidence/schema.py", info.doc
    for text in (*PARTS.values(), *(info.label for info in TENANT_FACTS.values())):
        yield "troubleshooter/evidence/aggregates.py", text


def _files(folder: Traversable, ending: str, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{prefix}/{entry.name}"
        if entry.is_dir():
            yield from _files(entry, ending, path)
        elif entry.name.endswith(ending):
            yield path, entry.read_text(encoding="utf-8")


def _path(code: str) -> Traversable:
    return resources.files("troubleshooter.reports") / "locale" / code / "LC_MESSAGES" / "messages.po"


def _read(code: str) -> Catalog:
    path = _path(code)
    data = path.read_bytes() if path.is_file() else b""
    return read_po(io.BytesIO(data), locale=code)


def _translations(catalogue: Catalog) -> dict[Key, str | tuple[str, ...]]:
    entries = [*catalogue, *catalogue.obsolete.values()]
    return {
        message.id if isinstance(message.id, str) else (message.id[0], message.id[1]): message.string
        for message in entries
        if message.id
    }


def _complete(string: str | tuple[str, ...] | None) -> bool:
    return bool(string) and (isinstance(string, str) or all(string or ()))


def _order(key: Key) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else key


def main() -> None:
    """Update every catalogue in place."""
    for code in languages():
        if code != SOURCE:
            Path(str(_path(code))).write_text(update(code), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
