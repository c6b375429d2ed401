"""One way, or more, to break each of the template rules, beside the rules' own modules."""

from tests.unit.infra.template_breaches import access, data, functions, jobs, wiring

ALL_BREACHES = [
    *access.BREACHES,
    *data.BREACHES,
    *functions.BREACHES,
    *jobs.BREACHES,
    *wiring.BREACHES,
]
