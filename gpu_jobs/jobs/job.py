"""The job contract: what a kind of work must offer so that the runner can carry it.

A job is made once per process. `setup` loads its models; `run` is called once per task, with the
spec, the downloaded inputs and a private folder, and answers with the files it made there.
Everything around that (claim, lease, cancel, label, upload) is the runner's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, overload

from dh_core.files.aigc import AigcLabel
from dh_core.limits import FileType
from dh_core.specs.base import InputFile, TaskSpec

StageReport = Callable[[float], None]
"""Called with how much of a stage is done, 0 to 1. Raises TaskCancelled when told to stop."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A named part of a job and its share of the job's time (any unit)."""

    name: str
    weight: float


class Report(Protocol):
    """Tells the runner where the job is."""

    def stage(self, name: str) -> StageReport:
        """Enter a stage of the job's `stages`; the answer reports within it."""
        ...


class LearntCache(Protocol):
    """What was learnt from an owner's upload, kept with it between tasks. A miss is possible."""

    def fetch(self, name: str, target: Path) -> bool:
        """Copy the named archive to `target`; False when there is none."""
        ...

    def store(self, name: str, archive: Path) -> None:
        """Keep an archive. Raises `dh_core.cloud.errors.CLOUD_ERRORS`."""
        ...


class Helpers(Protocol):
    """Other processes that may do a part of this one's work; whether any comes is open."""

    @property
    def from_seconds(self) -> float:
        """How much speech is worth sharing out."""
        ...

    def share(
        self,
        material: Sequence[Path],
        targets: Sequence[Path],
        make: Callable[[int, Path, StageReport], None],
        report: StageReport,
    ) -> None:
        """Make part n at `targets[n]`, for all n: here with `make`, elsewhere from `material`."""
        ...


class Preview(Protocol):
    """A film that its owner may watch while it is made. Nothing here fails the work."""

    def begin(self, data: bytes) -> None:
        """What a player reads before any segment of fragmented MP4."""
        ...

    def add(self, data: bytes, seconds: float) -> None:
        """Show the next segment."""
        ...

    def end(self) -> None:
        """There are no more."""
        ...


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file in the work directory that becomes part of the result.

    `suffix` names the download (`{uuid}{suffix}`). `label` is what its metadata must declare:
    None for files that hold no AI-generated content.
    """

    path: Path
    content_type: str
    suffix: str
    label: AigcLabel | None


@dataclass(frozen=True, slots=True)
class LearntVoice:
    """A voice for the library of the task's owner, under the task's id.

    `profile` is what the speech engine saved, `engine` the name and version of its form.
    """

    name: str
    engine: str
    profile: Path
    preview: OutputFile
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedTemplate:
    """A template of the library: its stored parameters and its own copies of the pictures.

    `person`: the cut-out person, PNG with alpha; `background`: as it was uploaded, JPEG.
    """

    template_id: str
    person_image: str
    background_image: str
    parameters: Mapping[str, Any]
    person: Path
    background: Path


@dataclass(frozen=True, slots=True)
class EarlierSound:
    """The sound that an earlier task made; `timeline` says when each word of it is spoken."""

    audio: Path
    timeline: Path | None = None


@dataclass(frozen=True, slots=True)
class JobInputs:
    """What a task's spec names, fetched into the work directory.

    `uploads`: the owner's files; `etags`: of the objects that were fetched, where one was judged.
    `voice_profile`: of the saved voice that is spoken with.
    """

    uploads: Mapping[InputFile, Path] = field(default_factory=dict)
    voice_profile: Path | None = None
    earlier_sound: EarlierSound | None = None
    template: SavedTemplate | None = None
    etags: Mapping[InputFile, str | None] = field(default_factory=dict)

    @overload
    def upload(self, file_type: FileType, filename: str) -> Path: ...
    @overload
    def upload(self, file_type: FileType, filename: None) -> None: ...
    @overload
    def upload(self, file_type: FileType, filename: str | None) -> Path | None: ...
    def upload(self, file_type: FileType, filename: str | None) -> Path | None:
        """Where the upload lies that a field of the spec names; None where the field is empty."""
        if filename is None:
            return None
        return self.uploads[InputFile(file_type=file_type, filename=filename)]


@dataclass(frozen=True, slots=True)
class MadeTemplate:
    """A template for the library of the task's owner: a new one under the task's id, or an edit."""

    template_id: str
    person_image: str
    background_image: str
    parameters: Mapping[str, Any]
    preview: OutputFile
    poster: OutputFile
    person: Path
    background: Path
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobOutput:
    """Files by role (`video`, `audio`, `subtitle`, …) and facts about them for the client."""

    files: Mapping[str, OutputFile]
    data: Mapping[str, Any] = field(default_factory=dict)
    voice: LearntVoice | None = None
    template: MadeTemplate | None = None


@dataclass(frozen=True, slots=True)
class JobContext:
    """What one task's run gets. `label` is the declaration for whatever it generates.

    `label_is_shown`: whether people see or hear it too, as they do unless an agreement says not.

    `helpers`: None where work is not shared out. `voices`: None where none is kept. `preview`: None
    where nobody watches.
    """

    inputs: JobInputs
    workdir: Path
    report: Report
    label: AigcLabel
    avatars: LearntCache
    helpers: Helpers | None = None
    voices: LearntCache | None = None
    preview: Preview | None = None
    label_is_shown: bool = True


SpecT_contra = TypeVar("SpecT_contra", bound=TaskSpec, contravariant=True)


class Job(Protocol[SpecT_contra]):
    """One kind of work."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of `run`, in order."""
        ...

    def setup(self) -> None:
        """Load what every run needs; called once, before the first run."""
        ...

    def run(self, spec: SpecT_contra, context: JobContext) -> JobOutput:
        """Do one task. Raises JobError for input that cannot work, TransientError otherwise."""
        ...
