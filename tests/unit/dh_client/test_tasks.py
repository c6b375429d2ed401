"""Creating tasks and waiting for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dh_client.core.following import wait
from dh_client.core.session import Session
from dh_client.core.tasks import TaskStatus, create
from dh_client.core.uploads import Unfinished
from dh_client.core.wire import Send
from dh_client.errors import InvalidInput, TaskCancelled, TaskFailed, WaitStopped, WaitTimeout

from .playing import Play, lost, problem, reply

NO_STREAM = problem(501, "stream_unavailable")


@pytest.fixture
def session():
    return Session("http://h:1")


def state(status, progress=0, **more):
    return {"task_id": "t", "status": status, "progress": progress, **more}


def creating(session, task_type, fields, **parameters):
    key = parameters.pop("key", None)
    return create(
        session, Unfinished(), task_type, fields, key=key, on_transfer=lambda _: None, **parameters
    )


def test_every_attempt_of_a_creation_has_the_same_key(session):
    play = Play(lost(), reply({"task_id": "t"}))
    assert play(creating(session, "voice", {"text": "你好", "speed": None})) == "t"
    keys = {one.headers["Idempotency-Key"] for one in play.asked}
    assert len(play.asked) == 2
    assert len(keys) == 1
    assert play.asked[0].json == {"text": "你好"}


def test_a_path_is_uploaded_and_a_name_is_not(session, tmp_path):
    path = tmp_path / "me.mp4"
    path.write_bytes(b"x")
    uploaded = reply({"file_info": {"filename": "stored.mp4"}, "upload": None})
    play = Play(uploaded, reply({"task_id": "t"}))
    fields = {"sample_video": path, "sample_voice": "was-sent.wav", "speech_text": "你好"}
    play(creating(session, "digital_human", fields))
    assert play.said == ["POST /upload/video", "POST /tasks/digital-human/create"]
    assert play.asked[1].json == {
        "sample_video": "stored.mp4",
        "sample_voice": "was-sent.wav",
        "speech_text": "你好",
    }


def test_an_edit_goes_to_its_template(session):
    play = Play(reply({"task_id": "t"}))
    play(creating(session, "template_edit", {"title_text": "新"}, template_id="abc"))
    assert play.said == ["PATCH /templates/abc"]


@pytest.mark.parametrize(
    ("task_type", "fields", "said"),
    [
        ("voice", {"txt": "x"}, "Did you mean text?"),
        ("voices", {}, "Did you mean voice?"),
        ("voice", {"text": Path("x")}, "text takes no file"),
    ],
)
def test_a_field_that_is_not_there_is_refused_with_the_nearest(session, task_type, fields, said):
    with pytest.raises(InvalidInput, match=said.replace("?", r"\?")):
        Play()(creating(session, task_type, fields))


class Clock:
    """Each look is a second later than the last."""

    def __init__(self):
        self.now = 0.0
        self.step = 0.25

    def __call__(self):
        self.now += self.step
        return self.now


def test_a_wait_looks_when_the_server_wishes_and_keeps_what_has_not_changed(session):
    told = []
    play = Play(
        reply(state("processing", 40, next_poll_ms=2000), etag='"a"'),
        reply(None, 304),
        reply(state("completed", 100, result={"video_url": "/download/generated/video/t"})),
    )
    ended = play(wait(session, "t", on_status=told.append, clock=Clock()))
    assert play.asked[1].headers["If-None-Match"] == '"a"'
    assert [one.progress for one in told] == [40, 40, 100]
    assert sum(play.pauses) > 1
    assert ended.files == {"video": "/download/generated/video/t"}


def test_a_wait_is_held_open_where_the_server_can_wait(session):
    going = state("processing", 40, next_poll_ms=9000, wait_seconds=25)
    completed = reply(state("completed", 100))
    play = Play(reply(going, etag='"a"'), NO_STREAM, reply(None, 304), completed)
    clock = Clock()
    clock.step = 1.0
    play(wait(session, "t", clock=clock))
    polls = [one for one in play.asked if isinstance(one, Send)]
    assert [one.params.get("wait") for one in polls] == [None, "20", "20"]
    assert play.pauses == []


def events(*states):
    """The lines of a stream of these states, numbered from 1."""
    for number, one in enumerate(states, start=1):
        yield from ("retry: 2000", ": still waiting", f"id: {number}", "event: status")
        yield from (f"data: {json.dumps(one)}", "")


def test_a_wait_follows_the_stream_where_there_is_one(session):
    told = []
    going = state("processing", 40, wait_seconds=25)
    stream = list(events(state("processing", 60), state("completed", 100), state("failed")))
    play = Play(reply(going, etag='W/"a"'), stream)
    assert play(wait(session, "t", on_status=told.append, clock=Clock())).status == "completed"
    assert [one.progress for one in told] == [40, 60, 100]
    assert play.asked[1].url.endswith("/tasks/t/status/stream")
    assert play.asked[1].headers["Last-Event-ID"] == "a"


def test_a_stream_that_ends_is_gone_on_with_from_its_last_event(session):
    going = state("processing", 40, wait_seconds=25)
    later = state("processing", 60, wait_seconds=25)
    streams = list(events(later)), list(events(state("completed", 100)))
    play = Play(reply(going, etag='W/"a"'), streams[0], reply(None, 304), streams[1])
    assert play(wait(session, "t", clock=Clock())).progress == 100
    assert play.asked[2].headers["If-None-Match"] == 'W/"1"'
    assert play.asked[3].headers["Last-Event-ID"] == "1"


def test_whoever_may_stop_or_has_little_time_is_not_bound_by_a_stream(session):
    going = [reply(state("processing", wait_seconds=25), etag='"a"')] * 40
    for limits in ({"timeout": 5}, {"stop": iter([False] * 9 + [True] * 9).__next__}):
        play = Play(*going)
        with pytest.raises((WaitTimeout, WaitStopped)):
            play(wait(session, "t", clock=Clock(), **limits))
        assert all(isinstance(one, Send) for one in play.asked)


def test_a_server_that_answers_at_once_is_not_asked_without_end(session):
    going = state("processing", 40, next_poll_ms=2000, wait_seconds=25)
    completed = reply(state("completed", 100))
    play = Play(reply(going, etag='"a"'), NO_STREAM, reply(None, 304), completed)
    play(wait(session, "t", clock=Clock()))
    assert sum(play.pauses) > 1


def test_a_wait_ends_in_time_or_when_it_is_told_to(session):
    going = [reply(state("processing", next_poll_ms=60_000))] * 9
    with pytest.raises(WaitTimeout, match="still processing"):
        Play(*going)(wait(session, "t", timeout=2, clock=Clock()))
    with pytest.raises(WaitStopped):
        Play(*going)(wait(session, "t", stop=lambda: True, clock=Clock()))


def test_a_failure_is_told_with_what_to_do():
    TaskStatus.of(state("processing")).checked()
    failed = state("failed", error_message="No face was found.", error_code="no_face_found")
    with pytest.raises(TaskFailed, match="No face was found") as caught:
        TaskStatus.of(failed).checked()
    assert caught.value.code == "no_face_found"
    with pytest.raises(TaskCancelled):
        TaskStatus.of(state("cancelled")).checked()


def test_what_a_newer_server_says_more_is_kept():
    assert TaskStatus.of(state("pending", novelty=1)).document["novelty"] == 1
