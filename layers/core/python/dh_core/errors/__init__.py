"""Every error of the system, in one tree.

    DigitalHumanError                 has a stable `code` and a message that says what to do
    ├── RequestError                  the caller's fault: answered with `status`
    │   ├── InvalidRequest            400
    │   ├── Unauthorized              401
    │   ├── Forbidden                 403
    │   ├── NotFound                  404
    │   ├── Conflict            409; FileNotReady says when to ask again
    │   ├── PreconditionFailed        412
    │   ├── PayloadTooLarge           413
    │   ├── TooManyRequests           429
    │   ├── StreamUnavailable         501
    │   └── ServiceUnavailable        503; a service that we depend on does not answer
    ├── JobError                      ends the task as `failed`; trying again would not help
    │   ├── InputMissing, InputRejected, UnreadableMedia, MediaTooLong, MediaTooLarge, …
    │   └── InternalJobError          our own bug: the message is generic, the log has the detail
    ├── TransientError                the attempt failed, the next may succeed (exit status 75)
    ├── TaskCancelled                 the user cancelled; the job stops and leaves nothing
    └── TransitionRefused             a conditional write lost: somebody else moved the task

API messages may be shown to end users, so no class here puts a path, a stack or a host in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self


class DigitalHumanError(Exception):
    """Root of the tree. `code` is stable; `message` is for people."""

    code: ClassVar[str] = "internal_error"
    default_message: ClassVar[str] = "Something went wrong on our side; please try again."

    def __init__(self, message: str | None = None, *, code: str | None = None) -> None:
        self.message = message or self.default_message
        self._code = code or type(self).code
        super().__init__(self.message)

    @property
    def error_code(self) -> str:
        """The stable code: the class's own unless the raiser named a finer one."""
        return self._code


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one field of a request, and the code that says the same."""

    field: str
    reason: str
    code: str


class RequestError(DigitalHumanError):
    """A request that cannot be served as sent; `status` is the HTTP status.

    `faults` names the fields that are to blame, where it is fields.
    """

    status: ClassVar[int] = 400
    code = "invalid_request"
    default_message = "The request is not valid; the message says what to change."

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        faults: Sequence[FieldFault] = (),
    ) -> None:
        super().__init__(message, code=code)
        self.faults = tuple(faults)

    @classmethod
    def of_field(cls, field: str, message: str, *, code: str) -> Self:
        """A refusal of one field."""
        return cls(message, code=code, faults=[FieldFault(field, message, code)])

    def with_faults_of(self, others: Iterable[RequestError]) -> Self:
        """This refusal, which tells what is wrong with the fields of all of them."""
        self.faults = tuple(fault for one in others for fault in one.faults)
        return self


class InvalidRequest(RequestError):
    """400."""


class Unauthorized(RequestError):
    """401."""

    status = 401
    code = "unauthorized"
    default_message = "Sign in and send the token in the Authorization header."


class Forbidden(RequestError):
    """403: known, but not allowed. Never about a thing of another owner: that is NotFound."""

    status = 403
    code = "forbidden"
    default_message = "This credential does not allow that; use one that does."


class ScopeMissing(Forbidden):
    """The credential is valid but was not given this right."""

    code = "scope_missing"
    default_message = "The credential lacks the scope of this route; use one that has it."

    def __init__(self, scope: str) -> None:
        super().__init__(f"This credential lacks the scope {scope}; use one that has it.")
        self.scope = scope


class NotFound(RequestError):
    """404. Also what an owner gets for another owner's things."""

    status = 404
    code = "not_found"
    default_message = "There is nothing here by that name; /api/docs says what there is."


class Conflict(RequestError):
    """409: the request contradicts what is already recorded."""

    status = 409
    code = "conflict"
    default_message = "The request contradicts an earlier one; look at what is there and ask again."


class FileNotReady(Conflict):
    """409: the upload has arrived and is being checked. `retry_after` is in seconds."""

    code = "file_not_ready"
    default_message = "The upload is still being checked; ask again in a moment."
    retry_after = 1


