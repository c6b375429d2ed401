from dh_core.store import FileStatus
from dh_core.tasks import Phase
from functions.dispatch.objects import handle_upload, uploaded_keys
from tests.unit.functions.dispatch.dispatcher import Dispatcher

MP4_HEAD = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + b"\x00" * 64


def test_an_upload_makes_the_file_ready_and_wakes_the_task_that_waits(
    dispatcher: Dispatcher,
) -> None:
    file = dispatcher.announce_file()
    task = dispatcher.create_waiting(file)
    assert task.phase is Phase.WAITING_INPUTS
    dispatcher.put_object(file.key, MP4_HEAD)
    handle_upload(dispatcher.deps, file.key)
    assert dispatcher.task(task.task_id).phase is Phase.QUEUED
    assert dispatcher.announced() == [task.task_id]


def test_the_same_event_again_neither_counts_nor_announces_twice(dispatcher: Dispatcher) -> None:
    file = dispatcher.announce_file()
    task = dispatcher.create_waiting(file)
    dispatcher.put_object(file.key, MP4_HEAD)
    handle_upload(dispatcher.deps, file.key)
    handle_upload(dispatcher.deps, file.key)
    assert dispatcher.announced() == [task.task_id]
    assert dispatcher.cloud.counters.totals()[1]["video"] == 1


def test_a_text_file_named_mp4_is_rejected_deleted_and_fails_its_task(
    dispatcher: Dispatcher,
) -> None:
    file = dispatcher.announce_file()
    task = dispatcher.create_waiting(file)
    dispatcher.put_object(file.key, b"just some words, not a video at all")
    handle_upload(dispatcher.deps, file.key)
    record = dispatcher.deps.files.get("public", "video", file.filename)
    assert record is not None
    assert record.status is FileStatus.REJECTED
    failed = dispatcher.task(task.task_id)
    assert failed.phase is Phase.FAILED
    assert failed.error_code == "unsupported_type"
    assert failed.error_message is not None
    assert file.filename in failed.error_message
    assert not dispatcher.has_object(file.key)


def test_an_upload_that_comes_after_its_file_was_deleted_does_not_stay(
    dispatcher: Dispatcher,
) -> None:
    file = dispatcher.announce_file()
    dispatcher.deps.files.delete(file)
    dispatcher.put_object(file.key, MP4_HEAD)
    handle_upload(dispatcher.deps, file.key)
    assert not dispatcher.has_object(file.key)


def test_keys_are_decoded_as_s3_encodes_them_and_its_test_event_names_none() -> None:
    event = {"Records": [{"s3": {"object": {"key": "uploads/public/video/%E4%BA%BA+1.mp4"}}}]}
    assert list(uploaded_keys(event)) == ["uploads/public/video/人 1.mp4"]
    assert list(uploaded_keys({"Event": "s3:TestEvent", "Bucket": "media"})) == []
