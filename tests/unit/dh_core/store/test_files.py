from __future__ import annotations

import pytest

from dh_core.store import FileStatus, NewFile


@pytest.fixture
def files(moto_cloud):
    return moto_cloud.files


def settle(files, file):
    return files.mark_ready(file, size=20, expires_at=2_000_000_000)


def pages(files, owner="owner", **query):
    cursor = None
    while True:
        page = files.list_ready(
            owner, **({"file_type": None, "user_id": None, "limit": 3} | query), cursor=cursor
        )
        yield page
        cursor = page.cursor
        if cursor is None:
            return


def test_a_name_is_announced_once(files, new_file):
    file = new_file("a.wav")
    again = NewFile("owner", "audio", "a.wav", 1, "audio/wav", "k", 2_000_000_000)
    assert files.register(again) is None
    assert files.get("owner", "audio", "a.wav") == file
    assert file.status is FileStatus.PENDING


def test_an_event_that_comes_twice_counts_the_file_once(moto_cloud, files, new_file):
    file = new_file("a.wav")
    assert [settle(files, file), settle(files, file)] == [True, False]
    assert moto_cloud.counters.totals()[1] == {
        "video": 0,
        "audio": 1,
        "image": 0,
        "document": 0,
    }
    ready = files.get("owner", "audio", "a.wav")
    assert (ready.status, ready.file_size) == (FileStatus.READY, 20)


def test_a_settled_file_does_not_change_its_mind(moto_cloud, files, new_file):
    file = new_file("a.wav")
    assert files.mark_rejected(file, code="unsupported_type", message="No.")
    assert not settle(files, file)
    rejected = files.get("owner", "audio", "a.wav")
    assert (rejected.status, rejected.error_code) == (FileStatus.REJECTED, "unsupported_type")
    assert moto_cloud.counters.totals()[1]["audio"] == 0


@pytest.mark.parametrize("count", [0, 1, 3, 7, 9])
def test_pages_cover_every_file_exactly_once(files, new_file, count):
    for number in range(count):
        settle(files, new_file(f"{number}.wav"))
        new_file(f"pending-{number}.wav")
    settle(files, new_file("foreign.wav", owner="somebody-else"))
    found = list(pages(files))
    names = [file.filename for page in found for file in page.records]
    assert names == [f"{number}.wav" for number in reversed(range(count))]
    assert all(len(page.records) <= 3 for page in found)
    assert files.count_ready("owner", file_type=None, user_id=None) == count


def test_lists_and_counts_filter_by_type_and_user(files, new_file):
    settle(files, new_file("a.wav", user_id="u1"))
    settle(files, new_file("b.wav", user_id="u2"))
    settle(files, new_file("a.mp4", file_type="video", user_id="u1"))
    (page,) = pages(files, file_type="audio", user_id="u1")
    assert [file.filename for file in page.records] == ["a.wav"]
    assert files.count_ready("owner", file_type="audio", user_id=None) == 2


def test_a_cursor_does_not_open_another_owners_list(files, new_file):
    for number in range(4):
        settle(files, new_file(f"{number}.wav"))
    cursor = next(pages(files)).cursor
    page = files.list_ready("somebody-else", file_type=None, user_id=None, limit=3, cursor=cursor)
    assert page.records == ()
