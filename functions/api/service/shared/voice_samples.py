"""Spoken samples of the built-in voices: shipped with the function, served from the bucket.

They are made and labelled by `python -m training.kokoro.build_samples`. The first request
for one copies it to the bucket, so that every download is a signed address of one host.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from dh_core.cloud.media_store import MediaStore, ObjectMissing, built_in_voice_key
from dh_core.specs.built_in_voices import BuiltInVoice

CONTENT_TYPE: Final = "audio/mpeg"
_FOLDER: Final = Path(__file__).parents[2] / "voice_samples"


def published(media: MediaStore, voice: BuiltInVoice) -> str:
    """The key under which the voice's sample lies in the bucket, put there if need be."""
    path = _FOLDER / f"{voice.voice_id}.mp3"
    # By content: a new version of the sample must not be hidden by the old one.
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    key = built_in_voice_key(f"{voice.voice_id}-{digest}.mp3")
    try:
        media.size(key)
    except ObjectMissing:
        with path.open("rb") as stream:
            media.put_stream(key, stream, content_type=CONTENT_TYPE)
    return key
