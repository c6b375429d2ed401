"""The one place that makes clients of AWS. boto3 costs 0.4 s to import, paid with the first one."""

from __future__ import annotations

from typing import Any, Final

from dh_core.errors import Misconfigured

_MISCONFIGURED: Final = frozenset(
    {
        "403",  # S3's HEAD, whose answers have no body
        "AccessDenied",
        "AccessDeniedException",
        "KMS.AccessDeniedException",
        # A bucket or table that is not there: the same, as far as trying again goes.
        "NoSuchBucket",
        "ResourceNotFoundException",
    }
)
"""Error codes that only an operator can mend (each service's API reference, "Common Errors")."""


def client(service: str, **options: Any) -> Any:
    """A boto3 client; its calls raise Misconfigured where a permission or a resource is lacking."""
    import boto3  # noqa: PLC0415 - see above

    return _guarded(boto3.client(service, **options))


def dynamodb() -> Any:
    """DynamoDB's client as boto3's resource has it: it speaks plain Python values."""
    import boto3  # noqa: PLC0415 - see above

    return _guarded(boto3.resource("dynamodb").meta.client)


def _guarded(made: Any) -> Any:
    made.meta.events.register("after-call", _tell_misconfigured)
    return made


def _tell_misconfigured(parsed: dict[str, Any], model: Any, **_: Any) -> None:
    error = parsed.get("Error") or {}
    if error.get("Code") in _MISCONFIGURED:
        name = f"{model.service_model.service_name}:{model.name}"
        raise Misconfigured(f"{name}: {error.get('Message', error['Code'])}")
