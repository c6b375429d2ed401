"""The sample that the demo makes for itself."""

from pathlib import Path

from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import SIDE, VERSION, DemoSample, make_sample, portrait_photo


def test_the_portrait_is_large_enough():
    weights = WeightStore(Path(__file__).resolve().parents[3] / ".weights")
    assert portrait_photo(weights).shape == (SIDE, SIDE, 3)
    assert SIDE >= 512


def test_a_sample_that_exists_is_not_made_again(tmp_path: Path):
    made = DemoSample(tmp_path / f"person-v{VERSION}.mp4", tmp_path / f"voice-v{VERSION}.wav")
    made.video.write_bytes(b"kept")
    made.voice.write_bytes(b"kept")
    without_models = WeightStore(tmp_path / "no-weights")
    assert make_sample(tmp_path, without_models) == made
    assert made.video.read_bytes() == b"kept"
