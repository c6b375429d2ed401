"""A planned video, drawn and encoded in parts: by the job that planned it and by its helpers.

Both sides encode with the code and settings here, from the same files, so that it cannot be seen
who made a part.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, Self

from gpu_jobs.engines.lipsync import AvatarT, LipSyncEngine, PlanT
from gpu_jobs.jobs.job import StageReport
from gpu_jobs.jobs.steps.lips.avatar import AVATAR_FILE
from gpu_jobs.media.video.encoder import VideoEncoder

_FORM: Final = 1
PLAN_FILE: Final = "plan.npz"
LABEL_FILE: Final = "label.png"
PARTS_FILE: Final = "segments.json"
MATERIAL: Final = (AVATAR_FILE, PLAN_FILE, LABEL_FILE, PARTS_FILE)


class OtherRelease(Exception):
    """The material was written by a release that draws differently."""


@dataclass(frozen=True)
class LipSegments(Generic[AvatarT, PlanT]):
    """`parts`: consecutive ranges of the plan's frames. `label`: PNG laid over every frame."""

    engine: LipSyncEngine[AvatarT, PlanT]
    avatar: AvatarT
    plan: PlanT
    label: Path
    parts: tuple[range, ...]

    def make(self, number: int, target: Path, report: StageReport) -> None:
        """Draw and encode one part (MP4, no sound)."""
        avatar = self.avatar
        drawn = self.engine.draw(avatar, self.plan, self.parts[number], report)
        with (
            closing(drawn),
            VideoEncoder(
                target,
                width=avatar.width,
                height=avatar.height,
                fps=avatar.fps,
                overlay_png=self.label,
                joinable=True,
            ) as encoder,
        ):
            for frame in drawn:
                encoder.write(frame)

    def save(self, folder: Path) -> list[Path]:
        """Write what `load` needs to `folder`, which holds the avatar's archive; the files."""
        self.engine.save_plan(self.plan, folder / PLAN_FILE)
        (folder / PARTS_FILE).write_text(
            json.dumps(
                {
                    "form": _FORM,
                    "avatar": self.engine.avatar_version,
                    "parts": [[part.start, part.stop] for part in self.parts],
                }
            ),
            encoding="utf-8",
        )
        return [folder / name for name in MATERIAL]

    @classmethod
    def load(cls, engine: LipSyncEngine[AvatarT, PlanT], folder: Path) -> Self:
        """Read it back; close the avatar after. Raises OtherRelease, AvatarBroken, PlanBroken."""
        document = json.loads((folder / PARTS_FILE).read_text(encoding="utf-8"))
        if (document["form"], document["avatar"]) != (_FORM, engine.avatar_version):
            raise OtherRelease(f"{document['form']}, {document['avatar']}")
        plan = engine.load_plan(folder / PLAN_FILE)
        return cls(
            engine=engine,
            avatar=engine.restore(folder / AVATAR_FILE, folder),
            plan=plan,
            label=folder / LABEL_FILE,
            parts=tuple(range(first, stop) for first, stop in document["parts"]),
        )
