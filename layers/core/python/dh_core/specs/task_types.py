"""One Pydantic model per task type: what a task of that type is asked to do.

The API builds a spec from the request, the store keeps it as JSON, the job reads it back: this
module is the contract between them. Adding a type means one model here, one job and one route.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, model_validator

from dh_core import limits
from dh_core.limits import FileType
from dh_core.specs.base import InputFile, SpokenSpec, TaskSpec
from dh_core.specs.fields import (
    FaceIndex,
    FileName,
    SpeechText,
    TaskId,
    VideoLength,
    VoiceId,
    VoiceName,
)
from dh_core.specs.scene import SceneChanges, SceneParameters
from dh_core.tasks.lanes import Lane
from dh_core.tasks.states import TaskType

_NO_CHANGE = {"type", "template_id", "uuid", "user_id", "callback_url", "consent"}
_TEMPLATE_VOICE = "The voice that speaks texts in videos of this template, unless they name another"


class VoiceSpec(SpokenSpec):
    """Speak a text, in a voice of the library or in the direction of a reference voice."""

    lane: ClassVar[Lane] = "speaking"
    makes_video: ClassVar[bool] = False
    created_message: ClassVar[str] = "语音生成任务已创建"
    _of_a_person: ClassVar[bool] = True
    _input_types: ClassVar[dict[str, FileType]] = {"reference_audio": "audio"}
    _text_fields: ClassVar[tuple[str, ...]] = ("text", "reference_text")
    _spoken_field: ClassVar[str | None] = "text"

    type: Literal[TaskType.VOICE] = TaskType.VOICE
    text: SpeechText = Field(description="What is said")
    reference_audio: FileName | None = Field(
        default=None, description="An uploaded recording of the voice to come close to"
    )
    reference_text: str | None = Field(
        default=None,
        max_length=limits.MAX_TEXT_CHARACTERS,
        description="What the recording says; found by listening where it is left out",
    )

    @model_validator(mode="after")
    def _one_voice(self) -> VoiceSpec:
        if self.voice_id is not None and self.reference_audio is not None:
            raise ValueError("give either voice_id or reference_audio")
        return self


class DigitalHumanSpec(SpokenSpec):
    """Make the person of a video speak: a text, or a recorded speech as it is."""

    lane: ClassVar[Lane] = "speaking"
    makes_video: ClassVar[bool] = True
    created_message: ClassVar[str] = "数字人生成任务已创建"
    _of_a_person: ClassVar[bool] = True
    _input_types: ClassVar[dict[str, FileType]] = {
        "sample_video": "video",
        "sample_voice": "audio",
        "speech_audio": "audio",
    }
    _text_fields: ClassVar[tuple[str, ...]] = ("speech_text",)
    _spoken_field: ClassVar[str | None] = "speech_text"

    type: Literal[TaskType.DIGITAL_HUMAN] = TaskType.DIGITAL_HUMAN
    sample_video: FileName = Field(description="An uploaded video of the person, 1 s to 10 min")
    face_index: FaceIndex | None = Field(
        default=None,
        description="Which of several people, counted from the left; without it the largest face",
    )
    sample_voice: FileName | None = Field(
        default=None,
        description="An uploaded audio of the voice; without it, the video's own sound",
    )
    speech_text: SpeechText | None = Field(
        default=None, description="What is said; or else give speech_audio"
    )
    speech_audio: FileName | None = Field(
        default=None,
        description="An uploaded recording that is spoken as it is, instead of speech_text",
    )
    subtitles: bool = Field(
        default=False,
        description="Write down what speech_audio says, for subtitles (recordings up to 10 minutes;"
        " takes a quarter of their length). A speech_text has subtitles anyway.",
    )

    @model_validator(mode="after")
    def _one_speech(self) -> DigitalHumanSpec:
        if (self.speech_text is None) == (self.speech_audio is None):
            raise ValueError("give either speech_text or speech_audio")
        if self.speech_audio is not None and (self.pronounce or self.speed != 1 or self.pitch):
            raise ValueError(
                "pronounce, speed and pitch are for speech_text; a recording is played as it is"
            )
        return self

    @model_validator(mode="after")
    def _one_voice(self) -> DigitalHumanSpec:
        if self.voice_id is not None and self.sample_voice is not None:
            raise ValueError("give either voice_id or sample_voice")
        if self.voice_id is not None and self.speech_audio is not None:
            raise ValueError("speech_audio is used as it is; leave voice_id out")
        return self

    @property
    def avatar_source(self) -> InputFile:
        return self.inputs()["sample_video"]


class TemplateSpec(TaskSpec, SceneParameters):
    """Place a person's photo on a background under a title."""

    lane: ClassVar[Lane] = "editing"
    makes_video: ClassVar[bool] = True
    created_message: ClassVar[str] = "数字人模板任务已创建"
    _of_a_person: ClassVar[bool] = True
    _input_types: ClassVar[dict[str, FileType]] = {
        "person_image": "image",
        "background_image": "image",
    }
    _text_fields: ClassVar[tuple[str, ...]] = ("title_text",)
    _spoken_field: ClassVar[str | None] = None

    type: Literal[TaskType.TEMPLATE] = TaskType.TEMPLATE
    person_image: FileName = Field(description="An uploaded photo of one person or more")
    background_image: FileName = Field(description="An uploaded picture")
    face_index: FaceIndex | None = Field(
        default=None,
        description="Which of several people, counted from the left; without it the largest face",
    )
    video_length: VideoLength = 10.0
    voice_id: VoiceId | None = Field(default=None, description=_TEMPLATE_VOICE)


