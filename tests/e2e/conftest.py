"""The whole system on the embedded cloud, used through HTTP alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_client import Client
from gpu_jobs.weights.store import WeightStore
from infra.local.cli import demo_sample
from infra.local.cli.demo_sample import DemoSample, make_sample
from infra.local.server import ROOT, LocalCloud
from tests.support.shared_folder import one_at_a_time, shared_folder

MEDIA = ROOT.parent / "shared" / "media"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("cloud"), sweep_seconds=2.0) as running:
        yield running


@pytest.fixture(scope="module")
def api(cloud: LocalCloud) -> Iterator[Client]:
    with Client(cloud.url, longest_pause=1.0) as client:
        yield client


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DemoSample:
    """The demo's person, but smaller; whichever worker needs it first makes it."""
    folder = shared_folder(tmp_path_factory, "sample")
    with one_at_a_time(folder), pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_sample, "SIDE", 480)
        return make_sample(folder, WeightStore(ROOT / ".weights"), threads=1)


def real_clip(name: str) -> Path:
    """A clip of the test media, which stay outside the project."""
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"test media are absent: {name}")
    return path
