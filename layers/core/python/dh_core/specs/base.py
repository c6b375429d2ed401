"""What every task's spec can say about itself, and what all have in common that speak a text."""

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dh_core import limits
from dh_core.field_rules import Contradiction, Expected
from dh_core.limits import FileType
from dh_core.specs import ssml
from dh_core.specs.built_in_voices import BUILT_IN_VOICES
from dh_core.specs.consent import Consent
from dh_core.specs.fields import FaceIndex, FileName, PersonVideo, VoiceId
from dh_core.specs.pronunciation import Pronunciation, aliases, merged
from dh_core.specs.roles import ModelWithRoles, NamedKind, Names, Upload, Words
from dh_core.specs.unlabelled import Unlabelled
from dh_core.tasks.lanes import Lane


class InputFile(BaseModel):
    """An uploaded file that a task reads."""

    model_config = ConfigDict(frozen=True)

    file_type: FileType
    filename: FileName


class Sources(Protocol):
    """What the owner of a task has, for a spec to look up what its fields name."""

    def has_upload(self, file_type: FileType, filename: str) -> bool: ...

    def check_sound(self, task_id: str) -> None:
        """Raises NotFound, and Conflict for a task that has made no sound (yet)."""
        ...

    def sound_named(self, name: str) -> str:
        """The id of the task with this uuid or id. Raises as `check_sound`."""
        ...

    def template_voice(self) -> str | None:
        """The voice that speaks in videos of the template that the spec names."""
        ...

    def pronunciations(self) -> Mapping[str, str]:
        """The owner's dictionary; read when it is asked for."""
        ...


_EVIDENCE: Final = "consent.evidence"
_DECLARED: Final = (
    "lane",
    "job",
    "makes_video",
    "of_a_person",
    "created_message",
    "summary",
    "examples",
)
"""What the spec of every task type says of that type, in its own class body."""


class TaskSpec(ModelWithRoles):
    """What a task is asked to do, and whatever else depends on its type.

    A class with a `type` of its own declares a task type. It does not come into being unless it
    declares all of `_DECLARED` and has a docstring, which is the route's description.
    """

    lane: ClassVar[Lane]
    """Where it waits for a worker."""
    job: ClassVar[str]
    """The class that does it, as `module:Class` below `gpu_jobs.jobs`."""
    makes_video: ClassVar[bool]
    """Whether it makes videos, whose seconds a quota may bound."""
    of_a_person: ClassVar[bool]
    """Whether it makes something of a person whom its inputs show or let hear."""
    created_message: ClassVar[str]
    """What a client is told, in Chinese, when one is created."""
    summary: ClassVar[str]
    """What its route is called, in English and Chinese."""
    examples: ClassVar[tuple[dict[str, Any], ...]]
    """Requests that the API's documentation shows."""
    saves: ClassVar[Literal["voice", "template"] | None] = None
    """What it adds to the owner's library, under its own id."""

    type: str

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "type" in inspect.get_annotations(cls):
            undeclared = [name for name in _DECLARED if name not in vars(cls)]
            undeclared += [] if cls.__doc__ else ["a docstring"]
            if undeclared:
                raise TypeError(f"{cls.__name__} does not declare {', '.join(undeclared)}")

    consent: Consent | None = Field(
        default=None, description="That the person shown or heard agreed; kept in the record"
    )

    @property
    def needs_consent(self) -> bool:
        """Whether it makes something of a person whom its inputs show or let hear."""
        return self.of_a_person and bool(self.inputs().keys() - {_EVIDENCE})

    def texts(self) -> dict[str, str | None]:
        """What it says or shows in words, by field name; moderation reads it."""
        return {name: getattr(self, name) for name in self.fields_with(Words)}

    @classmethod
    def free_texts(cls) -> set[str]:
        """The fields in which words of any form may stand, if they are not too many."""
        return cls.fields_with(Words).keys() - cls.fields_with(Expected).keys()

    def inputs(self) -> dict[str, InputFile]:
        """The uploaded files that must be ready before the task may run, by field name."""
        files = {
            name: InputFile(file_type=upload.file_type, filename=value)
            for name, upload in self.fields_with(Upload).items()
            if (value := getattr(self, name)) is not None
        }
        return files if self.evidence is None else {**files, _EVIDENCE: self.evidence}

    @property
    def evidence(self) -> InputFile | None:
        """The file that shows the consent."""
        shown = self.consent.evidence if self.consent else None
        if shown is None:
            return None
        return InputFile(file_type=shown.file_type, filename=shown.filename)

    @property
    def is_logged(self) -> bool:
        """Whether its making is on record for longer than the task: it is of a known person."""
        named = self.saved_voice or self.named("template")
        return bool(self.consent or self.agreement or named)

    @property
    def agreement(self) -> str | None:
        """Under which its result bears no visible or audible label; None: it bears one."""
        return None

    def with_inputs(self, filenames: Mapping[str, str]) -> Self:
        """Itself, with other files in these fields of `inputs`."""
        changes: dict[str, Any] = {**filenames}
        shown = changes.pop(_EVIDENCE, None)
        if shown is not None and self.consent and self.consent.evidence:
            evidence = self.consent.evidence.model_copy(update={"filename": shown})
            changes["consent"] = self.consent.model_copy(update={"evidence": evidence})
        return self.model_copy(update=changes)

    def named(self, kind: NamedKind) -> str | None:
        """The id of the voice, template or task that it names, if it names one."""
        fields = [name for name, names in self.fields_with(Names).items() if names.kind == kind]
        return next((value for name in fields if (value := getattr(self, name))), None)

    def resolved(self, sources: Sources) -> Self:
        """Itself, with what it names replaced by what that stands for.

        Raises what `sources` raises.
        """
        del sources
        return self

    @property
    def saved_voice(self) -> str | None:
        """The voice of the owner's library that it speaks with."""
        return None

    @property
    def avatar_source(self) -> InputFile | None:
        """The video of which it prepares an avatar, which is kept as long as the video is."""
        inputs = self.inputs()
        samples = (name for name, said in self.fields_with(Upload).items() if said.for_avatar)
        return next((inputs[name] for name in samples if name in inputs), None)

    @property
    def voice_source(self) -> InputFile | None:
        """The upload to whose speaker it adapts a voice, which is kept as long as the upload is."""
        return None

    @property
    def spoken_text(self) -> str | None:
        """The text that a voice is to speak, if there is one."""
        words = self.fields_with(Words).items()
        return next((getattr(self, name) for name, said in words if said.spoken), None)

    def characters(self) -> int:
        """Length of the text that is to be spoken: what makes one run longer than another."""
        words = self.fields_with(Words).items()
        return sum(len(getattr(self, name) or "") for name, said in words if said.spoken)


