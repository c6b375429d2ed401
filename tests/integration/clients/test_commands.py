"""`dh` as a client: what it prints, what it saves, how it ends."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dh_client import Client
from infra.local.cli.main import main

DH = Path(sys.executable).with_name("dh")


@pytest.fixture
def dh(cloud, key, monkeypatch, capsys, tmp_path):
    """Runs a command; returns (exit status, standard output, standard error)."""
    monkeypatch.setenv("DH_SERVER", cloud.url)
    monkeypatch.setenv("DH_KEY", key)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def run(*arguments):
        status = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_a_local_film_becomes_a_saved_sound_and_a_listed_task(dh, film, tmp_path):
    sound = tmp_path / "new" / "sound.wav"
    status, out, err = dh("create", "extract-audio", "--video-file", film, "--download", sound)
    assert (status, out) == (0, f"{sound}\n")
    assert sound.read_bytes()[:4] == b"RIFF"
    assert "me.mp4: done in" in err
    task_id = err.partition("dh: task ")[2].partition("\n")[0]

    status, out, _ = dh("status", task_id, "--json")
    assert (status, json.loads(out)["status"]) == (0, "completed")
    assert task_id in dh("tasks", "--type", "extract_audio")[1]
    assert dh("watch", task_id)[1].startswith(f"{task_id}  extract_audio  completed")
    folder = tmp_path / "all"
    folder.mkdir()
    status, out, _ = dh("download", task_id, folder)
    assert {Path(line).suffix for line in out.split()} == {".wav", ".m4a"}
    assert dh("cancel", task_id)[0] == 1


def test_lists_are_tables_for_people_and_documents_for_programs(dh):
    assert "zf_xiaobei" in dh("voices")[1]
    voices = json.loads(dh("voices", "--json")[1])
    assert len([voice for voice in voices if voice["category"] == "built_in"]) == 7
    for command in ("templates", "files", "usage", "tasks"):
        assert dh(command)[0] == 0
        assert dh(command, "--json")[1][0] in "[{"


def test_a_text_is_shown_as_it_will_be_read(dh, cloud, key):
    with Client(cloud.url, key) as client:
        client.set_pronunciation("单于", "chan2 yu2")
        assert client.pronunciations()["pronunciations"] == {"单于": "chan2 yu2"}
        status, out, _ = dh("read", "单于来了3次。")
        client.delete("/pronunciations/单于")
    assert status == 0
    assert out.startswith("单于来了三次")
    assert "chan2 yu2" in out


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("status", "none"), 4, "There is no task by this id; use the task_id"),
        (("create", "voice", "--text", "你好", "--speed", "9"), 1, "speed must be at most 2"),
        (("create", "voice", "--txt", "你好"), 2, "--text"),
        (("create", "extract-audio", "--video-file", "no/me.mp4"), 2, "there is no file no/me.mp4"),
        (("voices", "--server", "http://127.0.0.1:9"), 5, "cannot be reached"),
        (("voices", "--server", "nonsense"), 2, "server's address"),
        (("voices", "--key", "sch\u00f6n"), 2, "The key holds characters that no key has"),
        (("batch", "no.csv"), 2, "There is no file no.csv"),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_an_exit_status(dh, arguments, status, said):
    ended, out, err = dh(*arguments)
    assert (ended, out) == (status, "")
    assert said in err
    assert "Traceback" not in err


def test_with_json_a_failure_is_a_document_too(dh):
    said = json.loads(dh("status", "none", "--json")[2])
    assert said["code"] == "task_not_found"
    assert said["request_id"]


def test_a_batch_goes_on_where_it_was(dh, film, tmp_path):
    shutil.copy(film, tmp_path / "me.mp4")
    (tmp_path / "no.mp4").write_text("only words")
    table = tmp_path / "films.csv"
    table.write_text("video_file,save_as\nme.mp4,one.wav\nno.mp4,\n", "utf-8")
    command = ("batch", table, "--type", "extract-audio")
    status, out, _ = dh(*command)
    assert (status, out) == (1, f"1 of 2 rows are done; see {tmp_path / 'films.results.csv'}\n")
    assert (tmp_path / "films" / "one.wav").is_file()

    def outcomes():
        with (tmp_path / "films.results.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    first, second = outcomes()
    assert "not a supported file" in second["error"]
    assert dh(*command)[0] == 1
    assert outcomes() == [first, second]
    # A changed row is made anew; the first one is left alone.
    table.write_text("video_file,save_as\nme.mp4,one.wav\nno.mp4,two.wav\n", "utf-8")
    dh(*command)
    assert outcomes()[0] == first
    assert outcomes()[1]["mark"] != second["mark"]
    assert "not a supported file" in outcomes()[1]["error"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "video_fil\nme.mp4\n",
            "Row 1: extract_audio takes no field video_fil. Did you mean video",
        ),
        ("video_file,save-as\nno,x\n", "Did you mean save_as?"),
        ("video_file\n./no.mp4\n", "Row 1: video_file: there is no file ./no.mp4"),
        ("uuid\nx\n", "video_file is empty"),
        ("video_file\na,b\n", "more cells than the header"),
        ("video_file\n", "no rows"),
    ],
)
def test_a_table_that_cannot_be_made_is_refused_before_anything_is(dh, tmp_path, text, said):
    table = tmp_path / "films.csv"
    table.write_text(text, "utf-8")
    status, out, err = dh("batch", table, "--type", "extract-audio")
    assert (status, out) == (2, "")
    assert said in err
    assert [path.name for path in tmp_path.iterdir()] == ["films.csv"]


def test_every_command_is_listed_and_completed():
    listed = subprocess.run([DH, "--help"], capture_output=True, text=True, check=True).stdout
    for command in ("create", "batch", "watch", "voices", "serve", "demo", "keys", "Exit status"):
        assert command in listed
    asked = {"_DH_COMPLETE": "complete_bash", "COMP_WORDS": "dh create extr", "COMP_CWORD": "2"}
    done = subprocess.run([DH], capture_output=True, text=True, env=os.environ | asked, check=False)
    assert done.stdout.split() == ["extract-audio"]
