"""What SSML asks for at a place is heard there, and nowhere else."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from scipy.signal import resample_poly

from dh_core.specs.ssml import parse
from gpu_jobs.audio.loudness import integrated_loudness
from gpu_jobs.audio.pitch import median_f0
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.engines.speech.prosody import Prosody
from tests.support.true_peak import true_peak


def said(engine: KokoroEngine, inner: str) -> Speech:
    script = parse(f"<speak>{inner}</speak>")
    prosody = Prosody(marks=script.marks)
    return engine.synthesise(script.text, engine.default_voice(), lambda _done: None, prosody)


def without_tags(inner: str) -> str:
    return re.sub("<[^>]*>", "", inner)


def gaps(speech: Speech) -> list[float]:
    return [after.start - before.end for before, after in pairwise(speech.syllables)]


@pytest.mark.parametrize(
    "inner",
    ['请在这里停一下<break time="1s"/>然后继续', '今天天气很好，<break strength="strong"/>走吧。'],
)
def test_a_break_of_a_second_is_a_second_of_silence(engine: KokoroEngine, inner: str) -> None:
    plain, broken = said(engine, without_tags(inner)), said(engine, inner)
    assert broken.duration - plain.duration == pytest.approx(1.0, abs=0.15)
    assert max(gaps(broken)) - max(gaps(plain)) == pytest.approx(1.0, abs=0.15)
    at = int(np.argmax(gaps(broken)))
    middle = round((broken.syllables[at].end + 0.5) * broken.sample_rate)
    assert not broken.samples[middle - 4_800 : middle + 4_800].any()
    assert "".join(word.text for word in broken.words) == without_tags(inner)


def test_breaks_at_the_ends_are_silence_there(engine: KokoroEngine) -> None:
    speech = said(engine, '<break time="500ms"/>好的，再见。<break time="800ms"/>')
    assert speech.phonemes[0].start == pytest.approx(0.5, abs=0.15)
    assert speech.duration - speech.phonemes[-1].end == pytest.approx(0.8, abs=0.15)


def test_words_are_read_as_they_are_marked(engine: KokoroEngine) -> None:
    inner = (
        '头发<phoneme ph="chang2">长</phoneme>，拨<say-as interpret-as="digits">110</say-as>，'
        '去<sub alias="北京">BJ</sub>'
    )
    speech = said(engine, inner)
    read = [(one.text, one.pinyin) for one in speech.syllables]
    assert ("长", "chang2") in read
    assert speech.spoken_text == "头发长，拨一一零，去北京"
    assert "".join(word.text for word in speech.words) == without_tags(inner)


def test_prosody_changes_its_own_stretch_alone(engine: KokoroEngine) -> None:
    inner = (
        '今天天气很好。<prosody rate="75%" pitch="+4st" volume="-6dB">我们去公园散步吧，'
        "</prosody>大家一起去。"
    )
    plain, changed = said(engine, without_tags(inner)), said(engine, inner)

    def stretch(speech: Speech, first: int, last: int) -> np.ndarray:
        times = speech.syllables[first].start, speech.syllables[last].end
        start, stop = (round(at * speech.sample_rate) for at in times)
        return np.asarray(speech.samples[start:stop])

    def measures(samples: np.ndarray) -> tuple[float, float, float]:
        f0 = median_f0(resample_poly(samples, 2, 3).astype(np.float32))
        assert f0 is not None
        return len(samples), 12 * np.log2(f0), integrated_loudness(samples, 24_000)

    for first, last, slower, higher, louder in ((0, 5, 1, 0, 0), (6, 12, 4 / 3, 4, -6)):
        before = measures(stretch(plain, first, last))
        after = measures(stretch(changed, first, last))
        assert after[0] / before[0] == pytest.approx(slower, rel=0.08)
        assert after[1] - before[1] == pytest.approx(higher, abs=1)
        assert after[2] - before[2] == pytest.approx(louder, abs=1)
    assert true_peak(changed.samples) <= 10 ** (-1 / 20)
