"""Both drivers on a played line: files that come whole, however often it breaks."""

from __future__ import annotations

import asyncio
import inspect

import httpx
import pytest

from dh_client import AsyncClient, Client, Retries
from dh_client.errors import ConnectionFailed, InvalidInput, NotFound

CONTENT = bytes(range(256)) * 64
QUICK = Retries(first_pause=0.0, longest_pause=0.0)
ROUTE = "/download/generated/video/t"


class Line(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Brings the content, or breaks after 1000 bytes of it."""

    def __init__(self, content, *, breaks):
        self.content = content[:1000] if breaks else content
        self.breaks = breaks

    def __iter__(self):
        yield self.content
        if self.breaks:
            raise httpx.ReadError("cut")

    async def __aiter__(self):
        for block in self:
            yield block


class Bucket:
    """Cuts the first answers, `cuts` of them, after 1000 bytes."""

    def __init__(self, cuts, etags=("a",)):
        self.cuts = cuts
        self.etags = list(etags)
        self.ranges = []

    def __call__(self, request):
        if request.url.path.startswith("/api/"):
            if "missing" in request.url.path:
                body = {"error": "There is no such file.", "code": "file_not_found"}
                return httpx.Response(404, json=body)
            assert request.headers["Authorization"] == "Bearer key-1"
            return httpx.Response(200, json={"url": "http://bucket.test/x"})
        assert "Authorization" not in request.headers
        self.ranges.append(request.headers.get("Range"))
        start = int((self.ranges[-1] or "bytes=0-")[6:-1])
        etag = self.etags.pop(0) if len(self.etags) > 1 else self.etags[0]
        headers = {"ETag": etag}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        line = Line(CONTENT[start:], breaks=self.cuts > 0)
        self.cuts -= 1
        return httpx.Response(206 if start else 200, headers=headers, stream=line)


def save(bucket, target, blocking, route=ROUTE):
    transport = httpx.MockTransport(bucket)
    options = {"retries": QUICK, "transport": transport}
    if blocking:
        with Client("http://h.test", "key-1", **options) as client:
            return client.download(route, target)

    async def run():
        async with AsyncClient("http://h.test", "key-1", **options) as client:
            return await client.download(route, target)

    return asyncio.run(run())


@pytest.fixture(params=[True, False], ids=["blocking", "async"])
def blocking(request):
    return request.param


def test_a_download_that_breaks_goes_on_where_it_was(tmp_path, blocking):
    bucket = Bucket(cuts=2)
    target = tmp_path / "new" / "x.mp4"
    save(bucket, target, blocking)
    assert target.read_bytes() == CONTENT
    assert bucket.ranges == [None, "bytes=1000-", "bytes=2000-"]
    assert [path.name for path in target.parent.iterdir()] == ["x.mp4"]


def test_a_later_run_goes_on_with_what_an_earlier_one_left(tmp_path, blocking):
    target = tmp_path / "x.mp4"
    once = Bucket(cuts=1)

    def dies(request):
        if once.ranges:
            raise httpx.ConnectError("gone")
        return once(request)

    with pytest.raises(ConnectionFailed):
        save(dies, target, blocking)
    assert not target.exists()
    bucket = Bucket(cuts=0)
    save(bucket, target, blocking)
    assert target.read_bytes() == CONTENT
    assert bucket.ranges == ["bytes=1000-"]


def test_a_file_that_was_replaced_meanwhile_is_fetched_from_its_beginning(tmp_path, blocking):
    bucket = Bucket(cuts=1, etags=["a", "b"])
    save(bucket, tmp_path / "x.mp4", blocking)
    assert (tmp_path / "x.mp4").read_bytes() == CONTENT
    assert bucket.ranges == [None, "bytes=1000-", None]


def test_a_refused_download_leaves_nothing(tmp_path, blocking):
    with pytest.raises(NotFound, match="no such file"):
        save(Bucket(0), tmp_path / "x.mp4", blocking, "/download/generated/video/missing")
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_is_none_is_told_as_one(tmp_path):
    with Client("nonsense") as client, pytest.raises(InvalidInput, match="server's address"):
        client.status("t")


def test_the_blocking_client_and_its_twin_offer_the_same():
    def offered(kind):
        return {
            name: [
                (one.name, one.annotation) for one in inspect.signature(member).parameters.values()
            ]
            for name, member in vars(kind).items()
            if not name.startswith("_")
        }

    assert offered(Client) == offered(AsyncClient)
