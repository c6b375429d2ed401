"""Let the built-in voices be heard: `python -m training.kokoro.build_samples FOLDER`.

Each speaks one sentence, followed by the rhythm cue, as MP3 with the AI-content declaration in its
metadata (35 KB a voice). The API ships them, in `functions/api/voice_samples`. Needed again only
when the model or the front end changes, or to name another producer in the declaration.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from dh_core.files.aigc import AigcLabel
from dh_core.specs.built_in_voices import BUILT_IN_VOICES
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.media.ffmpeg import command, source
from gpu_jobs.media.label.labelling import audio_cue, write_metadata
from gpu_jobs.media.processes.child_process import ProcessLimits, run
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.weights.store import WeightStore

SENTENCE = "你好，很高兴认识你。希望我的声音能陪你度过美好的一天。"
_BITRATE = "48k"


def build(engine: KokoroEngine, folder: Path, producer: str) -> None:
    """Write one labelled MP3 for each built-in voice."""
    for voice_id in BUILT_IN_VOICES:
        speech = engine.synthesise(SENTENCE, engine.built_in_voice(voice_id), lambda _: None)
        pause = np.zeros(round(0.3 * speech.sample_rate), dtype=np.float32)
        samples = np.concatenate([speech.samples, pause, audio_cue(speech.sample_rate)])
        wav, mp3 = folder / f"{voice_id}.wav", folder / f"{voice_id}.mp3"
        write_wav(wav, samples, speech.sample_rate)
        options = {"acodec": "libmp3lame", "audio_bitrate": _BITRATE, "map_metadata": "-1"}
        run(command(source(wav).output(f"file:{mp3}", f="mp3", **options)), ProcessLimits())
        wav.unlink()
        label = AigcLabel.for_content(producer=producer, content_id=f"built-in-{voice_id}")
        write_metadata(mp3, label)


def main() -> None:
    """Speak and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, default=Path(".weights"))
    parser.add_argument("--producer", default="digital-human-backend")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    build(KokoroEngine(WeightStore(arguments.weights)), arguments.folder, arguments.producer)


if __name__ == "__main__":
    main()
