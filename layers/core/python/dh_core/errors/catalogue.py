"""Every stable error and warning code and what it means: for docs/errors.md and OpenAPI.

The classes of `errors` carry the codes that are theirs; the finer ones, which the raiser names,
are listed here. A test finds every code in the sources that is missing.
`errors.chinese` says the same in Chinese; a test finds what is missing there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from dh_core.errors import (
    DigitalHumanError,
    JobError,
    RequestError,
    UnspeakableText,
    UnsupportedLanguage,
)

E = TypeVar("E", bound=DigitalHumanError)


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """`status` is the HTTP status of an answer; None for the code of a failed task."""

    code: str
    status: int | None
    meaning: str

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in _PASSING or self.code in _WAITED_FOR


_PASSING: Final = (429, 500, 503)
_WAITED_FOR: Final = frozenset(
    {
        "audio_task_not_completed",
        "file_not_ready",
        "input_task_not_completed",
        "inputs_changed",
        "result_not_ready",
        "template_not_ready",
        "voice_not_ready",
    }
)
"""Refusals until something that is under way has happened."""


_FINER: Final[dict[str, tuple[int, str]]] = {
    # Any route
    "route_not_found": (404, "There is no such address; /api/docs lists all."),
    "method_not_allowed": (405, "The address takes other methods; Allow names them."),
    "request_too_large": (413, "The body has more than 256 KB; files go to the upload routes."),
    "internal_error": (500, DigitalHumanError.default_message),
    # Credentials
    "token_missing": (401, "The request has no credential: sign in, or send an API key."),
    "token_invalid": (401, "The credential is not valid; sign in again, or use another key."),
    "token_expired": (401, "The access token has expired; refresh it."),
    "key_revoked": (401, "The API key was revoked; use another."),
    "key_expired": (401, "The API key has expired; use another."),
    "api_key_needed": (403, "Only an API key may do this; send one."),
    "key_not_found": (404, "There is no such API key; GET /api/keys lists yours."),
    "refresh_token_invalid": (401, "The refresh token is not valid (any more); sign in again."),
    "refresh_token_expired": (401, "The session has expired; sign in again."),
    "refresh_token_reused": (401, "The refresh token was used before; its session was ended."),
    "wechat_code_invalid": (401, "The wx.login code is not valid (any more); get a new one."),
    "wechat_user_blocked": (403, "WeChat does not let this user sign in."),
    "wechat_rate_limited": (429, "WeChat limits this user's sign-ins; wait a minute."),
    "wechat_unavailable": (503, "WeChat's sign-in does not answer; try again in a moment."),
    "wechat_message_refused": (
        403,
        "Only messages that WeChat has just signed are taken; check Token and EncodingAESKey.",
    ),
    "sign_in_unavailable": (
        404,
        "This server has no sign-in of that kind; use what its operator gave you.",
    ),
    "cursor_invalid": (400, "The cursor is not one that this list gave out; start without it."),
    "rate_limited": (429, "Too many requests in this minute; wait for Retry-After."),
    # Uploads
    "unsupported_content_type": (
        400,
        "An upload is JSON or multipart/form-data; say which in Content-Type.",
    ),
    "unsupported_type": (
        400,
        "The file is not of a supported type; send one of those that the message names.",
    ),
    "empty_file": (400, "The file is empty; upload it again, or choose another."),
    "invalid_name": (
        400,
        "custom_name holds nothing that can be part of a file name; use letters or digits.",
    ),
    "name_taken": (400, "Too many files bear this custom_name; choose another."),
    "direct_upload_too_large": (
        413,
        "Too large for multipart/form-data; send JSON and ask for an address.",
    ),
    "address_refused": (
        400,
        "An address must be https and lead to a public host; upload the file instead.",
    ),
    "address_not_found": (400, "There is no file at the address; check it."),
    "address_too_slow": (400, "The address's server is too slow; upload the file instead."),
    "address_unreachable": (
        400,
        "The address's server does not give the file; check it, or upload the file.",
    ),
    "upload_not_found": (404, "The resumable upload does not exist (any more); start a new one."),
    "upload_aborted": (400, "The file's resumable upload was aborted; upload the file again."),
    "upload_completed": (409, "The resumable upload is complete; delete the file instead."),
    "part_out_of_range": (400, "The upload has fewer parts; ask for 1 to part_count."),
    "parts_missing": (409, "Parts are missing or have another length; send them and complete."),
    # Creating tasks
    "invalid_uuid": (
        400,
        "uuid takes letters, digits and _ - . : and starts with a letter or digit.",
    ),
    "text_too_long": (400, "The text is too long; shorten it, or make several tasks of it."),
    "invalid_pronunciation": (
        400,
        "A reading is wrong; the message names word and cure.",
    ),
    "ssml_invalid": (
        400,
        "The SSML has a fault; the message names tag, line, column and cure.",
    ),
    "too_many_pronunciations": (
        400,
        "A dictionary takes 500 words, a task 600 readings.",
    ),
    "unspeakable_text": (400, UnspeakableText.default_message),
    "unsupported_language": (400, UnsupportedLanguage.default_message),
    "consent_required": (400, "The person's consent must be stated: subject, statement, given_at."),
    "moderation_unavailable": (
        503,
        "WeChat's check of texts does not answer; open the mini-program again, or try later.",
    ),
    "unlabelled_not_allowed": (403, "This server labels every result; leave unlabelled out."),
    "content_rejected": (400, "Moderation rejected a text or file; write or choose another."),
    "callback_url_refused": (400, "The callback_url must be https and lead to a public host."),
    "webhook_secret_missing": (400, "A callback needs a signing secret: POST /api/webhook/secret."),
    "idempotency_conflict": (
        409,
        "The uuid or Idempotency-Key stands for another request; use a new one.",
    ),
    "inputs_changed": (409, "The input files keep changing; try again."),
    "too_many_tasks": (
        429,
        "Too many tasks of this owner wait or run; wait for one to end, or cancel one.",
    ),
    "daily_quota_reached": (
        429,
        "The day's seconds of video are used up; go on after midnight UTC.",
    ),
    "batch_not_found": (404, "There is no such batch (any more); use the id of its answer."),
    "batch_unfinished": (
        503,
        "No time was left for this task of the batch; send the batch again with its key.",
    ),
    "variable_malformed": (
        400,
        "A brace of the template belongs to no {variable}; write {{ or }} for a brace.",
    ),
    "variable_missing": (400, "A row lacks a variable of the template; add it to the row."),
    "variable_unknown": (
        400,
        "A row has a variable that the template lacks; rename it or leave it out.",
    ),
    "account_deleting": (409, "The account is being deleted; nothing new is accepted."),
    # Accounts and usage
    "account_shared": (409, "Everybody shares one owner here; delete files and tasks one by one."),
    "deletion_not_found": (
        404,
        "No deletion of this account was asked for; POST /api/account/delete asks.",
    ),
    "invalid_period": (400, "from must not come after to, nor a year or more before it."),
    # Things by name
    "invalid_ids": (400, "ids takes 1 to 50 task ids, separated by commas."),
    "nothing_to_deliver": (
        409,
        "The task has not ended, or calls nobody; name a callback_url.",
    ),
    "task_not_ended": (409, "A task must have ended before it is deleted; cancel it first."),
    "file_in_use": (409, "A task works on the file; wait for its end, or cancel it."),
    "file_not_found": (
        404,
        "There is no file by this name; upload it first (GET /api/files/list lists all).",
    ),
    "task_not_found": (
        404,
        "There is no task by this id or uuid; use the one that its creation answered.",
    ),
    "template_not_found": (
        404,
        "There is no template by this id; GET /api/templates/list lists all.",
    ),
    "template_not_ready": (
        409,
        "The template is still being made; use it when its task is completed.",
    ),
    "audio_task_not_completed": (
        409,
        "The task whose audio is to be spoken is not completed; wait for it.",
    ),
    "input_task_not_completed": (
        409,
        "The task whose result is named as an input is not completed; wait for it.",
    ),
    "input_task_without_file": (
        409,
        "The task named as an input made no file of that kind; name one that did.",
    ),
    "audio_task_without_audio": (409, "The task named as audio made no sound; name one that did."),
    "voice_not_found": (404, "There is no voice by this id; GET /api/voices lists all."),
    "voice_not_ready": (409, "The voice is still being made; use it when its task is completed."),
    "pronunciation_not_found": (
        404,
        "Not in the dictionary; GET /api/pronunciations lists it.",
    ),
    "voice_read_only": (409, "Built-in voices cannot be deleted; only those that you saved can."),
    "task_already_ended": (
        409,
        "A task that has ended cannot be cancelled; DELETE /api/tasks/{id} forgets it.",
    ),
    "result_missing": (
        404,
        "The task failed or was cancelled, so it has no result; create it again.",
    ),
    "result_not_ready": (
        404,
        "The task has not finished yet; download when its status is completed.",
    ),
}

_OF_FILES: Final = (
    "empty_file",
    "file_too_large",
    "unsupported_type",
    "upload_aborted",
    "address_refused",
    "address_not_found",
    "address_too_slow",
    "address_unreachable",
)
"""Codes of a refused input that a task which waited for it fails with."""


WARNINGS: Final[dict[str, str]] = {
    # Videos and pictures
    "input_damaged": "Parts of the video or picture are damaged, and faces in it may look wrong; "
    "send the original again.",
    "photo_rotated": "The person lay or stood on their head in the photo; it was turned upright.",
    "video_rotated": "The person lay or stood on their head in the video; it was turned upright.",
    "video_format_changes": "The picture changes its size or form within the video; what has "
    "another shape than its beginning lies on black. Film without turning the phone.",
    "teeth_always_shown": "The person's lips never meet in the video, so closed sounds may look "
    "wrong; film them with a relaxed mouth.",
    "small_face": "The face is small, so its mouth is coarse; move closer to the camera.",
    "speaker_unsure": "It is unclear who of several people speaks, so the largest face was "
    "taken; choose with face_index.",
    "side_face": "The person looks aside most of the time; film them from the front.",
    "animated_image_first_frame": "The picture is animated; its first frame was used.",
    # Templates
    "person_low_resolution": "The person was enlarged much and looks soft; use a larger photo.",
    "title_characters_left_out": "The title's font lacks some characters; they were left out.",
    "title_shrunk": "The title was too long for its size and was set smaller.",
    "title_moved": "The title would have been cut off and was moved inward.",
    # Voices
    "reference_clipped": "The recording's peaks are cut off: record further from the microphone.",
    "reference_noisy": "Noise, music or echo is loud behind the voice (less than 13 dB below it); "
    "record in a quiet room.",
    "reference_several_speakers": "Two people speak in the recording; the voice is a mixture.",
    "reading_uncertain": "This engine takes no pinyin; listen to the words.",
    # Subtitles and music
    "subtitles_unavailable": "The recording could not be written down here; there are no "
    "subtitles.",
    "subtitles_in_order": "The subtitles' times are spread evenly: the text was not recognised "
    "in the recording.",
    "background_music_silent": "The music is silent, and was left out.",
    "speech_cut": "The speech was longer than the clip and ends with it, as length_fit asks.",
}
"""Codes in `result.warnings` of a completed task: what harms the result, or was done otherwise."""


def request_codes() -> dict[str, ErrorCode]:
    """What the API answers, by code."""
    found = {
        kind.code: ErrorCode(kind.code, kind.status, kind.default_message)
        for kind in _tree(RequestError)
    }
    found |= {code: ErrorCode(code, *entry) for code, entry in _FINER.items()}
    return found


def job_codes() -> dict[str, ErrorCode]:
    """What a failed task's `error_code` may be, by code."""
    found = {
        kind.code: ErrorCode(kind.code, None, kind.default_message) for kind in _tree(JobError)
    }
    answers = request_codes()
    found |= {code: ErrorCode(code, None, answers[code].meaning) for code in _OF_FILES}
    return found


def _tree(root: type[E]) -> Iterator[type[E]]:
    yield root
    for kind in root.__subclasses__():
        yield from _tree(kind)
