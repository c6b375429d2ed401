"""The REST API."""

from functions.api import cold_start

cold_start.prepare()
