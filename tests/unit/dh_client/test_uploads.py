"""Which requests an upload makes, whole and after an interruption."""

from __future__ import annotations

import pytest

from dh_client.cli.create import read
from dh_client.core.session import Session
from dh_client.core.tasks import known
from dh_client.core.uploads import Unfinished, from_url, kind_of, upload
from dh_client.errors import ConnectionFailed, InvalidInput

from .playing import Play, lost, problem, reply

PART = 5 * 1024 * 1024
INFO = {"filename": "stored.mov"}
CREATED = reply({"file_info": INFO, "upload_id": "u", "part_size": PART, "part_count": 3})


@pytest.fixture
def session():
    return Session("http://h:1", "key-1")


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mov"
    path.write_bytes(bytes(2 * PART + 7))
    return path


def targets(*numbers):
    parts = [
        {
            "part_number": number,
            "url": f"http://bucket/{number}",
            "offset": (number - 1) * PART,
            "content_length": PART if number < 3 else 7,
        }
        for number in numbers
    ]
    return reply({"parts": parts})


def test_a_small_file_goes_in_one_form_without_the_credential(session, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"x" * 100)
    target = {"url": "http://bucket", "fields": {"key": "k", "Content-Type": "audio/wav"}}
    play = Play(reply({"file_info": INFO, "upload": target}), reply(None, 204))
    told = []
    assert play(upload(session, Unfinished(), path, "audio", told.append)) == "stored.mov"
    announced, sent = play.asked
    assert announced.json == {"filename": "a.wav", "file_size": 100}
    assert (sent.url, sent.headers, sent.form.content_type) == ("http://bucket", {}, "audio/wav")
    sent.form.on_bytes(40)
    assert (told[-1].done, told[-1].total) == (40, 100)


def test_a_big_file_goes_in_parts(session, film):
    play = Play(CREATED, targets(1, 2, 3), *[reply()] * 3, reply({"file_info": INFO}))
    told = []
    assert play(upload(session, Unfinished(), film, "video", told.append)) == "stored.mov"
    assert play.said[0] == "POST /upload/video/multipart"
    assert play.said[2:5] == [f"PUT http://bucket/{number}" for number in (1, 2, 3)]
    assert [len(one.content) for one in play.asked[2:5]] == [PART, PART, 7]
    assert all(one.headers == {} for one in play.asked[2:5])
    assert [one.done for one in told] == [0, PART, 2 * PART, 2 * PART + 7]


@pytest.mark.parametrize("same_process", [True, False])
def test_an_interrupted_upload_sends_only_what_is_missing(session, film, tmp_path, same_process):
    unfinished = Unfinished(None if same_process else tmp_path / "notes")
    broken = Play(CREATED, targets(1, 2, 3), reply(), *[lost()] * 6)
    with pytest.raises(ConnectionFailed):
        broken(upload(session, unfinished, film, "video", lambda _: None))
    later = unfinished if same_process else Unfinished(tmp_path / "notes")
    state = reply({"upload_id": "u", "part_size": PART, "missing": [2, 3]})
    play = Play(state, targets(2, 3), reply(), reply(), reply({"file_info": INFO}))
    told = []
    play(upload(session, later, film, "video", told.append))
    assert play.said[0] == "GET /upload/video/multipart/u"
    assert play.asked[1].json == {"part_numbers": [2, 3]}
    assert told[0].done == PART


def test_an_upload_that_the_server_forgot_begins_anew(session, film):
    unfinished = Unfinished()
    broken = Play(CREATED, *[lost()] * 6)
    with pytest.raises(ConnectionFailed):
        broken(upload(session, unfinished, film, "video", lambda _: None))
    play = Play(
        problem(404, "upload_not_found"),
        *[CREATED, targets(1, 2, 3), *[reply()] * 3, reply({"file_info": INFO})],
    )
    assert play(upload(session, unfinished, film, "video", lambda _: None)) == "stored.mov"


def test_a_file_that_changed_is_another_upload(session, film):
    unfinished = Unfinished()
    with pytest.raises(ConnectionFailed):
        Play(CREATED, *[lost()] * 6)(upload(session, unfinished, film, "video", lambda _: None))
    film.write_bytes(bytes(2 * PART + 8))
    play = Play(problem(400, "unsupported_type"))
    with pytest.raises(Exception, match="What to do"):
        play(upload(session, unfinished, film, "video", lambda _: None))
    assert play.said == ["POST /upload/video/multipart"]


def test_a_missing_file_is_named_before_anything_is_asked(session, tmp_path):
    with pytest.raises(InvalidInput, match=r"no file .*none\.mp4"):
        Play()(upload(session, Unfinished(), tmp_path / "none.mp4", "video", lambda _: None))


def test_the_kind_of_a_file_is_told_by_its_ending(tmp_path):
    assert [kind_of(tmp_path / name) for name in ("a.MOV", "a.m4a", "a.heic")] == [
        *("video", "audio", "image")
    ]
    with pytest.raises(InvalidInput, match=r"a\.txt"):
        kind_of(tmp_path / "a.txt")


def test_a_file_is_named_by_its_address_instead_of_being_sent(session):
    play = Play(reply({"file_info": INFO, "upload": None}))
    answer = play(from_url(session, "https://example.com/me.mov", "video", "me"))
    assert answer["file_info"] == INFO
    (asked,) = play.asked
    assert asked.url.endswith("/upload/video/from-url")
    assert asked.json == {"url": "https://example.com/me.mov", "custom_name": "me"}


def test_an_option_that_names_a_file_takes_an_address():
    creation = known("extract_audio")
    address = "https://example.com/me.mp4"
    assert read(creation, {"video_file": address}) == {"video_file": address}
