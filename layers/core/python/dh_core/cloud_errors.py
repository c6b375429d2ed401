"""What boto3 raises when AWS is out of reach or says no for now. Imports botocore: jobs only."""

from __future__ import annotations

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

CLOUD_ERRORS: tuple[type[Exception], ...] = (Boto3Error, BotoCoreError, ClientError)

_MISCONFIGURED = ("403", "AccessDenied", "NoSuchBucket")


def is_misconfigured(error: Exception) -> bool:
    """Whether a permission or the bucket itself is lacking: trying again would not help."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in _MISCONFIGURED
