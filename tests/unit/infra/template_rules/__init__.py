"""Rules that every CloudFormation template of the project keeps: functions that name breaches.

Each takes all templates and answers a line per breach, `file:LogicalId what is wrong`. ALL_RULES is
what the tests run, by name.
"""

from tests.unit.infra.template_rules import access, data, functions, jobs, wiring

ALL_RULES = {
    rule.__name__: rule
    for module in (access, data, functions, jobs, wiring)
    for rule in module.RULES
}