class PreconditionFailed(RequestError):
    """412."""

    status = 412
    code = "precondition_failed"
    default_message = "It has changed since the ETag in If-Match; read it again."


class PayloadTooLarge(RequestError):
    """413."""

    status = 413
    code = "file_too_large"
    default_message = "The file is too large; compress or cut it and upload it again."


class TooManyRequests(RequestError):
    """429. `retry_after` is in seconds."""

    status = 429
    code = "too_many_requests"
    default_message = "Too many requests; wait a moment."

    def __init__(
        self, message: str | None = None, *, code: str | None = None, retry_after: int = 1
    ) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class StreamUnavailable(RequestError):
    """501: this server cannot keep a connection open."""

    status = 501
    code = "stream_unavailable"
    default_message = "This server does not stream; ask /api/tasks/{task_id}/status instead."


class ServiceUnavailable(RequestError):
    """503. `retry_after` is in seconds."""

    status = 503
    code = "service_unavailable"
    default_message = "A service that we depend on does not answer; try again in a moment."
    retry_after = 5


class JobError(DigitalHumanError):
    """Ends a task as `failed` with this code; the same input would fail again."""

    code = "job_failed"


class InternalJobError(JobError):
    """A bug or an exhausted retry; the log, not the message, has the detail."""

    code = "internal_error"
    default_message = "The task failed on our side. Please create it again; if it fails again, "
    default_message += "report the task id."


class InputMissing(JobError):
    code = "input_missing"
    default_message = "An input file never arrived; upload it and create the task again."


class InputRejected(JobError):
    code = "input_rejected"
    default_message = "An input file was rejected; upload a supported file."


class InputChanged(JobError):
    code = "input_changed"
    default_message = "An input file was replaced while the task began; create the task again."


class ContentRejected(InputRejected):
    code = "content_rejected"
    default_message = "The content was rejected by moderation; upload something else."


class ResultRejected(JobError):
    code = "result_rejected"
    default_message = "Moderation rejected the result; change the words, the sound or the picture."


class ModerationUnanswered(InputRejected):
    code = "moderation_unanswered"
    default_message = "The moderator did not answer in time; send the file or the task again."


class ModerationTooLarge(InputRejected):
    code = "moderation_too_large"
    default_message = "The moderator takes files of 10 MB at most; make it smaller."


class ModerationAbsent(InputRejected):
    code = "moderation_absent"
    default_message = (
        "WeChat judges what is of people alone who have the mini-program open; open it, "
        "and send the file or the task again."
    )


class UnreadableMedia(JobError):
    code = "unreadable_media"
    default_message = (
        "The file cannot be decoded; export it again as MP4 (H.264), WAV, JPEG or PNG."
    )


class NoVideoStream(JobError):
    code = "no_video_stream"
    default_message = "The file has no moving picture; upload a video."


class NoAudioStream(JobError):
    code = "no_audio_stream"
    default_message = "The file has no sound; upload one with an audio track."


class UnsupportedSound(JobError):
    code = "unsupported_sound"
    default_message = "The sound has too many channels; export it as mono or stereo."


class SilentAudio(JobError):
    code = "silent_audio"
    default_message = "The audio is silent; record it again with the voice clearly audible."


class MediaTooLong(JobError):
    code = "media_too_long"
    default_message = "The file is too long; cut it and upload it again."


class MediaTooShort(JobError):
    code = "media_too_short"
    default_message = "The file is too short; record at least a few seconds."


class StartTimeTooLate(JobError):
    code = "start_time_too_late"
    default_message = "The video is over before start_time; give an earlier one."


class MediaTooLarge(JobError):
    code = "media_too_large"
    default_message = "The picture has too many pixels; scale it down and upload it again."


class VideoTooSmall(JobError):
    code = "video_too_small"
    default_message = (
        "The picture is too narrow or too low to show a face; film with at least 240 lines."
    )


