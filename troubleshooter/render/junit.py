"""The result of an audit as JUnit XML, for pipelines: one test case for each rule about a problem or a wait.

A cause fails its case; a case whose rule is open for somebody is skipped, never passed: unknown is no green
light. Three cases stand before the rules: the audit has ended, everybody was decided, no acceptance expired.
Shape: https://github.com/testmoapp/junitxml.
"""

from __future__ import annotations

from datetime import UTC
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from troubleshooter.diagnose.audit_result_types import AuditCause, AuditResult, Outcome
from troubleshooter.diagnose.rule import State
from troubleshooter.render.text import plain, shortened

_FIRST = 20
_LONGEST = 120


def junit_xml(result: AuditResult, lists: dict[str, str]) -> str:
    """The whole file. `lists` names each cause's complete list of people. English, as the ids are."""
    suites = Element("testsuites", name="photo-troubleshooter audit")
    about = SubElement(suites, "testsuite", name="audit")
    _finished(about, result)
    _decided(about, result)
    _expired(about, result)
    causes = {cause.id: cause for cause in result.causes}
    by_area: dict[str, Element] = {}
    for outcome in result.outcomes:
        area = outcome.rule.area
        if area not in by_area:
            by_area[area] = SubElement(suites, "testsuite", name=_text(area))
        _rule(by_area[area], outcome, causes.get(outcome.rule.id), lists.get(outcome.rule.id, ""))
    for suite in (about, *by_area.values()):
        _count(suite, result)
    for name in ("tests", "failures", "errors", "skipped"):
        total = sum(int(suite.get(name, "0")) for suite in suites)
        suites.set(name, str(total))
    suites.set("time", _seconds(result))
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _case(suite: Element, name: str, classname: str) -> Element:
    return SubElement(suite, "testcase", name=_text(name), classname=_text(classname), time="0")


def _finished(suite: Element, result: AuditResult) -> None:
    case = _case(suite, "the audit has ended", "audit")
    if result.finished_at is None:
        message = f"The audit has not ended; {result.totals.people} people are collected until now."
        SubElement(case, "skipped", message=message)


def _decided(suite: Element, result: AuditResult) -> None:
    case = _case(suite, "everybody was decided", "audit")
    if result.totals.undecided:
        best = next((one for one in result.permissions if one.decides), None)
        message = f"{result.totals.undecided} people could not be decided."
        if best:
            message += f" One permission, {best.permission}, could decide {best.decides} of them."
        SubElement(case, "skipped", message=_text(message))


def _expired(suite: Element, result: AuditResult) -> None:
    case = _case(suite, "no accepted finding has expired", "audit")
    if result.expired:
        message = f"Accepted findings of {result.expired} people have expired and count again."
        SubElement(case, "failure", message=message, type="expired")


def _rule(suite: Element, outcome: Outcome, cause: AuditCause | None, listed: str) -> None:
    rule = outcome.rule
    case = _case(suite, rule.id, f"photo-troubleshooter.{rule.area}")
    doubt = f"The rule is open for {outcome.undecided} people." if outcome.undecided else ""
    if rule.state is State.PROBLEM and outcome.people and cause is not None:
        failure = SubElement(
            case, "failure", message=_text(f"{outcome.people} people: {rule.title}"), type=rule.state.value
        )
        first = [f"{_text(row.user_principal_name or row.id)}" for row in cause.first[:_FIRST]]
        rest = outcome.people - len(first)
        lines = [
            *first,
            f"and {rest} more" if rest else "",
            f"Complete list: {listed}" if listed else "",
            doubt,
        ]
        failure.text = "\n".join(["", *filter(None, lines), ""])
        return
    if outcome.undecided:
        SubElement(case, "skipped", message=doubt)
    told = []
    if outcome.people:
        told.append(f"{outcome.people} people are on their way: {rule.title}")
    if outcome.accepted:
        told.append(f"{outcome.accepted} people are accepted.")
    if told:
        SubElement(case, "system-out").text = _text(" ".join(told))


def _count(suite: Element, result: AuditResult) -> None:
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", "0")
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    suite.set("time", _seconds(result) if suite.get("name") == "audit" else "0")
    if result.started_at:
        suite.set("timestamp", result.started_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))


def _seconds(result: AuditResult) -> str:
    if result.started_at is None or result.finished_at is None:
        return "0"
    return f"{max(0.0, (result.finished_at - result.started_at).total_seconds()):.0f}"


def _text(value: str) -> str:
    """Text without what XML forbids: control characters, lone surrogates and the two last code points."""
    whole = plain(value).encode("utf-8", "replace").decode("utf-8")
    return shortened(whole.replace("\ufffe", " ").replace("\uffff", " "), _LONGEST)
