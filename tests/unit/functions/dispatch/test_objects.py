import pytest

from dh_core.cloud.media_store import StoredObject
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.store import FileRecord, FileStatus
from dh_core.tasks.states import Phase
from functions.dispatch.files.objects import handle_upload, uploaded_keys
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


def judged(dispatcher: Dispatcher, body: bytes = MP4_HEAD) -> FileRecord:
    """A file whose object has been judged."""
    file = dispatcher.announce_file()
    dispatcher.put_object(file.key, body)
    handle_upload(dispatcher.deps, file.key)
    return again(dispatcher, file)


def again(dispatcher: Dispatcher, file: FileRecord) -> FileRecord:
    found = dispatcher.deps.files.get(file.owner, file.file_type, file.filename)
    assert found is not None
    return found


def test_an_object_that_takes_the_place_of_a_judged_one_is_judged_too(
    dispatcher: Dispatcher,
) -> None:
    file = judged(dispatcher)
    dispatcher.put_object(file.key, MP4_HEAD + bytes(500))
    handle_upload(dispatcher.deps, file.key)
    replaced = again(dispatcher, file)
    assert (replaced.status, replaced.file_size) == (FileStatus.READY, len(MP4_HEAD) + 500)
    assert replaced.etag not in (None, file.etag)
    assert dispatcher.cloud.counters.totals()[1]["video"] == 1


@pytest.mark.parametrize("phase", ["queued", "running"])
def test_one_that_is_no_film_goes_and_the_tasks_that_need_the_file_fail(
    dispatcher: Dispatcher, phase: str
) -> None:
    file = judged(dispatcher)
    task = dispatcher.create(ExtractAudioSpec(video_file=file.filename))
    if phase == "running":
        dispatcher.deps.tasks.dispatch(task.task_id, 60)
        dispatcher.deps.tasks.start(task.task_id, 1, 1, 60)
    dispatcher.put_object(file.key, b"<html>" * 1000)
    handle_upload(dispatcher.deps, file.key)
    assert again(dispatcher, file).status is FileStatus.REJECTED
    assert not dispatcher.has_object(file.key)
    assert dispatcher.task(task.task_id).error_code == "unsupported_type"
    assert dispatcher.cloud.counters.totals()[1]["video"] == 0


def test_a_rejected_upload_may_be_made_good(dispatcher: Dispatcher) -> None:
    file = judged(dispatcher, b"no film")
    assert file.status is FileStatus.REJECTED
    dispatcher.put_object(file.key, MP4_HEAD)
    handle_upload(dispatcher.deps, file.key)
    good = again(dispatcher, file)
    assert (good.status, good.error_code) == (FileStatus.READY, None)
    assert dispatcher.cloud.counters.totals()[1]["video"] == 1


def test_what_a_crash_left_of_a_rejected_object_goes_with_the_next_delivery(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = dispatcher.announce_file()
    dispatcher.put_object(file.key, b"no film")
    with monkeypatch.context() as broken:
        broken.setattr(type(dispatcher.deps.media), "delete", out_of_reach)
        with pytest.raises(ConnectionError):
            handle_upload(dispatcher.deps, file.key)
    assert dispatcher.has_object(file.key)
    handle_upload(dispatcher.deps, file.key)
    assert not dispatcher.has_object(file.key)


def out_of_reach(*_: object, **__: object) -> None:
    raise ConnectionError


def test_whichever_message_comes_first_the_object_that_lies_there_is_judged(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another object arrives between the look at the first and the reading of its bytes."""
    file = dispatcher.announce_file()
    dispatcher.put_object(file.key, MP4_HEAD)
    look, media = dispatcher.deps.media.look, dispatcher.deps.media
    swapped = False

    def look_then_swap(key: str) -> StoredObject:
        nonlocal swapped
        found = look(key)
        if not swapped:
            swapped = True
            dispatcher.put_object(key, b"no film")
        return found

    monkeypatch.setattr(media, "look", look_then_swap)
    handle_upload(dispatcher.deps, file.key)
    assert again(dispatcher, file).status is FileStatus.REJECTED
    assert not dispatcher.has_object(file.key)


def test_keys_are_decoded_as_s3_encodes_them_and_its_test_event_names_none() -> None:
    event = {"Records": [{"s3": {"object": {"key": "uploads/public/video/%E4%BA%BA+1.mp4"}}}]}
    assert list(uploaded_keys(event)) == ["uploads/public/video/人 1.mp4"]
    assert list(uploaded_keys({"Event": "s3:TestEvent", "Bucket": "media"})) == []
