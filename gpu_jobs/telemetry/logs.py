"""The log of a job: one JSON object a line for CloudWatch Logs, or text for people."""

from __future__ import annotations

import json
import logging
from typing import Any, Final, Literal

from dh_core.clock import iso
from gpu_jobs.telemetry.log_context import TaskContextFilter

LogFormat = Literal["json", "text"]

_TEXT: Final = "%(asctime)s %(levelname)s %(task_id)s/%(attempt)s %(name)s: %(message)s"
_SERVICE: Final = "digital-human"


class JsonLines(logging.Formatter):
    """Fields bear the names that Powertools gives the functions' lines: one query finds both.

    A traceback is one field: awslogs takes every line break for the end of an event.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "level": record.levelname,
            "timestamp": iso(record.created),
            "service": _SERVICE,
            "location": f"{record.name}:{record.lineno}",
            "message": record.getMessage(),
        }
        for name in ("task_id", "attempt", "stage"):
            value = getattr(record, name, None)
            if value not in (None, "-", 0):
                line[name] = value
        if record.exc_info and record.exc_info[0] is not None:
            line["exception_name"] = record.exc_info[0].__name__
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(form: LogFormat, level: str) -> None:
    """Send this process's log to standard error. Warnings of libraries become lines of it too.

    `level` is ours; libraries are heard from WARNING on, because boto's DEBUG shows whole requests.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(_TEXT))
    handler.addFilter(TaskContextFilter())
    ours = logging.getLevelNamesMapping()[level]
    logging.basicConfig(level=max(ours, logging.WARNING), handlers=[handler], force=True)
    for name in ("gpu_jobs", "dh_core"):
        logging.getLogger(name).setLevel(ours)
    logging.captureWarnings(True)
