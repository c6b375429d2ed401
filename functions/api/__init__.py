"""The REST API."""

from functions.api.http import cold_start

cold_start.prepare()
