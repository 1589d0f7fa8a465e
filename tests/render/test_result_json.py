from __future__ import annotations

import json

from tests.render.samples import diagnosis
from troubleshooter import __version__
from troubleshooter.diagnose.rule import State
from troubleshooter.evidence import codec
from troubleshooter.render.json import result_dict

BIG = {"evidence", "gaps"}


def test_the_result_has_the_documented_shape(speak):
    found = diagnosis(State.ON_ITS_WAY)
    result = result_dict(found, speak("en"))
    assert {key: value for key, value in result.items() if key not in BIG} == {
        "schema": "photo-troubleshooter/result/1",
        "language": "en",
        "person": {
            "id": "aaaaaaaa-0000-4000-8000-000000000001",
            "user_principal_name": "adele@contoso.example",
            "display_name": "Adele Vance",
            "mail": "adele@contoso.example",
        },
        "verdict": {
            "state": "on_its_way",
            "cause": "stale-inside-window",
            "actor": "nobody",
            "confidence": "medium",
            "headline": "Your new photo is saved; SharePoint shows it by 23 Nov 2026 09:15 CET.",
            "wait_from": "2026-11-22T08:15:00Z",
            "wait_until": "2026-11-23T08:15:00Z",
            "stuck_at": "2026-11-25T08:15:00Z",
            "lowered_by": ["photo-policy"],
        },
        "findings": [
            {
                "rule": "stale-inside-window",
                "role": "cause",
                "state": "on_its_way",
                "actor": "nobody",
                "confidence": "high",
                "title": "SharePoint's copy is older, inside the usual window",
                "explained_by": None,
            },
            {
                "rule": "old-in-search",
                "role": "symptom",
                "state": "problem",
                "actor": "user",
                "confidence": "high",
                "title": "People search shows the old photo",
                "explained_by": "stale-inside-window",
            },
        ],
        "undecided": [
            {
                "rule": "photo-policy",
                "needs": ["policy.photo_source"],
                "permissions": ["Microsoft Graph PeopleSettings.Read.All"],
                "question": False,
                "before_cause": True,
            },
            {
                "rule": "device-cache",
                "needs": ["ticket.private_window"],
                "permissions": [],
                "question": True,
                "before_cause": False,
            },
        ],
        "ruled_out": ["no-licence", "photo-too-small"],
        "run": {
            "collected_at": "2026-11-22T10:40:00Z",
            "cloud": "global",
            "tenant": "contoso.example",
            "tenant_name": None,
            "signed_in_as": "support@contoso.example",
            "app_only": None,
            "permissions": ["User.Read.All", "ProfilePhoto.Read.All"],
            "tool_version": __version__,
            "rules_version": "2026.11",
            "redaction": "none",
        },
    }
    assert result["evidence"] == codec.dump(found.evidence)
    assert {
        "fact": "policy.photo_source",
        "reason": "denied",
        "detail": "",
        "permission": "Microsoft Graph PeopleSettings.Read.All",
        "source": "s3",
    } in result["gaps"]


def test_the_result_is_json_in_every_state(speak):
    for state in (State.PROBLEM, State.ON_ITS_WAY, State.FINE, State.UNDECIDED):
        result = result_dict(diagnosis(state), speak("hr"))
        assert json.loads(json.dumps(result)) == result
        assert result["verdict"]["state"] == state.value


def test_codes_do_not_change_with_the_language(speak):
    english, croatian = (result_dict(diagnosis(State.PROBLEM), speak(code)) for code in ("en", "hr"))
    for key in ("undecided", "ruled_out", "gaps", "evidence", "run"):
        assert english[key] == croatian[key]
    assert english["verdict"]["cause"] == croatian["verdict"]["cause"]
