"""mediaCheckAsync: what WeChat thinks of a picture or sound that one of its users sent or made.

WeChat fetches the object from a signed address and answers within 30 minutes, by a message to
`POST /wechat/messages`. It takes no video: the task that reads or makes one gives samples of it.
https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/mediaCheckAsync.html
"""

from __future__ import annotations

from typing import Final

from aws_lambda_powertools import Logger

from dh_core.access.wechat_api import ABSENT, Refused, WechatApi
from dh_core.cloud.media_store import MediaStore, StoredObject
from dh_core.limits import MEBIBYTE, FileType
from dh_core.store import FileRecord, ModerationStore, OpenIdStore, Sample, SampleStore
from functions.dispatch.moderation import Verdict

logger = Logger(child=True)

_MEDIA_TYPES: Final[dict[FileType, int]] = {"audio": 1, "image": 2}
_SAMPLE_MIME_TYPES: Final = {"audio": "audio/aac", "image": "image/jpeg"}
_MOST_BYTES: Final = 10 * MEBIBYTE
_VERSION: Final = 2


class NotTaken(Exception):
    """WeChat did not take an object; the message about it comes again."""


class WechatMedia:
    """Judges what people uploaded who signed in by WeChat; others are unknown to it."""

    def __init__(
        self,
        api: WechatApi,
        openids: OpenIdStore,
        moderations: ModerationStore,
        samples: SampleStore,
        media: MediaStore,
        *,
        scene: int,
        wait_seconds: int,
    ) -> None:
        self._api = api
        self._openids = openids
        self._moderations = moderations
        self._samples = samples
        self._media = media
        self._scene = scene
        self._wait_seconds = wait_seconds

    def judge(self, file: FileRecord, arrived: StoredObject) -> Verdict:
        """WAIT once WeChat has taken the object. Raises NotTaken when it may do so later."""
        media_type = _MEDIA_TYPES.get(file.file_type)
        openid = self._openids.get(file.owner) if media_type else None
        if media_type is None or openid is None:
            return Verdict.ALLOWED
        if arrived.size > _MOST_BYTES:
            return Verdict.TOO_LARGE
        waiting = self._moderations.of(file)
        if waiting is not None and waiting.etag == arrived.etag:
            # The message about the object came twice.
            return Verdict.WAIT
        trace_id = self._hand_in(file.key, file.mime_type, file.filename, media_type, openid)
        if trace_id is None:
            return Verdict.ABSENT
        self._moderations.put(
            file, etag=arrived.etag, trace_id=trace_id, wait_seconds=self._wait_seconds
        )
        return Verdict.WAIT

    def judge_sample(self, sample: Sample) -> Verdict:
        """WAIT where WeChat has taken the object, or may when it is asked again."""
        openid = self._openids.get(sample.owner)
        if openid is None:
            return Verdict.ALLOWED
        if sample.trace_id is not None:
            return Verdict.WAIT
        mime_type, media_type = _SAMPLE_MIME_TYPES[sample.type], _MEDIA_TYPES[sample.type]
        try:
            trace_id = self._hand_in(sample.object_key, mime_type, sample.name, media_type, openid)
        except NotTaken as refused:
            logger.error("a sample was not taken", extra={"reason": str(refused)})
            return Verdict.WAIT
        if trace_id is None:
            return Verdict.ABSENT
        self._samples.note_trace(sample, trace_id)
        return Verdict.WAIT

    def _hand_in(
        self, key: str, mime_type: str, filename: str, media_type: int, openid: str
    ) -> str | None:
        """WeChat's name for the check; None for a user who has been away for too long."""
        body = {
            "media_url": self._media.presign_get(
                key,
                content_type=mime_type,
                filename=filename,
                expires_seconds=self._wait_seconds,
            ),
            "media_type": media_type,
            "version": _VERSION,
            "scene": self._scene,
            "openid": openid,
        }
        try:
            answer = self._api.post("/wxa/media_check_async", body)
        except Refused as refused:
            raise NotTaken(str(refused)) from refused
        errcode, trace_id = answer.get("errcode", 0), answer.get("trace_id")
        if errcode in ABSENT:
            return None
        if errcode != 0 or not isinstance(trace_id, str) or not trace_id:
            raise NotTaken(f"errcode {errcode!r:.20}")
        return trace_id
