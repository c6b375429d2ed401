"""Cutting people out of photos: `python -m eval.matting PHOTO... [--sheets FOLDER]`.

Prints a Markdown table of seconds per photo (opening, faces, alpha and colours together; one
warm-up before) and the peak memory of the whole process with its decoder. `--sheets` writes each
alpha beside the cut-out on strong green, for looking at. Without photos: the demo's astronaut
at several sizes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from bench.measuring.peak_memory import PeakMemory
from gpu_jobs.media.pictures.decoder import open_picture, write_jpeg, write_png
from gpu_jobs.scene import Person
from gpu_jobs.scene.build import laid_over
from gpu_jobs.scene.cutting import PersonCutter
from gpu_jobs.weights.store import WeightStore

GREEN = (60, 220, 0)
SIZES = (512, 1080, 2160, 4320)


def main() -> None:
    """Measure each photo once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--weights", type=Path, default=Path(".weights"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sheets", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(arguments.threads)
    weights = WeightStore(arguments.weights)
    cutter = PersonCutter(weights, arguments.threads)
    with tempfile.TemporaryDirectory() as scratch, PeakMemory() as memory:
        photos = arguments.photos or _astronauts(Path(scratch), weights)
        _measured(cutter, photos[0])
        print("| photo | pixels | open, s | cut out, s |\n|---|---|---|---|")
        for photo in photos:
            person = _measured(cutter, photo, say=True)
            if arguments.sheets is not None:
                arguments.sheets.mkdir(parents=True, exist_ok=True)
                write_png(arguments.sheets / f"{photo.stem}.png", _sheet(person))
    print(f"\npeak memory {memory.peak / 1024:.0f} MB")


def _measured(cutter: PersonCutter, photo: Path, *, say: bool = False) -> Person:
    started = time.perf_counter()
    picture = open_picture(photo)
    opened = time.perf_counter()
    person = cutter.cut(picture, None)
    done = time.perf_counter()
    height, width = picture.bgr.shape[:2]
    if say:
        line = f"| {photo.name} | {width} x {height} | {opened - started:.2f} "
        print(f"{line}| {done - opened:.2f} |")
    return person


def _sheet(person: Person) -> np.ndarray:
    alpha = person.pixels[:, :, 3]
    green = np.full((*alpha.shape, 3), GREEN, np.uint8)
    return np.hstack([cv2.merge([alpha] * 3), laid_over(green, person.pixels)])


def _astronauts(folder: Path, weights: WeightStore) -> list[Path]:
    path = weights.path("astronaut.png")
    original = np.asarray(cv2.imread(str(path)), np.uint8)
    paths = []
    for side in SIZES:
        paths.append(folder / f"astronaut-{side}.jpg")
        larger = cv2.resize(original, (side, side), interpolation=cv2.INTER_CUBIC)
        write_jpeg(paths[-1], np.asarray(larger, np.uint8))
    return paths


if __name__ == "__main__":
    main()
