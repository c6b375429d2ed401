"""Logs and metrics of the API, as CloudWatch reads them."""

from __future__ import annotations

import sys

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from starlette.requests import Request

from dh_core.tasks import TaskType

# The service name and the level come from Powertools' own variables, which it reads itself.
# Standard error, because `dh serve` keeps standard output for its one `ready` line.
logger = Logger(stream=sys.stderr)
metrics = Metrics()


def count_accepted(request: Request, task_type: TaskType) -> None:
    """Count a newly created task.

    The Lambda handler flushes the metrics of its request; a plain web server has nobody who
    would, so only requests that came through the adapter (which leaves its mark) are counted.
    """
    if "aws.context" in request.scope:
        metrics.add_metric(name=f"accepted_{task_type}", unit=MetricUnit.Count, value=1)
