"""What each permission unlocks follows from the rules and the facts they read."""

from __future__ import annotations

import pytest

from troubleshooter.diagnose.permissions import Mode, needs_of
from troubleshooter.diagnose.rulebook import Rulebook, load_rules
from troubleshooter.diagnose.tenant_rules import load_tenant_rules
from troubleshooter.evidence.permissions import ALL, FILES, PHOTOS, POLICY, PROFILES, SITE_ADDRESS, of_fact
from troubleshooter.evidence.schema import FACTS

# They are about refusals and failures themselves.
NEED_NOTHING = {"reading-refused-for-nearly-all", "service-fails-for-many"}


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rules()


def test_a_rule_needs_the_permission_of_every_fact_it_reads(book: Rulebook) -> None:
    needs = needs_of(Mode.DIAGNOSE, book.rules)
    by_rule = dict(
        zip((rule.id for rule, _ in needs.by_rule), (keys for _, keys in needs.by_rule), strict=True)
    )
    for rule in book.rules:
        assert by_rule[rule.id] == {key for path in rule.needs for key in of_fact(path)}, rule.id
    unlocked = {one.key: {rule.id for rule in one.rules} for one in needs.unlocks}
    for path, info in FACTS.items():
        readers = {rule.id for rule in book.rules if path in rule.needs}
        if info.permission:
            assert readers <= unlocked.get(info.permission, set()) or not readers, path


def test_everything_is_decidable_with_all_permissions_and_less_without_one(book: Rulebook) -> None:
    needs = needs_of(Mode.AUDIT, book.rules, load_tenant_rules().rules)
    assert needs.undecided_without(()) == ()
    for one in needs.unlocks:
        assert needs.undecided_without([one.key]) == one.rules
        assert all(rule in one.rules for rule in one.alone)


def test_an_audit_concludes_about_the_tenant_as_well_and_asks_for_no_more(book: Rulebook) -> None:
    tenant_rules = load_tenant_rules().rules
    audit = needs_of(Mode.AUDIT, book.rules, tenant_rules)
    diagnose = needs_of(Mode.DIAGNOSE, book.rules, tenant_rules)
    assert audit.keys == diagnose.keys
    assert len(audit.by_rule) == len(diagnose.by_rule) + len(tenant_rules)
    for rule, keys in audit.by_rule:
        if rule in tenant_rules:
            assert bool(keys) is (rule.id not in NEED_NOTHING), rule.id


def test_who_may_change_photos_needs_no_permission_of_sharepoint(book: Rulebook) -> None:
    policy = needs_of(Mode.POLICY, book.rules)
    assert POLICY in policy.keys
    assert not {SITE_ADDRESS, PROFILES, FILES} & set(policy.keys)
    assert all(rule.area == "policy" for rule, _ in policy.by_rule)


def test_a_given_sharepoint_address_makes_graphs_sites_permission_needless(book: Rulebook) -> None:
    assert SITE_ADDRESS in needs_of(Mode.DIAGNOSE, book.rules).keys
    given = needs_of(Mode.DIAGNOSE, book.rules, host_given=True)
    assert SITE_ADDRESS not in given.keys
    assert FILES in given.keys


def test_nobody_is_fine_without_seeing_photos_and_files(book: Rulebook) -> None:
    fine = {one.key: one.fine for one in needs_of(Mode.DIAGNOSE, book.rules).unlocks}
    assert fine[PHOTOS]
    assert fine[FILES]
    assert not fine[POLICY]


def test_the_permissions_come_in_the_order_of_the_photos_way(book: Rulebook) -> None:
    keys = needs_of(Mode.DIAGNOSE, book.rules).keys
    assert list(keys) == [key for key in ALL if key in keys]
