"""Logs and metrics of the API, as CloudWatch reads them."""

from __future__ import annotations

import sys
from typing import Final

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from starlette.requests import Request

from dh_core.tasks import TaskType

NAMESPACE: Final = "DigitalHuman"

# The service name and the level come from Powertools' own variables, which it reads itself.
# Standard error, because `dh serve` keeps standard output for its one `ready` line.
logger = Logger(stream=sys.stderr)


def count_accepted(request: Request, task_type: TaskType) -> None:
    """Count a newly created task, with an embedded-metric line on standard output.

    CloudWatch reads such lines from a function's log. A plain web server has nobody who would, so
    only requests that came through the Lambda adapter (which leaves its mark) are counted.
    """
    if "aws.context" not in request.scope:
        return
    with single_metric(
        name="TasksAccepted", unit=MetricUnit.Count, value=1, namespace=NAMESPACE
    ) as metric:
        metric.add_dimension(name="task_type", value=task_type)
