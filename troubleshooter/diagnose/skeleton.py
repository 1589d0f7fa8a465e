"""A new rule to be filled in: every key with what belongs there. `rules check` then names what is missing."""

from __future__ import annotations

from troubleshooter.diagnose.rule import Actor, Confidence, State, Status
from troubleshooter.diagnose.rule_file import LIMITS
from troubleshooter.diagnose.rule_schema import FILE_NAME

_TEXT = """\
#:schema ./{schema}
# The rule {id}. Fill in what is empty, then run: photo-troubleshooter rules check {folder}
# How to write it: docs/writing-rules.md. The facts: docs/facts.md.

# What is so, for the engineer, on one line (at most {title} characters).
title = ""

# How mature it is: {statuses}. A stable rule needs [[references]].
status = "experimental"

# What it says of a person: {states}.
# advice is worth saying and changes no verdict.
state = "advice"

# Who must act: {actors}.
actor = "user"

# How sure we are when it is true: {confidences}.
confidence = "low"

# One yes-or-no expression over facts, such as: photo.present and photo.width < 96
# An unknown fact makes the rule undecided by itself; there is no way to ask whether a fact is known.
when = ""

# Ids of the rules that are symptoms of this one, such as ["page-serves-default"].
explains = []

# Where it stands: after this rule. Without it, before fine-everywhere.
# after = "image-undecodable"

# The proof, for the engineer (at most {because} characters). Facts are written {{{{ photo.width }}}}.
because = ""

# One sentence for the person, without field words (at most {headline} characters).
headline = ""

# What would have made it true; shown when it is false.
# near_miss = ""

# The wait clock: the first of these facts that is known starts it.
# wait_from = ["ticket.photo_changed_at"]
# normal_for = "24 h"
# stuck_after = "72 h"

# Cases in which the rule is true and wrong.
false_positives = []

# What the person does; [[admin_steps]] are for the administrator, with command, effect, undo and verify.
# [[user_steps]]
# text = ""

# Public pages it rests on.
# [[references]]
# url = "https://"
# title = ""
# checked_on = "2026-11-22"
# supports = "documented"    # or field

# At least one situation of each kind; the rule is tried on them whenever it is loaded.
[[examples]]
name = ""                    # a sentence: what the situation is
expect = true
facts = {{ }}                  # such as {{ photo.present = true, photo.width = 48 }}

[[examples]]
name = ""
expect = false
facts = {{ }}

[[examples]]
name = "Nothing could be read."
expect = "unknown"
facts = {{ }}
"""


def skeleton(rule_id: str, folder: str) -> str:
    """The file of a new rule. `folder` is named in its first lines."""
    return _TEXT.format(
        id=rule_id,
        folder=folder,
        schema=FILE_NAME,
        statuses=", ".join(Status),
        states=", ".join(State),
        actors=", ".join(Actor),
        confidences=", ".join(Confidence),
        **LIMITS,
    )
