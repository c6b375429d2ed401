"""MoviePy doing what plain composition does, alone in a process.

    python bench/engines/peers/moviepy.py FOLDER SECONDS THREADS

`bench.engines.compose --moviepy` runs it. It imports nothing of this project: MoviePy 2 asks for an
older Pillow than the jobs use, so it needs an environment of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

import moviepy

FPS = 25


def main(folder: Path, seconds: float, threads: int) -> None:
    """Lay the layers over each other and write them with the speech."""
    layers = [
        moviepy.ImageClip(str(folder / name)).with_duration(seconds)
        for name in ("backdrop.png", "figure.png", "text.png")
    ]
    film = moviepy.CompositeVideoClip(layers)
    film = film.with_audio(moviepy.AudioFileClip(str(folder / "speech.wav")).with_end(seconds))
    film.write_videofile(
        str(folder / "moviepy.mp4"),
        fps=FPS,
        codec="libx264",
        preset="veryfast",
        audio_codec="aac",
        audio_bitrate="160k",
        threads=threads,
        ffmpeg_params=["-crf", "18", "-g", "50", "-pix_fmt", "yuv420p"],
        logger=None,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
