"""The API's logger: JSON lines, as CloudWatch reads them."""

from __future__ import annotations

import sys

from aws_lambda_powertools import Logger

# The service name and the level come from Powertools' own variables, which it reads itself.
# Standard error, because `dh serve` keeps standard output for its one `ready` line.
logger = Logger(stream=sys.stderr)
