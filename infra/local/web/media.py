"""The bucket at the API's own address, for whoever reaches that: a phone, a tunnel, another port.

The store itself listens on loopback alone. Requests that a signature of the API's allows are handed
on to it under the host name they were signed for, as CloudFront does on AWS; nothing else is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from infra.local.cloud.availability import Application, Message, Receive, Send

# What S3 reads of a signed request. A caller's own Authorization, cookies and `X-Amz-Target` would
# ask the store for something else, and are left behind.
_HANDED_ON: Final = frozenset(
    {
        "access-control-request-headers",
        "access-control-request-method",
        "content-length",
        "content-md5",
        "content-type",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "origin",
        "range",
    }
)
# Any other parameter would have the store do something else than hand over or take an object.
_PARAMETERS: Final = frozenset(
    {
        "partNumber",
        "response-content-disposition",
        "response-content-type",
        "uploadId",
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-Signature",
        "X-Amz-SignedHeaders",
    }
)
_OF_A_CONNECTION: Final = frozenset({"connection", "date", "keep-alive", "server"})
_UNAVAILABLE: Final = "<Error><Code>ServiceUnavailable</Code><Message>Try again.</Message></Error>"


def with_media(api: Application, store_url: str, bucket: str) -> Application:
    """`api`, with the objects of `bucket` at `/{bucket}/…` for those who hold a signed address."""
    # A store that is started again keeps its requests waiting.
    store = httpx.AsyncClient(base_url=store_url, timeout=httpx.Timeout(None), trust_env=False)

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            async with store:
                await api(scope, receive, send)
        elif scope["type"] == "http" and _is_of(bucket, scope["path"]):
            await _hand_on(store, scope, receive, send)
        else:
            await api(scope, receive, send)

    return serve


def _is_of(bucket: str, path: str) -> bool:
    return path == f"/{bucket}" or path.startswith(f"/{bucket}/")


async def _hand_on(store: httpx.AsyncClient, scope: Message, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    if not _may_pass(request):
        await PlainTextResponse("A signed address is needed.\n", 403)(scope, receive, send)
        return
    target = scope["raw_path"]
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    handed_on = store.build_request(
        request.method,
        store.base_url.copy_with(raw_path=target),
        headers=_handed_on(request.headers),
        content=request.stream() if "content-length" in request.headers else None,
    )
    try:
        answer = await store.send(handed_on, stream=True)
    except ClientDisconnect:
        return
    except httpx.TransportError:
        # The store died over this request, and is started again.
        refusal = Response(_UNAVAILABLE, 503, {"Access-Control-Allow-Origin": "*"})
        await refusal(scope, receive, send)
        return
    try:
        headers = {k: v for k, v in answer.headers.items() if k not in _OF_A_CONNECTION}
        body = StreamingResponse(answer.aiter_raw(), answer.status_code, headers)
        await body(scope, receive, send)
    finally:
        await answer.aclose()


def _may_pass(request: Request) -> bool:
    """Whether it is what a presigned request looks like; whether it is one, the store decides.

    The question that a browser asks before a foreign page's request bears no signature.
    """
    names = set(request.query_params)
    if request.method == "POST":
        form = request.headers.get("content-type", "").startswith("multipart/form-data")
        return form and not names and request.url.path.count("/") == 1
    if request.method == "OPTIONS":
        return names <= _PARAMETERS
    is_object = "/s3/aws4_request" in request.query_params.get("X-Amz-Credential", "")
    return (
        request.method in ("GET", "HEAD", "PUT")
        and "X-Amz-Signature" in names
        and names <= _PARAMETERS
        and is_object
    )


def _handed_on(headers: Headers) -> Mapping[str, str]:
    # Nothing of it is compressed on the way: the lengths are the objects' own.
    kept = {name: value for name, value in headers.items() if name in _HANDED_ON}
    return kept | {"accept-encoding": "identity"}
