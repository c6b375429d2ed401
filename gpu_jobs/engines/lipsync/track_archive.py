"""A tracked clip as one file: what tracking cost minutes for, read back in a second.

A stored (uncompressed) zip of the normalised clip, the mouth pictures and an .npz of the rest. Reads
no pickles: an archive can be damaged, not dangerous.
"""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from gpu_jobs.engines.lipsync import AvatarBroken
from gpu_jobs.engines.lipsync.clip_reader import ClipReader
from gpu_jobs.engines.lipsync.patch_store import PatchStore
from gpu_jobs.engines.lipsync.track import CLIP_FILE, PATCHES_FILE, Track

_ARRAYS_FILE = "track.npz"


def save_track(track: Track, workdir: Path, archive: Path) -> None:
    """Write a track whose files lie in `workdir` to `archive`."""
    arrays = io.BytesIO()
    np.savez(
        arrays,
        size=np.array([track.width, track.height]),
        fps=np.array([track.fps.numerator, track.fps.denominator]),
        corners=track.corners,
        meshes=track.meshes,
        usable=track.usable,
        patch_ends=np.array(track.patches.ends, np.int64),
    )
    track.patches.flush()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
        target.write(workdir / CLIP_FILE, CLIP_FILE)
        target.write(workdir / PATCHES_FILE, PATCHES_FILE)
        target.writestr(_ARRAYS_FILE, arrays.getvalue())


def load_track(archive: Path, workdir: Path, threads: int) -> Track:
    """Read a track back; its files go to `workdir`. Raises AvatarBroken."""
    try:
        with zipfile.ZipFile(archive) as source:
            for name in (CLIP_FILE, PATCHES_FILE):
                source.extract(name, workdir)
            with np.load(io.BytesIO(source.read(_ARRAYS_FILE)), allow_pickle=False) as arrays:
                values = {name: arrays[name] for name in arrays.files}
        width, height = (int(side) for side in values["size"])
        fps = Fraction(*(int(part) for part in values["fps"]))
        return Track(
            width=width,
            height=height,
            fps=fps,
            frames=ClipReader(workdir / CLIP_FILE, fps, threads),
            patches=PatchStore(workdir / PATCHES_FILE, values["patch_ends"].tolist()),
            corners=values["corners"],
            meshes=values["meshes"],
            usable=values["usable"],
        )
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise AvatarBroken(str(error)) from error
