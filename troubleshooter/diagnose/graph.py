"""Two pictures drawn from the rules: what a person sees and its causes, and what explains what."""

from __future__ import annotations

from troubleshooter.diagnose.drawing import dot, line, sign, svg, text
from troubleshooter.diagnose.rule import Actor, Rule, State
from troubleshooter.diagnose.symptoms import CAUSES, SYMPTOM_NAMES, SYMPTOMS, places_of, seen

STATIONS: dict[str, tuple[str, ...]] = {
    "The account": ("account",),
    "Mailbox and licence": ("mailbox", "licence"),
    "Who may change the photo": ("policy",),
    "The photo itself": ("photo", "image"),
    "SharePoint": ("sharepoint",),
    "Search": ("search",),
    "App, device and network": ("client",),
}
"""Headings of the first picture and the rule folders under them; any other folder comes last by its name."""

ACTORS = {
    Actor.USER: "person",
    Actor.ADMIN: "administrator",
    Actor.DEVELOPER: "developer",
    Actor.MICROSOFT: "Microsoft",
    Actor.NOBODY: "nobody",
}
_ROW, _TOP, _STEP, _LEFT, _NAMES, _PLACES, _ACTOR, _WIDTH = 21, 206, 34, 44, 366, 880, 1130, 1250
_CELL, _PITCH, _CORNER = 11, 13, 470


def grouped(rules: tuple[Rule, ...]) -> dict[str, list[Rule]]:
    """The causes under their headings, each in the order in which rules are tried."""
    found: dict[str, list[Rule]] = {heading: [] for heading in STATIONS}
    names = {area: heading for heading, areas in STATIONS.items() for area in areas}
    for rule in rules:
        if rule.state in CAUSES:
            found.setdefault(names.get(rule.area, rule.area), []).append(rule)
    return {heading: group for heading, group in found.items() if group}


def symptoms_picture(rules: tuple[Rule, ...]) -> str:
    """Each symptom is a line that stops at the causes which can explain it, like a map of trains."""
    numbers = {rule.id: number for number, rule in enumerate(rules, start=1)}
    rows: list[tuple[Rule, int]] = []
    body: list[str] = []
    y = _TOP
    for heading, group in grouped(rules).items():
        height = len(group) * _ROW + 8
        body.append(
            f'<rect class="wash" x="16" y="{y + 14}" width="{_WIDTH - 32}" height="{height + 26}" rx="6"/>'
        )
        body.append(text(_NAMES, y + 34, heading, "head"))
        y += 44
        for rule in group:
            rows.append((rule, y + _ROW // 2))
            y += _ROW
        y += 16
    body += [part for rule, at in rows for part in _row(rule, at, numbers[rule.id])]
    for index, symptom in enumerate(SYMPTOMS):
        body += _line(index, symptom, rows)
    body += [
        text(28, 38, "What a person sees, and what can be the cause", "head"),
        text(
            28,
            60,
            "A line is a symptom. It stops at each cause that can explain it; numbers are the order",
            "soft",
        ),
        text(
            28,
            78,
            "in which causes are tried. A triangle is a problem, a clock is only a matter of time.",
            "soft",
        ),
        text(_PLACES, _TOP, "Where it shows", "soft small"),
        text(_ACTOR, _TOP, "Who acts", "soft small"),
    ]
    title = "Symptoms and their causes"
    return svg(
        _WIDTH, y + 16, title, "The same is written out as a list in README.md beside this picture.", body
    )


def _row(rule: Rule, y: int, number: int) -> list[str]:
    return [
        line(_LEFT - 12, y, _NAMES - 36, y),
        text(_NAMES - 18, y + 4, str(number), "number"),
        sign(_NAMES - 4, y, rule.state.value),
        text(_NAMES + 10, y + 4, rule.title),
        text(_PLACES, y + 4, places_of(rule.id, 2), "soft small"),
        text(_ACTOR, y + 4, ACTORS[rule.actor], "soft small"),
    ]


def _line(index: int, symptom: str, rows: list[tuple[Rule, int]]) -> list[str]:
    table = seen()
    stops = [(rule, y) for rule, y in rows if rule.id in table and symptom in table[rule.id].symptoms]
    x, colour = _LEFT + index * _STEP, f"l{index}"
    name = SYMPTOM_NAMES[symptom]
    body = [text(x + 4, _TOP - 12, name, turn=-38)]
    if stops:
        body.append(line(x, _TOP, x, stops[-1][1], colour, 4))
    body.append(dot(x, _TOP, 7, colour, f"{name}: {len(stops)} causes"))
    body += [dot(x, y, 5, colour, f"{name}: {rule.title}", ring=True) for rule, y in stops]
    return body


def explains_picture(rules: tuple[Rule, ...]) -> str:
    """A staircase: a row's dots stand above the rules it explains. Follow a dot down to the stair."""
    shown = [rule for rule in rules if rule.state in (*CAUSES, State.FINE)]
    at = {rule.id: index for index, rule in enumerate(shown)}
    count = len(shown)
    width, height = _CORNER + count * _CELL + 40, 96 + count * _PITCH + 24
    body = [
        text(28, 38, "Which cause explains which other finding", "head"),
        text(
            28,
            60,
            "Rules stand on the stair in the order in which they are tried. A dot right of a rule says that",
            "soft",
        ),
        text(
            28,
            78,
            "it explains the rule on whose step you arrive when you go straight down from the dot.",
            "soft",
        ),
    ]
    for index, rule in enumerate(shown):
        x, y = _CORNER + index * _CELL, 104 + index * _PITCH
        last = max((at[name] for name in rule.explains if name in at), default=index)
        explained_by = [at[other.id] for other in shown if rule.id in other.explains]
        if last > index:
            body.append(line(x + 6, y, _CORNER + last * _CELL, y))
        if explained_by:
            body.append(line(x, 104 + min(explained_by) * _PITCH, x, y - 5))
    for index, rule in enumerate(shown):
        x, y = _CORNER + index * _CELL, 104 + index * _PITCH
        body.append(f'<g transform="translate({x} {y}) scale(.7)">{sign(0, 0, rule.state.value)}</g>')
        body.append(text(x - 9, y + 4, rule.title, "small end"))
        for name in rule.explains:
            if name in at:
                body.append(
                    dot(
                        _CORNER + at[name] * _CELL,
                        y,
                        3.2,
                        shown[at[name]].state.value,
                        f"{rule.title}: {shown[at[name]].title}",
                    )
                )
    return svg(
        width, height, "Which cause explains what", "The same is written out rule by rule in rules.md.", body
    )
