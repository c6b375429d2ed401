"""What a task is asked lies on an item of its own; an older release kept it on the task's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dh_core.errors import TransitionRefused
from dh_core.specs.base import InputFile
from dh_core.specs.consent import Consent
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import NewFile, TaskFilter
from dh_core.store.files import use_key
from dh_core.store.generation_log import log_key
from dh_core.store.tasks.records import spec_attributes, spec_key, task_key
from dh_core.tasks.states import Phase

WAV = InputFile(file_type="audio", filename="me.wav")
CONSENT = Consent.model_validate(
    {"subject": "王老师", "statement": "我同意。", "given_at": "2026-03-01T09:30:00+08:00"}
)
SPEC = VoiceSpec(text="好" * 5000, reference_audio=WAV.filename, consent=CONSENT)


@pytest.fixture
def tasks(moto_cloud):
    return moto_cloud.tasks


@pytest.fixture
def made(moto_cloud, new_task):
    moto_cloud.files.register(
        NewFile("owner", "audio", WAV.filename, 1, "audio/wav", "uploads/owner/audio/me.wav", 2**31)
    )
    return moto_cloud.tasks.create(new_task(spec=SPEC, missing=(WAV,))).task


@pytest.fixture
def made_before(moto_cloud, made):
    """The same as an older release recorded it: one item, with the whole spec in it."""
    item = moto_cloud.table.get(task_key(made.task_id))
    kept = {name: value for name, value in item.items() if name not in spec_attributes(SPEC)}
    moto_cloud.table.delete(log_key("owner", made.task_id))
    moto_cloud.table.put({**kept, "spec": SPEC.model_dump_json(exclude_none=True)})
    moto_cloud.table.delete(spec_key(made.task_id))
    consent = CONSENT.model_dump_json(exclude_none=True)
    return replace(made, is_logged=False, consent=consent)


@pytest.fixture(params=["made", "made_before"])
def either(request):
    return request.getfixturevalue(request.param)


def test_what_moves_and_lists_is_small_whatever_the_text_weighs(moto_cloud, made):
    item = moto_cloud.table.get(task_key(made.task_id))
    assert len(str(item)) < 1500
    assert "好" not in str(item)
    assert moto_cloud.table.get(spec_key(made.task_id))["expires_at"] == item["expires_at"]


def test_a_task_reads_the_same_wherever_its_spec_lies(tasks, either):
    assert tasks.get(either.task_id) == either
    assert tasks.many([either.task_id]) == {either.task_id: either}
    assert tasks.newest("owner", TaskFilter(), limit=5, cursor=None).records == (either,)
    assert (either.inputs, either.lane) == (("audio/me.wav",), "speaking")
    assert tasks.spec(either.task_id) == SPEC


def test_a_task_lives_and_goes_wherever_its_spec_lies(moto_cloud, tasks, either):
    use = use_key("owner", WAV.file_type, WAV.filename, either.task_id)
    assert tasks.input_arrived(either.task_id, WAV, 60) is not None
    attempt = tasks.dispatch(either.task_id, 60).attempt
    claim = tasks.claim_waiting(either.task_id, attempt, 60).claim
    assert tasks.spec(either.task_id) == SPEC
    assert moto_cloud.table.get(use) is not None
    ended = tasks.complete(claim, {"files": {}})
    assert ended.phase is Phase.COMPLETED
    assert moto_cloud.table.get(use) is None
    assert tasks.delete(ended)
    for key in (task_key, spec_key):
        assert moto_cloud.table.get(key(either.task_id)) is None
    with pytest.raises(TransitionRefused):
        tasks.spec(either.task_id)
