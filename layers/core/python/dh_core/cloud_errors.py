"""What a call of AWS may raise. Imports botocore: jobs only."""

from __future__ import annotations

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from dh_core.errors import Misconfigured

CLOUD_ERRORS: tuple[type[Exception], ...] = (Boto3Error, BotoCoreError, ClientError, Misconfigured)
