"""`/pronunciations`: how an owner's words are read, in every task that speaks."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Header, Path, Response

from functions.api.http.dependencies import CurrentCaller, CurrentStores, open_account
from functions.api.http.error_responses import Responses, errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.schemas.library.pronunciations import (
    PronunciationDeletedResponse,
    PronunciationRequest,
    PronunciationResponse,
    PronunciationsRequest,
    PronunciationsResponse,
)
from functions.api.service.library import pronunciations

router = LazyRouter(prefix="/pronunciations", tags=["pronunciations"])

_ETAG: Final[Responses] = {
    200: {
        "headers": {
            "ETag": {"description": "Names this state, for If-Match", "schema": {"type": "string"}}
        }
    }
}
_CHANGES: Final = ("conflict", "account_deleting")

Word = Annotated[str, Path(description="A word of the dictionary; capitals make no difference")]
IfMatch = Annotated[
    str | None,
    Header(
        max_length=1024,
        description="The ETag of an earlier answer: change nothing if it is no longer true",
    ),
]


@router.get("", summary="List pronunciations · 查看读音词典", responses=_ETAG)
def list_pronunciations(
    response: Response, stores: CurrentStores, caller: CurrentCaller
) -> PronunciationsResponse:
    """Your dictionary. Tasks follow it wherever a word of it stands in their text."""
    answer, response.headers["ETag"] = pronunciations.list_all(stores, caller)
    return answer


@router.put(
    "",
    summary="Replace the dictionary · 整体替换读音词典",
    responses={
        **_ETAG,
        **errors(
            "invalid_pronunciation",
            "too_many_pronunciations",
            "content_rejected",
            "precondition_failed",
            *_CHANGES,
        ),
    },
    dependencies=[Depends(open_account)],
)
def replace_pronunciations(
    body: PronunciationsRequest,
    response: Response,
    stores: CurrentStores,
    caller: CurrentCaller,
    if_match: IfMatch = None,
) -> PronunciationsResponse:
    """Set all words at once; words that are left out are read as usual again.

    Holds for tasks created from now on. A task's own `pronounce` goes before it.
    """
    answer, response.headers["ETag"] = pronunciations.replace(
        stores, caller, body.pronunciations, if_match
    )
    return answer


@router.delete(
    "",
    summary="Empty the dictionary · 清空读音词典",
    responses={**_ETAG, **errors("precondition_failed", *_CHANGES)},
    dependencies=[Depends(open_account)],
)
def clear_pronunciations(
    response: Response, stores: CurrentStores, caller: CurrentCaller, if_match: IfMatch = None
) -> PronunciationsResponse:
    """Take all words out. Tasks that exist keep the readings that they were created with."""
    answer, response.headers["ETag"] = pronunciations.clear(stores, caller, if_match)
    return answer


@router.get(
    "/{word}",
    summary="Show a word's pronunciation · 查看词语读音",
    responses=errors("pronunciation_not_found"),
)
def get_pronunciation(
    stores: CurrentStores, caller: CurrentCaller, word: Word
) -> PronunciationResponse:
    """How your dictionary reads a word."""
    return pronunciations.show(stores, caller, word)


@router.put(
    "/{word}",
    summary="Set a word's pronunciation · 设置词语读音",
    responses=errors(
        "invalid_pronunciation", "too_many_pronunciations", "content_rejected", *_CHANGES
    ),
    dependencies=[Depends(open_account)],
)
def set_pronunciation(
    body: PronunciationRequest, stores: CurrentStores, caller: CurrentCaller, word: Word
) -> PronunciationResponse:
    """Add a word, or change its reading; the others stay."""
    return pronunciations.put(stores, caller, word, body.reading)


@router.delete(
    "/{word}",
    summary="Delete a word's pronunciation · 删除词语读音",
    responses=errors("pronunciation_not_found", *_CHANGES),
    dependencies=[Depends(open_account)],
)
def delete_pronunciation(
    stores: CurrentStores, caller: CurrentCaller, word: Word
) -> PronunciationDeletedResponse:
    """Read a word as usual again."""
    return pronunciations.delete(stores, caller, word)
