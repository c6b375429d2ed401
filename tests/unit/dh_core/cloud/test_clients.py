from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from dh_core.cloud import clients as aws
from dh_core.errors import Misconfigured


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.mark.parametrize("code", ["403", "AccessDenied", "NoSuchBucket"])
def test_what_only_an_operator_can_mend_is_told_from_what_passes(code: str) -> None:
    client = aws.client("s3")
    with Stubber(client) as stub:
        stub.add_client_error("head_object", service_error_code=code)
        with pytest.raises(Misconfigured, match="s3:HeadObject") as caught:
            client.head_object(Bucket="bucket", Key="key")
    assert "HeadObject" not in caught.value.message


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_the_table_says_so_too(code: str) -> None:
    client = aws.dynamodb()
    with Stubber(client) as stub:
        stub.add_client_error("get_item", service_error_code=code)
        with pytest.raises(Misconfigured, match="dynamodb:GetItem"):
            client.get_item(TableName="table", Key={"PK": "a", "SK": "b"})


@pytest.mark.parametrize("code", ["SlowDown", "NoSuchKey", "InternalError"])
def test_other_errors_stay_botocores_own(code: str) -> None:
    client = aws.client("s3")
    with Stubber(client) as stub:
        stub.add_client_error("head_object", service_error_code=code)
        with pytest.raises(ClientError):
            client.head_object(Bucket="bucket", Key="key")
