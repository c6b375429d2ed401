"""The peer's pipeline, on a stand-in for its checkout with the same modules and constructors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gpu_jobs.media import ffmpeg

torch = pytest.importorskip("torch")

LIPS = """
import torch
class Wav2Lip(torch.nn.Module):
    def forward(self, mel, faces):
        assert mel.shape[1:] == (1, 80, 16) and faces.shape[1:] == (6, 96, 96)
        return torch.full((len(faces), 3, 96, 96), 0.5)
"""
NET = """
import torch
class s3fd(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc7_mbox_conf = torch.nn.Conv2d(3, 2, 3)
"""
DETECTOR = """
import torch
from .net_s3fd import s3fd
class SFDDetector:
    seen = []
    def __init__(self, device, path_to_detector):
        self.net = s3fd()
        self.net.load_state_dict(torch.load(path_to_detector))
    def detect_from_batch(self, images):
        scores = self.net.fc7_mbox_conf(torch.tensor(images.transpose(0, 3, 1, 2)).float())
        assert (scores.softmax(1)[:, 1] < 0.05).all()
        SFDDetector.seen.append(images.shape)
        return [[]]
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    detector = tmp_path / "face_detection/detection/sfd"
    detector.mkdir(parents=True)
    (tmp_path / "models.py").write_text(LIPS)
    (detector / "net_s3fd.py").write_text(NET)
    (detector / "sfd_detector.py").write_text(DETECTOR)
    for name in list(sys.modules):
        if name.partition(".")[0] in {"models", "face_detection"}:
            monkeypatch.delitem(sys.modules, name)
    return tmp_path


def test_every_stage_of_the_peer_is_timed_and_one_frame_is_detected_at_a_time(checkout: Path):
    from bench.engines.peers import wav2lip as wav2lip_peer

    clip = checkout / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=s=128x128:r=10:d=4.5", "-pix_fmt", "yuv420p"]
    subprocess.run([ffmpeg.executable(), "-v", "error", *source, str(clip)], check=True)
    peer = wav2lip_peer.measure(checkout, clip, threads=1)
    assert set(peer.stages) == {"decode", "detect", "network", "paste", "encode"}
    assert all(seconds > 0 for seconds in peer.stages.values())
    assert peer.pipeline == pytest.approx(1 / sum(peer.stages.values()))
    detector = sys.modules["face_detection.detection.sfd.sfd_detector"].SFDDetector
    assert detector.seen == [(1, 128, 128, 3)] * wav2lip_peer.DETECTED
