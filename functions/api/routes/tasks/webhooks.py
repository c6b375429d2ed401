"""`/webhook`: the default callback and the signing secrets; `GET /tasks/{task_id}/deliveries`."""

from __future__ import annotations

from fastapi import Depends

from functions.api.http.dependencies import CurrentCaller, CurrentStores, open_account
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.http.parameters import TaskId
from functions.api.schemas.tasks.webhooks import (
    DeliveriesResponse,
    NewSecretResponse,
    WebhookRequest,
    WebhookResponse,
    WebhookTestRequest,
    WebhookTestResponse,
)
from functions.api.service.tasks import webhooks

router = LazyRouter(tags=["webhooks"])


@router.get(
    "/webhook",
    summary="Show the webhook settings · 查看回调设置",
)
def get_webhook(stores: CurrentStores, caller: CurrentCaller) -> WebhookResponse:
    """The default callback and when its signing secrets were made; never their values."""
    return webhooks.get_settings(stores, caller)


@router.put(
    "/webhook",
    summary="Set the default callback · 设置默认回调地址",
    responses=errors("callback_url_refused", "conflict", "account_deleting"),
    dependencies=[Depends(open_account)],
)
def set_webhook(
    body: WebhookRequest, stores: CurrentStores, caller: CurrentCaller
) -> NewSecretResponse:
    """Call this URL when a task ends that names no `callback_url` itself.

    The first time, a signing secret is made and shown, this once.
    """
    return webhooks.set_default(stores, caller, body)


@router.delete(
    "/webhook",
    summary="Remove the default callback · 移除默认回调地址",
    responses=errors("conflict", "account_deleting"),
    dependencies=[Depends(open_account)],
)
def delete_webhook(stores: CurrentStores, caller: CurrentCaller) -> WebhookResponse:
    """Tasks created from now on call nobody unless they say so. The secrets stay."""
    return webhooks.drop_default(stores, caller)


@router.post(
    "/webhook/secret",
    summary="Make a new signing secret · 更换签名密钥",
    responses=errors("conflict", "account_deleting"),
    dependencies=[Depends(open_account)],
)
def rotate_secret(stores: CurrentStores, caller: CurrentCaller) -> NewSecretResponse:
    """The secret before it goes on signing beside the new one for 24 hours."""
    return webhooks.rotate_secret(stores, caller)


@router.post(
    "/webhook/test",
    summary="Try a callback · 测试回调",
    responses=errors("callback_url_refused", "webhook_secret_missing", "account_deleting"),
    dependencies=[Depends(open_account)],
)
def test_webhook(
    body: WebhookTestRequest, stores: CurrentStores, caller: CurrentCaller
) -> WebhookTestResponse:
    """Call your server at once with an event of the type `webhook.test`, signed like the others."""
    return webhooks.test(stores, caller, body)


@router.get(
    "/tasks/{task_id}/deliveries",
    summary="List a task's webhook attempts · 查看任务回调记录",
    responses=errors("task_not_found"),
)
def list_deliveries(
    stores: CurrentStores, caller: CurrentCaller, task_id: TaskId
) -> DeliveriesResponse:
    """Every call that was made for this task, and when the next one is due."""
    return webhooks.list_deliveries(stores, caller, task_id)


@router.post(
    "/tasks/{task_id}/deliveries/redeliver",
    summary="Call for a task again · 重新发送任务回调",
    responses=errors("task_not_found", "nothing_to_deliver", "conflict"),
)
def redeliver_webhook(
    stores: CurrentStores, caller: CurrentCaller, task_id: TaskId
) -> DeliveriesResponse:
    """The same webhook under the same `webhook-id`, within a minute."""
    return webhooks.redeliver(stores, caller, task_id)