class TemplateEditSpec(TaskSpec, SceneChanges):
    """Make a template of the library anew with some of its parameters changed."""

    lane: ClassVar[Lane] = "editing"
    makes_video: ClassVar[bool] = True
    created_message: ClassVar[str] = "数字人模板修改任务已创建"
    _of_a_person: ClassVar[bool] = True
    _input_types: ClassVar[dict[str, FileType]] = {
        "person_image": "image",
        "background_image": "image",
    }
    _text_fields: ClassVar[tuple[str, ...]] = ("title_text",)
    _spoken_field: ClassVar[str | None] = None

    type: Literal[TaskType.TEMPLATE_EDIT] = TaskType.TEMPLATE_EDIT
    template_id: str = Field(min_length=1, max_length=limits.MAX_ID_CHARACTERS)
    person_image: FileName | None = Field(
        default=None, description="An uploaded photo of one person or more"
    )
    background_image: FileName | None = Field(default=None, description="An uploaded picture")
    face_index: FaceIndex | None = Field(
        default=None,
        description="Which of several people, counted from the left; without it the largest face",
    )
    video_length: VideoLength | None = Field(default=None, description="Seconds of the preview")
    voice_id: VoiceId | None = Field(default=None, description=_TEMPLATE_VOICE)

    @property
    def needs_consent(self) -> bool:
        return self.person_image is not None

    @model_validator(mode="after")
    def _face_of_a_photo(self) -> TemplateEditSpec:
        if self.face_index is not None and self.person_image is None:
            raise ValueError("face_index chooses in a photo; send person_image with it")
        return self

    @model_validator(mode="after")
    def _some_change(self) -> TemplateEditSpec:
        if not self.model_fields_set - _NO_CHANGE:
            raise ValueError("there is nothing to change; send at least one field")
        return self

    @property
    def saved_template(self) -> str:
        return self.template_id


class ComposeSpec(SpokenSpec):
    """Make the person of a template speak: a recording, an earlier task's sound, or a text."""

    lane: ClassVar[Lane] = "speaking"
    makes_video: ClassVar[bool] = True
    created_message: ClassVar[str] = "视频合成任务已创建"
    _of_a_person: ClassVar[bool] = False
    _input_types: ClassVar[dict[str, FileType]] = {
        "audio_file": "audio",
        "background_music": "audio",
    }
    _text_fields: ClassVar[tuple[str, ...]] = ("text_content",)
    _spoken_field: ClassVar[str | None] = "text_content"

    type: Literal[TaskType.COMPOSE] = TaskType.COMPOSE
    template_id: str = Field(
        min_length=1, max_length=limits.MAX_ID_CHARACTERS, description="A template of your library"
    )
    audio_file: FileName | None = Field(
        default=None,
        description="An uploaded audio, or the uuid (or task id) of a completed task of your own "
        "that made a sound, such as voice/generate",
    )
    audio_task: TaskId | None = Field(
        default=None, description="The task whose sound is spoken; also found by audio_file"
    )
    text_content: SpeechText | None = Field(
        default=None,
        description="Without an audio, what is spoken, with voice_id or the template's voice; "
        "with one, what its subtitles show",
    )
    subtitles: bool = Field(
        default=False,
        description="Show subtitles in the picture: text_content, or else what the audio says",
    )
    background_music: FileName | None = Field(
        default=None, description="An uploaded audio, played softly and more softly under speech"
    )
    animate: bool = Field(
        default=True, description="false: the person stands still, which is made many times faster"
    )

    @model_validator(mode="after")
    def _one_speech(self) -> ComposeSpec:
        if self.audio_file is not None and self.audio_task is not None:
            raise ValueError("give either audio_file or audio_task")
        if self.is_recorded:
            if self.voice_id is not None or self.pronounce or self.speed != 1 or self.pitch:
                raise ValueError(
                    "the audio is played as it is; leave voice_id, pronounce, speed and pitch out"
                )
        elif self.text_content is None:
            raise ValueError("give audio_file, or text_content to be spoken")
        return self

    @property
    def is_recorded(self) -> bool:
        """Whether the speech exists already, rather than being made of `text_content`."""
        return self.audio_file is not None or self.audio_task is not None

    @property
    def saved_template(self) -> str:
        return self.template_id

    @property
    def earlier_task(self) -> str | None:
        return self.audio_task


