from __future__ import annotations


def listed(client, **query):
    return client.get("/api/files/list", params=query).json()


def test_lists_ready_files_newest_first(client, ready_file, announce_file):
    ready_file("video", "old.mp4")
    ready_file("video", "new.mp4")
    announce_file("video", "still-uploading.mp4")
    answer = listed(client)
    assert [file["filename"] for file in answer["files"]] == ["new.mp4", "old.mp4"]
    assert (answer["total"], answer["next_cursor"]) == (2, None)


def test_filters_by_type_and_user(client, ready_file):
    ready_file("video", "a.mp4", user_id="u1")
    ready_file("audio", "a.wav", user_id="u1")
    ready_file("audio", "b.wav", user_id="u2")
    assert listed(client, type="audio")["total"] == 2
    assert [f["filename"] for f in listed(client, type="audio", user_id="u2")["files"]] == ["b.wav"]


def test_pages_give_every_file_exactly_once_and_the_exact_total(client, ready_file):
    names = {f"{number}.png" for number in range(7)}
    for name in sorted(names):
        ready_file("image", name)
    seen, cursor = [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = listed(client, **query)
        assert page["total"] == 7
        seen += [file["filename"] for file in page["files"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == 7
    assert set(seen) == names


def test_bad_queries_are_refused(client):
    for query in ({"type": "pdf"}, {"limit": 0}, {"limit": "x"}, {"cursor": "forged"}):
        answer = client.get("/api/files/list", params=query)
        assert answer.status_code == 400, query
        assert answer.json()["error"]


def test_a_forged_cursor_has_its_own_code(client):
    assert client.get("/api/files/list?cursor=AAAA").json()["code"] == "cursor_invalid"
