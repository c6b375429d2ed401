"""Field types that specs share: bounds and patterns are written once."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError, PydanticKnownError

from dh_core import limits
from dh_core.field_rules import Expected
from dh_core.specs import ssml
from dh_core.specs.roles import Names, Upload, Words


def is_address(filename: str) -> bool:
    """Whether a file is named by where it lies."""
    return filename.startswith(("https://", "http://"))


def _speakable(text: str, info: ValidationInfo) -> str:
    """Whatever is said is bounded, whether or not it stands among tags."""
    try:
        script = ssml.read(text, info.data.get("text_type", "plain"))
    except ssml.SsmlError as error:
        raise PydanticCustomError("ssml_invalid", "{fault}", {"fault": str(error)}) from None
    if script.characters > limits.MAX_TEXT_CHARACTERS:
        raise PydanticKnownError("string_too_long", {"max_length": limits.MAX_TEXT_CHARACTERS})
    return text


SpeechText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=limits.MAX_SSML_CHARACTERS),
    AfterValidator(_speakable),
    Words(spoken=True),
]
"""At most MAX_TEXT_CHARACTERS of speech; the model's `text_type` says whether it is SSML."""
Remark = Annotated[str, StringConstraints(max_length=limits.MAX_TEXT_CHARACTERS), Words()]
FileName = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=limits.MAX_ADDRESS_CHARACTERS,
        pattern=rf"^([^/\\\x00-\x1f]{{1,{limits.MAX_FILENAME_CHARACTERS}}}|https?://[^\s\x00-\x1f]+)$",
    ),
    Expected(
        'must be the filename that an upload answered, such as "me.mp4": at most '
        f"{limits.MAX_FILENAME_CHARACTERS} characters, without slashes and line breaks; or the "
        "file's https address",
        f"应为上传返回的 filename，如 me.mp4：最多 {limits.MAX_FILENAME_CHARACTERS} 个字符，"
        "不含斜杠和换行；或文件的 https 地址",
    ),
]
"""An upload's name, its https address (fetched when the task is created), or an earlier task."""
VideoFile = Annotated[FileName, Upload("video")]
PersonVideo = Annotated[FileName, Upload("video", for_avatar=True)]
AudioFile = Annotated[FileName, Upload("audio")]
ImageFile = Annotated[FileName, Upload("image")]
FaceIndex = Annotated[
    int,
    Field(
        ge=0,
        le=limits.MAX_FACE_INDEX,
        description="Which of several people speaks, counted from the left; "
        "without it the one with the largest face",
    ),
]
VoiceName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=limits.MAX_NAME_CHARACTERS,
        pattern=r"^[^\x00-\x1f]+$",
    ),
    Expected(
        f"must be a name of 1 to {limits.MAX_NAME_CHARACTERS} characters without line breaks",
        f"应为 1 到 {limits.MAX_NAME_CHARACTERS} 个字符的名称，不含换行",
    ),
    Words(),
]
VoiceId = Annotated[
    str,
    StringConstraints(max_length=limits.MAX_ID_CHARACTERS, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$"),
    Expected(
        'must be a voice_id that GET /api/voices lists, such as "zf_xiaobei"',
        "应为 GET /api/voices 列出的 voice_id，如 zf_xiaobei",
    ),
    Names("voice"),
]
TemplateId = Annotated[
    str, StringConstraints(min_length=1, max_length=limits.MAX_ID_CHARACTERS), Names("template")
]
TASK_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TaskId = Annotated[
    str,
    StringConstraints(pattern=rf"^{TASK_ID.pattern}$"),
    Expected(
        "must be the task_id that the task's creation answered, such as "
        '"550e8400-e29b-41d4-a716-446655440000"',
        "应为创建任务时返回的 task_id，如 550e8400-e29b-41d4-a716-446655440000",
    ),
    Names("task"),
]
LengthFit = Literal["bounce", "loop", "freeze", "trim"]
"""How a clip serves a speech that is longer: see DigitalHumanSpec.length_fit."""
VideoLength = Annotated[
    float,
    Field(
        ge=limits.MIN_VIDEO_LENGTH,
        le=limits.MAX_VIDEO_LENGTH,
        description="Seconds of the preview",
    ),
]