class UnreadableImage(UnreadableMedia):
    code = "unreadable_image"
    default_message = (
        "The picture is damaged or incomplete; export it again as JPEG or PNG and upload it."
    )


class UnsupportedImage(JobError):
    code = "unsupported_image"
    default_message = "Pictures of this kind cannot be read; export it as JPEG or PNG."


class ImageTooLarge(MediaTooLarge):
    code = "image_too_large"


class ImageTooSmall(JobError):
    code = "image_too_small"
    default_message = "The picture has too few pixels; upload a larger one."


class MediaLimitExceeded(JobError):
    code = "media_limit_exceeded"
    default_message = "Decoding the file takes more time or memory than allowed; export it again."


class NoFaceFound(JobError):
    code = "no_face_found"
    default_message = (
        "No face was found; film one person from the front, in good light, and try again."
    )


class FaceIndexOutOfRange(JobError):
    code = "face_index_out_of_range"
    default_message = (
        "There are fewer people in it than face_index counts; "
        "0 is the leftmost, and without face_index the largest face is taken."
    )


class FaceTooSmall(JobError):
    code = "face_too_small"
    default_message = "The face is too small; move closer to the camera and try again."


class PersonNotSeparable(JobError):
    code = "person_not_separable"
    default_message = (
        "The person could not be told from the background; use a photo with a plainer background, "
        "or a PNG whose background is transparent."
    )


class ReferenceTooShort(JobError):
    code = "reference_too_short"
    default_message = "The voice sample is too short; record at least 3 seconds of speech."


class VoiceMissing(JobError):
    code = "voice_not_found"
    default_message = "The saved voice was deleted; choose another and create the task again."


class TemplateMissing(JobError):
    code = "template_not_found"
    default_message = "The template was deleted; choose another and create the task again."


class VoiceOutdated(JobError):
    code = "voice_outdated"
    default_message = (
        "The voice was saved for another speech engine or version; save it again from its "
        "recording (POST /api/voices) and use the new voice_id."
    )


class UnspeakableText(JobError):
    code = "unspeakable_text"
    default_message = "The text holds nothing that can be spoken; use Chinese or English words."


class UnsupportedLanguage(UnspeakableText):
    code = "unsupported_language"
    default_message = "This voice speaks Chinese and English; write the text in one of them."


class Misconfigured(InternalJobError):
    """A permission or a resource is lacking: another try would meet the same.

    The message is for the task's owner; what was refused (`str()`) is for the operator's log.
    """

    code = "misconfigured"
    default_message = (
        "The service is not set up for this task; tell its operator, who finds the reason in the "
        "log. Create the task again afterwards."
    )

    def __init__(self, refused: str) -> None:
        super().__init__()
        self.args = (refused,)


class AttemptsExhausted(InternalJobError):
    """Every allowed attempt died with its machine."""

    code = "attempts_exhausted"
    default_message = "The task was interrupted too often; please create it again."


class JobTimedOut(InternalJobError):
    code = "job_timeout"
    default_message = "The task took too long; shorten the text or the video and try again."


class WorkDiskFull(InternalJobError):
    """The machine's disk has no room for the task: the operator's to mend, at once."""

    code = "work_disk_full"
    default_message = (
        "The server's disk has no room for this task. Use a shorter text or smaller files, or "
        "try again later; then tell the operator."
    )


class LabelMissing(InternalJobError):
    """The AI-content label could not be read back, so the result may not be shown."""

    code = "label_missing"


class TransientError(DigitalHumanError):
    """This attempt failed for a reason that may pass: host, network, memory, interruption."""

    code = "attempt_failed"


class TaskCancelled(DigitalHumanError):
    code = "cancelled"
    default_message = "The task was cancelled."


class TransitionRefused(DigitalHumanError):
    """The task is no longer in a state (or attempt) from which this transition may happen."""

    code = "transition_refused"
