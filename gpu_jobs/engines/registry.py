"""Every engine, by kind and name. To add one: a folder below its kind's, and one line here.

Nothing here imports an engine, or what engines compute with: that loads with the engine. A name is
what the settings say (`SPEECH_ENGINE=kokoro`); what a kind must offer is the protocol in its
folder's `__init__.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from dh_core.field_rules import shown
from dh_core.settings import JobSettings, SettingsError
from gpu_jobs.telemetry import metrics
from gpu_jobs.weights.store import WeightStore

if TYPE_CHECKING:
    from gpu_jobs.engines.asr import Transcriber
    from gpu_jobs.engines.lipsync import LipSyncEngine
    from gpu_jobs.engines.matting import MattingEngine
    from gpu_jobs.engines.portrait import PortraitEngine
    from gpu_jobs.engines.speech import SpeechEngine


class Engine(Protocol):
    """What every kind has in common. The constructor takes weights and threads, and is cheap."""

    def setup(self) -> None:
        """Load the models; a second call does nothing. Raises WeightsMissing, WeightsBroken."""
        ...


EngineT = TypeVar("EngineT", bound=Engine)


@dataclass(frozen=True, slots=True)
class Entry:
    """One engine: `module:class`, below gpu_jobs.engines.

    `requirements`: the files there that name the packages it needs beside the jobs' own. `parts`:
    engines of the same kind that its constructor takes, by keyword; so none imports another.
    """

    target: str
    requirements: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind(Generic[EngineT]):
    """The engines that do the same work. `default`: the one of an unchanged installation."""

    default: str
    entries: dict[str, Entry]

    def make(self, name: str, weights: WeightStore, threads: int = 1) -> EngineT:
        """The engine called `name`, without its models; KeyError for an unknown name."""
        entry = self.entries[name]
        module, _, attribute = entry.target.partition(":")
        parts = {word: self.make(part, weights, threads) for word, part in entry.parts.items()}
        try:
            engine_class = getattr(import_module(f"{__package__}.{module}"), attribute)
        except ModuleNotFoundError as error:
            needed = " and ".join(entry.requirements) or "gpu_jobs/images/requirements.txt"
            error.add_note(f"The engine {name} needs the packages of {needed}.")
            raise
        engine: EngineT = engine_class(weights, threads, **parts)
        return engine

    def load(self, name: str, weights: WeightStore, threads: int = 1) -> EngineT:
        """The engine called `name` with its models; KeyError for an unknown name."""
        with metrics.loading(name):
            engine = self.make(name, weights, threads)
            engine.setup()
        return engine


_TORCH: Final = "lipsync/musetalk/requirements.txt"

# Jobs hand an engine its own voices, avatars and plans back: what these are is its own business.
SPEECH: Final[Kind[SpeechEngine[Any]]] = Kind(
    default="kokoro",
    entries={
        "kokoro": Entry("speech.kokoro.engine:KokoroEngine"),
        "voxcpm": Entry(
            "speech.voxcpm2.engine:VoxCpmEngine",
            requirements=(_TORCH, "speech/voxcpm2/requirements.txt"),
            parts={"guide": "kokoro"},
        ),
    },
)
LIPSYNC: Final[Kind[LipSyncEngine[Any, Any]]] = Kind(
    default="retrieval",
    entries={
        "retrieval": Entry("lipsync.retrieval.engine:RetrievalEngine"),
        "musetalk": Entry("lipsync.musetalk.engine:MuseTalkEngine", requirements=(_TORCH,)),
    },
)
PORTRAIT: Final[Kind[PortraitEngine]] = Kind(
    default="mesh", entries={"mesh": Entry("portrait.mesh.engine:MeshPortraitEngine")}
)
MATTING: Final[Kind[MattingEngine]] = Kind(
    default="selfie", entries={"selfie": Entry("matting.engine:AlphaMatter")}
)
ASR: Final[Kind[Transcriber]] = Kind(
    default="whisper",
    entries={
        "whisper": Entry("asr.engine:WhisperTranscriber", requirements=("asr/requirements.txt",))
    },
)
KINDS: Final[Mapping[str, Kind[Any]]] = {
    "speech": SPEECH,
    "lipsync": LIPSYNC,
    "portrait": PORTRAIT,
    "matting": MATTING,
    "asr": ASR,
}


def check_names(settings: JobSettings) -> None:
    """Raises SettingsError for the name of an engine that is not here."""
    for kind, name in {
        "speech": settings.speech_engine,
        "lipsync": settings.lipsync_engine,
        "portrait": settings.portrait_engine,
    }.items():
        if name not in KINDS[kind].entries:
            known = " or ".join(KINDS[kind].entries)
            raise SettingsError(f"{kind.upper()}_ENGINE={shown(name)}: it must be {known}.")
