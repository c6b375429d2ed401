from __future__ import annotations

import base64
import io
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from dh_core.cloud.media_store import MediaStore, ObjectChanged, ObjectMissing
from dh_core.cloud.multipart import MultipartMedia


@pytest.fixture
def media(moto_cloud):
    return moto_cloud.media


def put(media, key, data):
    media.put_stream(key, io.BytesIO(data), content_type="audio/wav")


def test_a_presigned_post_allows_one_key_one_type_and_a_bounded_length(media):
    post = media.presign_post(
        "uploads/o/audio/a.wav", content_type="audio/wav", max_bytes=1000, expires_seconds=60
    )
    policy = json.loads(base64.b64decode(post.fields["policy"]))
    assert ["content-length-range", 1, 1000] in policy["conditions"]
    assert {"key": "uploads/o/audio/a.wav"} in policy["conditions"]
    assert {"Content-Type": "audio/wav"} in policy["conditions"]
    assert not any("starts-with" in condition for condition in policy["conditions"])
    assert post.fields["Content-Type"] == "audio/wav"


def test_both_kinds_of_signed_address_use_the_public_origin(media):
    public = MediaStore(media.bucket, public_url="https://media.example.com")
    post = public.presign_post("uploads/k", content_type="a/b", max_bytes=1, expires_seconds=60)
    get = public.presign_get("uploads/k", content_type="a/b", filename="x", expires_seconds=60)
    assert urlsplit(post.url)[:2] == urlsplit(get)[:2] == ("https", "media.example.com")


def test_behind_the_public_origin_lies_what_was_signed_for_the_buckets_own_host(media):
    public = MediaStore(media.bucket, public_url="https://media.example.com")
    given = {"content_type": "a/b", "filename": "x", "expires_seconds": 60}
    own, shown = (urlsplit(store.presign_get("a/k", **given)) for store in (media, public))
    assert own.netloc == f"{media.bucket}.s3.us-east-1.amazonaws.com"
    assert shown.path == own.path == "/a/k"
    assert parse_qs(shown.query).keys() == parse_qs(own.query).keys()


def test_a_part_of_an_upload_goes_to_the_public_origin_too(media):
    public = MultipartMedia(MediaStore(media.bucket, public_url="https://media.example.com"))
    url = urlsplit(public.presign_part("a/k", "upload", 1, size=5, expires_seconds=60))
    assert (url.netloc, url.path) == ("media.example.com", "/a/k")


def test_a_download_carries_its_type_and_a_readable_name(media):
    url = media.presign_get(
        "uploads/k", content_type="video/mp4", filename="数字人.mp4", expires_seconds=60
    )
    query = parse_qs(urlsplit(url).query)
    assert query["response-content-type"] == ["video/mp4"]
    assert query["response-content-disposition"] == [
        "inline; filename*=UTF-8''%E6%95%B0%E5%AD%97%E4%BA%BA.mp4"
    ]


def test_what_is_put_can_be_read_measured_and_downloaded(media, tmp_path):
    put(media, "uploads/k", b"0123456789")
    assert media.size("uploads/k") == 10
    assert media.head_bytes("uploads/k", 4, etag=media.look("uploads/k").etag) == b"0123"
    media.download("uploads/k", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"0123456789"
    assert media.upload(tmp_path / "copy", "uploads/k2", content_type="a/b") == 10


def test_a_missing_object_is_said_to_be_missing(media, tmp_path):
    with pytest.raises(ObjectMissing):
        media.size("none")
    with pytest.raises(ObjectMissing):
        media.head_bytes("none", 4, etag="any")
    with pytest.raises(ObjectMissing):
        media.download("none", tmp_path / "copy")


def test_an_object_that_took_anothers_place_is_not_read_for_it(media, tmp_path):
    put(media, "uploads/k", b"judged")
    judged = media.look("uploads/k").etag
    media.download("uploads/k", tmp_path / "copy", etag=judged)
    put(media, "uploads/k", b"another")
    with pytest.raises(ObjectChanged):
        media.head_bytes("uploads/k", 4, etag=judged)
    with pytest.raises(ObjectChanged):
        media.download("uploads/k", tmp_path / "other", etag=judged)
    assert not (tmp_path / "other").exists()


def test_what_is_erased_leaves_no_version_behind_and_its_neighbours_alone(media):
    enabled = {"Status": "Enabled"}
    media.client.put_bucket_versioning(Bucket=media.bucket, VersioningConfiguration=enabled)
    for body in (b"first", b"second"):
        for key in ("uploads/a/video/k", "uploads/a/video/k2", "generated/t/1/x"):
            put(media, key, body)
    # Withdrawn, and so kept as old versions under a mark.
    media.delete("uploads/a/video/k")
    media.delete_folder("generated/t/1/")
    media.erase("uploads/a/video/k")
    assert media.erase_some("generated/t/") == 3
    assert media.erase_some("generated/t/") == 0
    left = media.client.list_object_versions(Bucket=media.bucket)
    assert [one["Key"] for one in left["Versions"]] == ["uploads/a/video/k2"] * 2
    assert "DeleteMarkers" not in left
    media.erase_folder("uploads/a/")
    assert "Versions" not in media.client.list_object_versions(Bucket=media.bucket)


def test_a_folder_is_deleted_and_its_neighbour_kept(media):
    for key in ("generated/t/1/a", "generated/t/1/b", "generated/t/2/a"):
        put(media, key, b"x")
    media.delete_folder("generated/t/1/")
    with pytest.raises(ObjectMissing):
        media.size("generated/t/1/a")
    assert media.size("generated/t/2/a") == 1
