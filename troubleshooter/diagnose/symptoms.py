"""What a person sees and where, when a rule is the cause: `rules/_symptoms/seen.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.evidence.schema import FACTS

SYMPTOMS = FACTS["ticket.symptom"].choices
APPS = tuple(app for app in FACTS["ticket.app"].choices if app != "other")
CAUSES = (State.PROBLEM, State.ON_ITS_WAY)
EVERYWHERE = "everywhere"

SYMPTOM_NAMES = {
    "missing": "Missing",
    "old": "Old",
    "different": "Different",
    "blurred": "Blurred",
    "wrong_person": "Another person",
    "cannot_change": "Cannot be changed",
    "cannot_remove": "Cannot be removed",
    "still_changeable": "Can still be changed",
}
PLACE_NAMES = {
    EVERYWHERE: "everywhere",
    "stores": "SharePoint and what it feeds",
    "sharepoint": "SharePoint",
    "onedrive": "OneDrive",
    "teams": "Teams",
    "outlook": "Outlook on the desktop",
    "outlook_web": "Outlook on the web",
    "profile_card": "profile card",
    "people_search": "people search",
    "viva_engage": "Viva Engage",
    "custom": "a portal or app of your own",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """How one cause looks: symptoms, and places as the file names them and as apps."""

    symptoms: tuple[str, ...]
    places: tuple[str, ...]
    apps: tuple[str, ...]


@cache
def seen() -> Mapping[str, Shown]:
    """By rule id, in the file's order. KeyError for a symptom or place that does not exist."""
    text = files("troubleshooter.rules").joinpath("_symptoms", "seen.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    groups: Mapping[str, list[str]] = data["groups"]
    found = {}
    for rule_id, line in data["seen"].items():
        symptoms, places = tuple(line["shows"]), tuple(line["in"])
        apps = {app for place in places for app in groups.get(place, [place])}
        unknown = {*symptoms} - {*SYMPTOMS} | apps - {*APPS}
        if unknown:
            raise KeyError(f"{rule_id}: {', '.join(sorted(unknown))}")
        found[rule_id] = Shown(symptoms, places, tuple(app for app in APPS if app in apps))
    return found


def causes(rules: tuple[Rule, ...], symptom: str = "", app: str = "") -> list[Rule]:
    """The rules that can be the cause of what is seen, in the order in which they are tried."""
    table = seen()
    return [
        rule
        for rule in rules
        if rule.state in CAUSES
        and rule.id in table
        and (not symptom or symptom in table[rule.id].symptoms)
        and (not app or app in table[rule.id].apps)
    ]


def places_of(rule_id: str, most: int = 0) -> str:
    """The places as words; at most so many of them by name."""
    shown = seen().get(rule_id)
    names = [PLACE_NAMES[place] for place in shown.places] if shown else []
    if most and len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return ", ".join(names)
