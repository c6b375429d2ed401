"""The templates keep every rule, and every rule finds what it is there for."""

import pytest

from tests.unit.infra.template_breaches import ALL_BREACHES
from tests.unit.infra.template_rules import ALL_RULES
from tests.unit.infra.template_rules.model import load_all

TEMPLATES = load_all()


@pytest.mark.parametrize("rule", ALL_RULES)
def test_the_templates_keep_the_rule(rule):
    assert ALL_RULES[rule](TEMPLATES) == []


@pytest.mark.parametrize("breach", ALL_BREACHES, ids=str)
def test_the_rule_names_what_breaks_it(breach):
    found = ALL_RULES[breach.rule](breach.made_in(TEMPLATES))
    assert any(breach.culprit in line.split()[0] for line in found)


def test_no_rule_goes_untried():
    assert {breach.rule for breach in ALL_BREACHES} == set(ALL_RULES)
