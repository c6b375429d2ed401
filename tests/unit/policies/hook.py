"""Lets a test see every call of AWS before it is made, presigned requests included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.signers import S3PostPresigner
from s3transfer.futures import BoundedExecutor, NonThreadedExecutor

from tests.unit.policies.calls import Call, calls, missing_object

OnCall = Callable[[Iterator[Call]], None]
_MISSING: Final = frozenset({"404", "NoSuchKey"})


@contextmanager
def every_call(on_call: OnCall) -> Iterator[None]:
    """`on_call` hears of each call in the block, by the permissions that it needs; it may raise.

    Transfers of S3 run in the thread that asked for them, so that it shows who did.
    """
    emit, make = BaseClient._emit_api_params, BaseClient._make_api_call
    presign = S3PostPresigner.generate_presigned_post

    def tell(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        on_call(calls(service, operation, parameters))

    def emitting(self: BaseClient, api_params: Any, operation_model: Any, context: Any) -> Any:
        tell(operation_model.service_model.service_name, operation_model.name, api_params)
        return emit(self, api_params, operation_model, context)

    def making(self: BaseClient, operation_name: str, api_params: Any) -> Any:
        try:
            return make(self, operation_name, api_params)
        except ClientError as error:
            is_s3 = self.meta.service_model.service_name == "s3"
            if is_s3 and error.response["Error"].get("Code") in _MISSING:
                on_call(iter((missing_object(api_params["Bucket"]),)))
            raise

    def posting(self: S3PostPresigner, *arguments: Any, **named: Any) -> Any:
        conditions = [c for c in named["conditions"] if isinstance(c, dict)]
        wanted = {name: value for one in conditions for name, value in one.items()}
        tell("s3", "PostObject", {"Bucket": wanted["bucket"], "Key": wanted["key"]})
        return presign(self, *arguments, **named)

    with (
        patch.object(BaseClient, "_emit_api_params", emitting),
        patch.object(BaseClient, "_make_api_call", making),
        patch.object(S3PostPresigner, "generate_presigned_post", posting),
        patch.object(BoundedExecutor, "EXECUTOR_CLS", NonThreadedExecutor),
    ):
        yield