class FilmedSpec(TaskSpec):
    """A video of a person, and which of several people in it is meant."""

    sample_video: PersonVideo = Field(description="An uploaded video of the person, 1 s to 10 min")
    face_index: FaceIndex | None = Field(
        default=None,
        description="Which of several people, counted from the left; without it the largest face",
    )
    speaker: Literal["auto"] | None = Field(
        default=None,
        description="auto: of several people the one whose mouth moves with the video's own sound",
    )

    start_time: float = Field(
        default=0.0,
        ge=0,
        le=limits.MAX_SAMPLE_VIDEO_SECONDS - limits.MIN_CLIP_SECONDS,
        description="Second of the sample video from which on it is used",
    )
    end_time: float | None = Field(
        default=None,
        ge=limits.MIN_CLIP_SECONDS,
        le=limits.MAX_SAMPLE_VIDEO_SECONDS,
        description="Second up to which it is used; without it, up to its end",
    )

    @property
    def face(self) -> int | Literal["auto"] | None:
        """Who is meant: the place from the left, whoever speaks, or the largest face."""
        return self.speaker or self.face_index

    @model_validator(mode="after")
    def _one_person(self) -> Self:
        if self.speaker is not None and self.face_index is not None:
            raise Contradiction(
                "give either speaker or face_index", "speaker 和 face_index 只能填一个"
            )
        return self

    @model_validator(mode="after")
    def _some_of_the_clip(self) -> Self:
        if self.end_time is not None and (
            self.end_time - self.start_time < limits.MIN_CLIP_SECONDS
        ):
            raise Contradiction(
                "end_time must be at least a second after start_time",
                "end_time 至少要比 start_time 晚 1 秒",
            )
        return self


class SpokenSpec(TaskSpec):
    """How a text is spoken, and with which voice: the same fields wherever a task speaks one.

    `voice_id`: a voice of the library, a saved or a built-in one.
    """

    voice_id: VoiceId | None = Field(
        default=None, description="A voice of your library, or a built-in one (GET /api/voices)"
    )
    text_type: ssml.TextType = Field(
        default="plain",
        description="ssml: the text is SSML in <speak>: break, phoneme (pinyin), say-as, prosody, "
        "sub, p and s; 5,000 characters of speech, 20,000 with tags",
    )
    pronounce: Pronunciation = Field(default_factory=dict)
    unlabelled: Unlabelled | None = Field(
        default=None,
        description="Without the label that is seen or heard; that in the metadata stays",
    )
    speed: float = Field(
        default=1.0,
        ge=limits.MIN_SPEED,
        le=limits.MAX_SPEED,
        description="1 is the voice's own pace",
    )
    pitch: float = Field(
        default=0.0,
        ge=-limits.MAX_PITCH,
        le=limits.MAX_PITCH,
        description="Semitones above (or, negative, below) the voice's own pitch",
    )
    volume: float = Field(
        default=0.0,
        ge=limits.MIN_VOLUME,
        le=limits.MAX_VOLUME,
        description="Decibels louder (or, negative, softer) than the usual -16 LUFS; peaks stay "
        "below -1 dBTP",
    )

    @property
    def agreement(self) -> str | None:
        return self.unlabelled.agreement if self.unlabelled else None

    @property
    def is_spoken_plainly(self) -> bool:
        """Whether nothing is asked of how the text is spoken, which no recording can follow."""
        is_natural = self.speed == 1 and self.pitch == 0 and self.volume == 0
        return is_natural and not self.pronounce and self.text_type == "plain"

    @property
    def script(self) -> ssml.Script:
        """What is to be spoken, without tags, and what is asked for at places of it."""
        return ssml.read(self.spoken_text or "", self.text_type)

    def texts(self) -> dict[str, str | None]:
        """Also what is said in place of words; tags are no words."""
        texts = {**super().texts(), "pronounce": aliases(self.pronounce)}
        if self.text_type == "ssml":
            spoken = {name for name, words in self.fields_with(Words).items() if words.spoken}
            texts |= dict.fromkeys(spoken, self.script.words)
        return texts

    def characters(self) -> int:
        return self.script.characters if self.text_type == "ssml" else super().characters()

    def resolved(self, sources: Sources) -> Self:
        """With the readings of the owner's dictionary that concern its text, below its own.

        They are kept with the task, so that a second attempt speaks the same.
        """
        if self.spoken_text is None:
            return self
        readings = merged(self.pronounce, sources.pronunciations(), self.script.words)
        return self.model_copy(update={"pronounce": readings})

    @property
    def saved_voice(self) -> str | None:
        """The `voice_id` if it is one of the owner's saved voices."""
        return None if self.voice_id in BUILT_IN_VOICES else self.voice_id
