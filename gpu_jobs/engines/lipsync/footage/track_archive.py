"""A tracked clip as one file: what tracking cost minutes for, read back in a second.

A stored (uncompressed) zip of the normalised clip, the mouth pictures and an .npz of the rest.
Reads no pickles: an archive can be damaged, not dangerous.
"""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from gpu_jobs.engines.faces.geometry import FloatArray
from gpu_jobs.engines.lipsync import AvatarBroken
from gpu_jobs.engines.lipsync.footage.clip_reader import ClipReader
from gpu_jobs.engines.lipsync.footage.patch_store import PatchStore
from gpu_jobs.engines.lipsync.footage.track import CLIP_FILE, PATCHES_FILE, Track

_ARRAYS_FILE = "track.npz"
_FULL_SCALE = 32767


def save_track(track: Track, sound: FloatArray | None, archive: Path) -> None:
    """Write a track, and the clip's 16 kHz sound (N,) if it has any, to `archive`."""
    arrays = io.BytesIO()
    np.savez(
        arrays,
        size=np.array([track.width, track.height]),
        fps=np.array([track.fps.numerator, track.fps.denominator]),
        corners=track.corners,
        meshes=track.meshes,
        usable=track.usable,
        changes=track.changes,
        shots=track.shots,
        warnings=np.array(track.warnings, np.str_),
        patch_ends=np.array(track.patches.ends, np.int64),
        # 16 bits are what the clip's own sound had; None and empty are the same.
        sound=np.round(np.clip(() if sound is None else sound, -1, 1) * _FULL_SCALE).astype(
            np.int16
        ),
    )
    track.patches.flush()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
        target.write(track.folder / CLIP_FILE, CLIP_FILE)
        target.write(track.folder / PATCHES_FILE, PATCHES_FILE)
        target.writestr(_ARRAYS_FILE, arrays.getvalue())


def load_track(archive: Path, workdir: Path, threads: int) -> tuple[Track, FloatArray | None]:
    """Read a track and its clip's sound back; its files go to `workdir`. Raises AvatarBroken."""
    try:
        with zipfile.ZipFile(archive) as source:
            for name in (CLIP_FILE, PATCHES_FILE):
                source.extract(name, workdir)
            with np.load(io.BytesIO(source.read(_ARRAYS_FILE)), allow_pickle=False) as arrays:
                values = {name: arrays[name] for name in arrays.files}
        width, height = (int(side) for side in values["size"])
        fps = Fraction(*(int(part) for part in values["fps"]))
        sound = (values["sound"] / _FULL_SCALE).astype(np.float32)
        track = Track(
            folder=workdir,
            width=width,
            height=height,
            fps=fps,
            frames=ClipReader(workdir / CLIP_FILE, fps, threads),
            patches=PatchStore(workdir / PATCHES_FILE, values["patch_ends"].tolist()),
            corners=values["corners"],
            meshes=values["meshes"],
            usable=values["usable"],
            changes=values["changes"],
            shots=values["shots"],
            warnings=tuple(values["warnings"].tolist()),
        )
        return track, sound if len(sound) else None
    except Exception as error:
        # zipfile, zlib and numpy have a dozen errors for a damaged archive; it is made anew.
        raise AvatarBroken(str(error)) from error
