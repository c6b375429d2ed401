"""The whole system on the embedded cloud, used through HTTP alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dh_client import Client
from gpu_jobs.weights.store import WeightStore
from infra.local.cli import demo_sample
from infra.local.cli.demo_sample import DemoSample, make_sample
from infra.local.server import ROOT
from tests.support.shared_cloud import SharedCloud, shared_cloud
from tests.support.shared_folder import one_at_a_time, shared_folder

PERSON_TEXT = "大家好，我很高兴和你们见面。爸爸和妈妈带我去公园，看花、跑步。"
VOICE_TEXT = "早上好，今天的天气非常好，我们一起去海边散步。"


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedCloud]:
    """One for all modules that need no settings of their own; each is an owner there."""
    with shared_cloud(tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="module")
def key(cloud: SharedCloud, request: pytest.FixtureRequest) -> str:
    """Of the module's own owner."""
    return cloud.key(request.path.stem)


@pytest.fixture(scope="module")
def api(cloud: SharedCloud, key: str) -> Iterator[Client]:
    with Client(cloud.url, key, longest_pause=0.5) as client:
        yield client


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DemoSample:
    """The demo's person, but smaller and shorter; whichever worker needs it first makes it."""
    folder = shared_folder(tmp_path_factory, "sample")
    with one_at_a_time(folder), pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_sample, "SIDE", 320)
        patch.setattr(demo_sample, "PERSON_TEXT", PERSON_TEXT)
        patch.setattr(demo_sample, "VOICE_TEXT", VOICE_TEXT)
        return make_sample(folder, WeightStore(ROOT / ".weights"), threads=1)
