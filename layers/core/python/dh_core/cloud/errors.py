"""What a call of AWS may raise. Imports botocore: for jobs, and for functions that met an error."""

from __future__ import annotations

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from dh_core.errors import Misconfigured

CLOUD_ERRORS: tuple[type[Exception], ...] = (Boto3Error, BotoCoreError, ClientError, Misconfigured)


def passes(error: Exception) -> bool:
    """Whether AWS did not answer, or failed itself: the same call may work in a moment."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return bool(status >= 500)
    return isinstance(error, ConnectionError | HTTPClientError)
