"""The Python client against the embedded cloud: real uploads, a real task, its result."""

from __future__ import annotations

import re
import wave

import httpx
import pytest

from dh_client import Client, ConnectionFailed, DhError, NotFound, Retries

SECONDS = 120


def test_a_film_becomes_a_sound(cloud, key, film, tmp_path):
    states = []
    with Client(cloud.url, key, longest_pause=0.3) as client:
        task = client.create_extract_audio(video_file=film)
        done = client.wait(task, states.append, timeout=SECONDS).checked()
        saved = client.download(done.main_file, tmp_path / "sound.wav")
        assert task in [one.task_id for one in client.tasks(task_type="extract_audio")]
    with wave.open(str(saved)) as sound:
        assert 0.8 < sound.getnframes() / sound.getframerate() < 1.5
    assert states[-1].progress == 100


class Breaking(httpx.HTTPTransport):
    """A line that is cut before part number `last`."""

    def __init__(self, last):
        super().__init__()
        self.last = last
        self.parts = []

    def handle_request(self, request):
        if part := re.search(r"partNumber=(\d+)", str(request.url)):
            if int(part[1]) == self.last:
                raise httpx.WriteError("cut")
            self.parts.append(int(part[1]))
        return super().handle_request(request)


def test_an_upload_that_another_process_left_goes_on(cloud, key, tmp_path):
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 48_000, 0, "NONE", ""))
        sound.writeframes(bytes(11 * 1024 * 1024))
    options = {
        "unfinished_uploads": tmp_path / "unfinished",
        "retries": Retries(attempts=2, first_pause=0.01),
    }
    with (
        Client(cloud.url, key, transport=Breaking(2), **options) as client,
        pytest.raises(ConnectionFailed, match="try again"),
    ):
        client.upload(path)
    line = Breaking(-1)
    with Client(cloud.url, key, transport=line, **options) as client:
        name = client.upload(path)
        assert line.parts == [2, 3]
        again = client.download(f"/download/upload/audio/{name}", tmp_path / "again.wav")
    assert again.read_bytes() == path.read_bytes()
    assert list((tmp_path / "unfinished").iterdir()) == []


def test_what_goes_wrong_is_a_sentence_with_a_code(cloud, key, tmp_path):
    fake = tmp_path / "no.mp4"
    fake.write_text("no film at all, only words")
    with Client(cloud.url, key, longest_pause=0.3) as client:
        with pytest.raises(NotFound, match=r"no task by this id.*use the task_id") as refused:
            client.status("none")
        # Whichever comes first: the check of the upload, or the task.
        with pytest.raises(DhError, match="not a supported file of type video; use one of") as bad:
            client.wait(client.create_extract_audio(video_file=fake), timeout=SECONDS).checked()
    assert refused.value.code == "task_not_found"
    assert refused.value.request_id
    assert bad.value.code == "unsupported_type"
