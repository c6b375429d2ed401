"""The Mandarin voices that everybody may use: those of Kokoro-82M, by the model's own names.

`zf_xiaoni` is left out: a third of its Mandarin is misheard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Gender = Literal["female", "male"]


@dataclass(frozen=True, slots=True)
class BuiltInVoice:
    """One of the voices. `voice_id` is also what the speech engine calls it."""

    voice_id: str
    name: str
    gender: Gender
    language: str = "zh-CN"


BUILT_IN_VOICES: Final[dict[str, BuiltInVoice]] = {
    voice.voice_id: voice
    for voice in (
        BuiltInVoice("zf_xiaobei", "晓北", "female"),
        BuiltInVoice("zf_xiaoxiao", "晓晓", "female"),
        BuiltInVoice("zf_xiaoyi", "晓伊", "female"),
        BuiltInVoice("zm_yunjian", "云健", "male"),
        BuiltInVoice("zm_yunxi", "云希", "male"),
        BuiltInVoice("zm_yunxia", "云夏", "male"),
        BuiltInVoice("zm_yunyang", "云扬", "male"),
    )
}
"""By id, in the order in which lists show them."""
