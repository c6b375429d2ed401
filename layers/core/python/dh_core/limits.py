"""What a caller may send. Sizes are bytes, durations seconds."""

from __future__ import annotations

from typing import Final, Literal

FileType = Literal["video", "audio", "image", "document"]
FILE_TYPES: Final[tuple[FileType, ...]] = ("video", "audio", "image", "document")

MEBIBYTE: Final = 1024 * 1024

MAX_FILE_BYTES: Final[dict[FileType, int]] = {
    "video": 500 * MEBIBYTE,
    "audio": 50 * MEBIBYTE,
    "image": 10 * MEBIBYTE,
    "document": 10 * MEBIBYTE,
}

MAX_TEXT_CHARACTERS: Final = 5_000
MAX_SSML_CHARACTERS: Final = 20_000
"""With its tags; MAX_TEXT_CHARACTERS bounds what is said of it."""
MAX_TITLE_CHARACTERS: Final = 200
MAX_NAME_CHARACTERS: Final = 100
MAX_FILENAME_CHARACTERS: Final = MAX_NAME_CHARACTERS + 16
"""A name, a suffix and an extension."""
MAX_ADDRESS_CHARACTERS: Final = 4_096
"""Of a file's address: signed ones are long."""
MAX_ID_CHARACTERS: Final = 128
MAX_FACE_INDEX: Final = 9

MIN_SPEED: Final = 0.5
MAX_SPEED: Final = 2.0
MAX_PITCH: Final = 12.0
"""Semitones, up and down."""
MIN_VOLUME: Final = -20.0
MAX_VOLUME: Final = 6.0
"""Decibels. Up to +6 the limiter leaves a voice within 1 dB of it; +10 would become +7."""

MIN_VIDEO_LENGTH: Final = 1.0
MAX_VIDEO_LENGTH: Final = 60.0

MAX_SPEECH_SECONDS: Final = 1_800.0
MAX_SAMPLE_VIDEO_SECONDS: Final = 600.0
MIN_CLIP_SECONDS: Final = 1.0
"""Of a sample video, or of the part of it that is used."""
MIN_FPS: Final = 12
MAX_FPS: Final = 30
MIN_FRAME_SIDE: Final = 128
MAX_FRAME_SIDE: Final = 1_920
"""Pixels of either side of a video."""
MAX_REFERENCE_SECONDS: Final = 600.0
MAX_TRANSCRIBED_SECONDS: Final = 600.0
"""Longest recording that gets subtitles: recognition takes about a quarter of its length."""
MAX_EXTRACT_SECONDS: Final = 7_200.0

PREVIEW_SECONDS: Final = 3_600
"""For which an address of a film in the making holds: longer than most take."""

UPLOAD_GRACE_SECONDS: Final = 900
"""How long after its upload URL expires a missing file is still waited for."""

ATTEMPTS_MAX: Final = 3

QUEUE_LEASE_SECONDS: Final = 60
"""How long a queued task waits for its message before the sweep enqueues it again."""