class ExtractAudioSpec(TaskSpec):
    """Take the sound out of a video."""

    lane: ClassVar[Lane] = "editing"
    makes_video: ClassVar[bool] = False
    created_message: ClassVar[str] = "音频提取任务已创建"
    _of_a_person: ClassVar[bool] = False
    _input_types: ClassVar[dict[str, FileType]] = {"video_file": "video"}
    _text_fields: ClassVar[tuple[str, ...]] = ()
    _spoken_field: ClassVar[str | None] = None

    type: Literal[TaskType.EXTRACT_AUDIO] = TaskType.EXTRACT_AUDIO
    video_file: FileName = Field(description="An uploaded video")


class AvatarSpec(TaskSpec):
    """Prepare a sample video ahead, so that later videos of this person start sooner."""

    lane: ClassVar[Lane] = "speaking"
    makes_video: ClassVar[bool] = False
    created_message: ClassVar[str] = "数字人形象准备任务已创建"
    _of_a_person: ClassVar[bool] = True
    _input_types: ClassVar[dict[str, FileType]] = {"sample_video": "video"}
    _text_fields: ClassVar[tuple[str, ...]] = ()
    _spoken_field: ClassVar[str | None] = None

    type: Literal[TaskType.AVATAR] = TaskType.AVATAR
    sample_video: FileName = Field(description="An uploaded video of the person, 1 s to 10 min")
    face_index: FaceIndex | None = Field(
        default=None,
        description="Which of several people, counted from the left; without it the largest face",
    )

    @property
    def avatar_source(self) -> InputFile:
        return self.inputs()["sample_video"]


class VoiceProfileSpec(TaskSpec):
    """Adapt to the speaker of a recording once, and save the voice in the owner's library."""

    lane: ClassVar[Lane] = "speaking"
    makes_video: ClassVar[bool] = False
    created_message: ClassVar[str] = "声音保存任务已创建"
    _of_a_person: ClassVar[bool] = True
    _input_types: ClassVar[dict[str, FileType]] = {"audio_file": "audio", "video_file": "video"}
    _text_fields: ClassVar[tuple[str, ...]] = ("name",)
    _spoken_field: ClassVar[str | None] = None

    type: Literal[TaskType.VOICE_PROFILE] = TaskType.VOICE_PROFILE
    name: VoiceName | None = Field(default=None, description="What the voice is called")
    audio_file: FileName | None = Field(default=None, description="An uploaded recording")
    video_file: FileName | None = Field(default=None, description="An uploaded video")

    @model_validator(mode="after")
    def _one_recording(self) -> VoiceProfileSpec:
        if (self.audio_file is None) == (self.video_file is None):
            raise ValueError("give either audio_file or video_file")
        return self


AnySpec = Annotated[
    VoiceSpec
    | DigitalHumanSpec
    | TemplateSpec
    | TemplateEditSpec
    | ComposeSpec
    | ExtractAudioSpec
    | AvatarSpec
    | VoiceProfileSpec,
    Field(discriminator="type"),
]

# Built when the first spec is read, which most processes of the API never do.
_any_spec: TypeAdapter[AnySpec] = TypeAdapter(AnySpec, config=ConfigDict(defer_build=True))

_SPEC_CLASSES: Final[tuple[type[TaskSpec], ...]] = get_args(get_args(AnySpec)[0])

SPECS: Final[dict[TaskType, type[TaskSpec]]] = {
    spec.model_fields["type"].default: spec for spec in _SPEC_CLASSES
}
"""The one list of task types: the spec class of each, which says all that depends on the type."""


def parse_spec(document: str) -> AnySpec:
    """Read a stored spec back. Raises pydantic.ValidationError on a foreign document."""
    return _any_spec.validate_json(document)
