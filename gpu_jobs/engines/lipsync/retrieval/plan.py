"""What the retrieval engine decided about a speech, and that as a file."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import FloatArray
from gpu_jobs.engines.lipsync import PlanBroken
from gpu_jobs.engines.lipsync.retrieval.source_choice import IntArray, SourcePick
from gpu_jobs.engines.lipsync.retrieval.trajectory import MouthTrajectory
from gpu_jobs.engines.mouth.limits import MouthRange
from gpu_jobs.engines.mouth.shapes import MouthModel

VERSION = "retrieval-plan-5"
"""Raise it when the form changes, or what drawing makes of it."""


@dataclass(frozen=True, slots=True)
class RetrievalPlan:
    """For N frames over a clip of T frames.

    `base` (N,): the clip's frame under each. `mouths`: what is wanted and can be shown. `sources`
    (N, 2): the frame of the source mouth and, while a cut is blended, the one before it; `shares`
    (N,): the first one's part. Both are empty for a person who was never seen speaking. `model` and
    `to_canonical` (T, 3, 4) are those by which it was decided.
    """

    base: IntArray
    mouths: MouthTrajectory
    sources: IntArray
    shares: NDArray[np.float64]
    model: MouthModel
    to_canonical: FloatArray

    def __len__(self) -> int:
        return len(self.base)

    @classmethod
    def empty(cls, model: MouthModel, to_canonical: FloatArray) -> Self:
        """No frames yet."""
        none = np.zeros(0, np.float32)
        return cls(
            base=np.zeros(0, np.int64),
            mouths=MouthTrajectory(np.zeros((0, model.codes.shape[1]), np.float32), none, none),
            sources=np.zeros((0, 2), np.int64),
            shares=np.zeros(0, np.float64),
            model=model,
            to_canonical=to_canonical,
        )

    @property
    def last_pick(self) -> SourcePick | None:
        """The mouths of the last frame."""
        if not len(self.sources):
            return None
        index, previous = self.sources[-1]
        return SourcePick(int(index), int(previous), float(self.shares[-1]))

    def followed_by(
        self, base: IntArray, mouths: MouthTrajectory, picks: Sequence[SourcePick]
    ) -> Self:
        """This plan and what comes after it; `base` is of all frames, the rest of the new ones."""
        sources = np.array([(one.index, one.previous) for one in picks], np.int64).reshape(-1, 2)
        shares = np.array([one.share for one in picks], np.float64)
        return replace(
            self,
            base=base,
            mouths=self.mouths.followed_by(mouths),
            sources=np.concatenate([self.sources, sources]),
            shares=np.concatenate([self.shares, shares]),
        )


def save_plan(plan: RetrievalPlan, path: Path) -> None:
    """Write a .npz without loss: every value keeps its bits."""
    model = {
        f"model.{field.name}": getattr(plan.model, field.name)
        for field in fields(MouthModel)
        if field.name != "range"
    }
    limits = {f"range.{name}": value for name, value in asdict(plan.model.range).items()}
    mouths = {f"mouths.{name}": value for name, value in asdict(plan.mouths).items()}
    with path.open("wb") as file:
        np.savez(
            file,
            version=np.array(VERSION),
            base=plan.base,
            sources=plan.sources,
            shares=plan.shares,
            to_canonical=plan.to_canonical,
            **mouths,
            **model,
            **limits,
        )


def load_plan(path: Path) -> RetrievalPlan:
    """Read one back, no pickles. Raises PlanBroken."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            values = {name: arrays[name] for name in arrays.files}
        if str(values["version"]) != VERSION:
            raise PlanBroken(f"written as {values['version']}, read as {VERSION}")
        limits: dict[str, Any] = {
            name: value if value.ndim else float(value)
            for name, value in _part(values, "range").items()
        }
        model = _part(values, "model")
        return RetrievalPlan(
            base=values["base"],
            mouths=MouthTrajectory(**_part(values, "mouths")),
            sources=values["sources"],
            shares=values["shares"],
            model=MouthModel(
                **{**model, "range": MouthRange(**limits), "speaks": bool(model["speaks"])}
            ),
            to_canonical=values["to_canonical"],
        )
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, OSError) as error:
        raise PlanBroken(str(error)) from error


def _part(values: dict[str, Any], name: str) -> dict[str, Any]:
    """The arrays that were saved under `name.`, by what follows."""
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)
    }
