"""What boto3 raises when AWS is out of reach or says no for now. Imports botocore: jobs only."""

from __future__ import annotations

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

CLOUD_ERRORS: tuple[type[Exception], ...] = (Boto3Error, BotoCoreError, ClientError)

_DENIED = ("403", "AccessDenied")


def is_denied(error: Exception) -> bool:
    """Whether AWS refused for lack of a permission: trying again would not help."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in _DENIED
