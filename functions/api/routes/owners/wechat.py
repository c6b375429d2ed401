"""`GET /wechat/messages`, `POST /wechat/messages`: for WeChat's servers, not for clients."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request
from starlette.responses import PlainTextResponse

from functions.api.http.dependencies import CurrentStores
from functions.api.http.lazy_routes import LazyRouter
from functions.api.service.owners import wechat

# Not in the document: no client calls them. WeChat may add parameters as it likes.
router = LazyRouter(prefix="/wechat", include_in_schema=False)


async def _body(request: Request) -> bytes:
    return await request.body()


@router.get("/messages", response_class=PlainTextResponse)
def confirm_address(
    stores: CurrentStores,
    timestamp: Annotated[str, Query()] = "",
    nonce: Annotated[str, Query()] = "",
    signature: Annotated[str, Query()] = "",
    echostr: Annotated[str, Query()] = "",
) -> PlainTextResponse:
    """Show WeChat that the address is ours."""
    wechat.check_address(stores, timestamp=timestamp, nonce=nonce, signature=signature)
    return PlainTextResponse(echostr, headers={"X-Content-Type-Options": "nosniff"})


@router.post("/messages", response_class=PlainTextResponse)
def receive_message(
    stores: CurrentStores,
    body: Annotated[bytes, Depends(_body)],
    timestamp: Annotated[str, Query()] = "",
    nonce: Annotated[str, Query()] = "",
    msg_signature: Annotated[str, Query()] = "",
) -> PlainTextResponse:
    """Take a message. `success` keeps WeChat from sending it again."""
    wechat.receive(stores, body, timestamp=timestamp, nonce=nonce, signature=msg_signature)
    return PlainTextResponse("success")
