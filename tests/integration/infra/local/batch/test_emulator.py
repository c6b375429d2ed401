"""The local AWS Batch with real processes, spoken to through boto3's own Batch client."""

import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.batch.api import BatchApi
from infra.local.batch.emulator import LocalBatch
from infra.local.batch.jobs import ExitRule, JobDefinition

RETRY_75 = (ExitRule("RETRY", on_exit_code="75"), ExitRule("EXIT", on_reason="*"))


def python(source, **options):
    return JobDefinition("job", ("python", "-c", source, "Ref::x"), **options)


class Events(list):
    """State changes in order; `wait_for` blocks until a status is seen."""

    def __init__(self):
        super().__init__()
        self._changed = threading.Condition()

    def add(self, event):
        with self._changed:
            self.append(event["detail"])
            self._changed.notify_all()

    def wait_for(self, status, count=1):
        def seen():
            return sum(d["status"] == status for d in self) >= count

        with self._changed:
            assert self._changed.wait_for(seen, timeout=20), [d["status"] for d in self]
        return [d for d in self if d["status"] == status][-1]

    @property
    def statuses(self):
        return [detail["status"] for detail in self]


@pytest.fixture
def start(tmp_path):
    """Starts a local Batch with one definition; answers its boto3 client and its events."""

    @contextmanager
    def started(definition, **options):
        events = Events()
        batch = LocalBatch(
            definitions={"job": definition},
            environment=dict(os.environ),
            cwd=tmp_path,
            logs=tmp_path / "logs",
            state=tmp_path / "jobs.json",
            on_event=events.add,
            **{"vcpus": 1, "grace_seconds": 5.0, "queues": {"queue": 1}} | options,
        )
        api = BatchApi(batch)
        api.start()
        batch.start()
        client = boto3.client(
            "batch",
            endpoint_url=api.url,
            region_name="us-east-1",
            aws_access_key_id="k",
            aws_secret_access_key="s",
        )
        try:
            yield client, events
        finally:
            batch.stop()
            api.stop()

    return started


def submit(client, **options):
    request = {"jobName": "j", "jobQueue": "queue", "jobDefinition": "job"} | options
    return client.submit_job(**request)["jobId"]


def test_a_job_runs_its_command_and_reports_every_state_in_order(start, tmp_path):
    source = f"import sys; open({str(tmp_path / 'out')!r}, 'w').write(sys.argv[1])"
    with start(python(source)) as (client, events):
        job_id = submit(client, parameters={"x": "hello"})
        events.wait_for("SUCCEEDED")
        assert (tmp_path / "out").read_text() == "hello"
        assert events.statuses == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
        (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
        assert job["status"] == "SUCCEEDED"
        assert job["container"]["exitCode"] == 0
        assert len(job["attempts"]) == 1


def test_a_failing_job_tells_its_exit_code_and_reason(start):
    with start(python("raise SystemExit(3)")) as (client, events):
        submit(client)
        failed = events.wait_for("FAILED")
    assert failed["container"]["exitCode"] == 3
    assert failed["statusReason"] == "Essential container in task exited"
    assert failed["parameters"] == {}


def test_exit_75_is_tried_again_in_the_same_job(start):
    source = "import os, sys; sys.exit(75 if os.environ['AWS_BATCH_JOB_ATTEMPT'] == '1' else 0)"
    with start(python(source, attempts=3, rules=RETRY_75)) as (client, events):
        submit(client)
        done = events.wait_for("SUCCEEDED")
    assert [a["container"]["exitCode"] for a in done["attempts"]] == [75, 0]
    assert events.statuses.count("RUNNABLE") == 2
    assert "FAILED" not in events.statuses


def test_exit_75_fails_when_the_attempts_are_used_up(start):
    with start(python("raise SystemExit(75)", attempts=2, rules=RETRY_75)) as (client, events):
        submit(client)
        assert len(events.wait_for("FAILED")["attempts"]) == 2


def test_a_terminated_job_is_asked_first_and_fails_with_the_callers_reason(start, tmp_path):
    ready = tmp_path / "ready"
    source = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))\n"
        f"open({str(ready)!r}, 'w').close()\n"
        "time.sleep(60)"
    )
    with start(python(source, attempts=3, rules=RETRY_75)) as (client, events):
        job_id = submit(client)
        events.wait_for("RUNNING")
        wait_until(ready.exists)
        client.terminate_job(jobId=job_id, reason="cancelled by its owner")
        failed = events.wait_for("FAILED")
    assert failed["statusReason"] == "cancelled by its owner"
    assert failed["container"]["exitCode"] == 75
    assert len(failed["attempts"]) == 1


def test_a_job_that_ignores_the_request_is_killed_with_its_children(start, tmp_path):
    pid_file = tmp_path / "pid"
    source = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    with start(python(source), grace_seconds=0.2) as (client, events):
        job_id = submit(client)
        wait_until(lambda: pid_file.exists() and pid_file.read_text())
        client.terminate_job(jobId=job_id, reason="stop")
        assert events.wait_for("FAILED")["container"]["exitCode"] == 137
        wait_until(lambda: not is_alive(int(pid_file.read_text())))


def test_a_waiting_job_can_be_terminated_and_never_runs(start):
    with start(python("import time; time.sleep(60)"), grace_seconds=0.2) as (client, events):
        first = submit(client)
        events.wait_for("RUNNING")
        second = submit(client)
        events.wait_for("RUNNABLE", count=2)
        client.terminate_job(jobId=second, reason="not needed")
        assert events.wait_for("FAILED")["jobId"] == second
        assert {d["jobId"] for d in events if d["status"] == "RUNNING"} == {first}


def test_a_job_that_runs_too_long_is_stopped_and_not_tried_again(start):
    definition = python("import time; time.sleep(60)", timeout_seconds=0.3, attempts=3)
    with start(definition) as (client, events):
        submit(client)
        assert events.wait_for("FAILED")["statusReason"] == "Job attempt duration exceeded timeout"


def test_jobs_run_one_after_the_other_when_each_needs_the_whole_machine(start):
    with start(python("pass", vcpus=4.0), vcpus=2) as (client, events):
        first, second = submit(client), submit(client)
        events.wait_for("SUCCEEDED", count=2)
    order = [(d["jobId"], d["status"]) for d in events if d["status"] in {"RUNNING", "SUCCEEDED"}]
    assert order == [
        (first, "RUNNING"),
        (first, "SUCCEEDED"),
        (second, "RUNNING"),
        (second, "SUCCEEDED"),
    ]


def test_an_idle_worker_makes_room_for_another_lanes_job_but_not_for_its_own(start, tmp_path):
    source = """import os, sys, time
while sys.argv[1] == "warm" and not os.path.exists(os.environ["LEAVE_FILE"]):
    time.sleep(0.02)
"""
    # As with SpeakingCompute=cpu, both lanes have the same queue.
    with start(python(source), lane_of=lambda job: job.name) as (client, events):
        submit(client, jobName="lane", parameters={"x": "warm"})
        events.wait_for("RUNNING")
        same = submit(client, jobName="lane", parameters={"x": "same lane"})
        events.wait_for("RUNNABLE", count=2)
        assert not list(tmp_path.glob("jobs.leave/*"))
        client.cancel_job(jobId=same, reason="a warm worker took its task")
        submit(client, jobName="other", parameters={"x": "other lane"})
        events.wait_for("SUCCEEDED", count=2)
    assert not list(tmp_path.glob("jobs.leave/*"))


def test_two_small_jobs_run_at_once(start, tmp_path):
    # Each waits for the other's file: only jobs that run together can end.
    source = (
        "import pathlib, sys, time\n"
        "me = sys.argv[1]\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "(folder / f'here-{me}').touch()\n"
        "while len(list(folder.glob('here-*'))) < 2: time.sleep(0.02)"
    )
    with start(python(source), vcpus=2, grace_seconds=0.2) as (client, events):
        both = {submit(client, parameters={"x": name}) for name in "ab"}
        events.wait_for("SUCCEEDED", count=2)
        assert {d["jobId"] for d in events if d["status"] == "SUCCEEDED"} == both


def test_a_job_that_waited_when_the_server_stopped_runs_after_the_restart(start, tmp_path):
    gate = tmp_path / "gate"
    source = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.02)"
    with start(python(source), grace_seconds=0.2) as (client, events):
        submit(client)
        events.wait_for("RUNNING")
        waiting = submit(client)
        events.wait_for("RUNNABLE", count=2)
    gate.touch()
    with start(python(source)) as (client, events):
        events.wait_for("SUCCEEDED")
        assert waiting in {d["jobId"] for d in events if d["status"] == "SUCCEEDED"}


def test_a_job_that_ran_when_the_server_stopped_is_a_job_whose_host_was_lost(start):
    lost = (ExitRule("RETRY", on_status_reason="Host EC2*"), ExitRule("EXIT", on_reason="*"))
    source = "import os, time\nif os.environ['AWS_BATCH_JOB_ATTEMPT'] == '1': time.sleep(60)"
    definition = python(source, attempts=2, rules=lost)
    with start(definition, grace_seconds=0.2) as (client, events):
        job_id = submit(client)
        events.wait_for("RUNNING")
    with start(definition) as (client, events):
        done = events.wait_for("SUCCEEDED")
    assert done["jobId"] == job_id
    assert done["attempts"][0]["statusReason"].startswith("Host EC2")


def test_an_array_job_runs_each_child_with_its_index_and_succeeds_with_the_last(start, tmp_path):
    source = (
        "import os, pathlib\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "index = os.environ['AWS_BATCH_JOB_ARRAY_INDEX']\n"
        "(folder / f'index-{index}').write_text(os.environ['AWS_BATCH_JOB_ID'])"
    )
    with start(python(source), vcpus=2) as (client, events):
        job_id = submit(client, arrayProperties={"size": 3})
        events.wait_for("SUCCEEDED", count=4)
        (parent, child) = client.describe_jobs(jobs=[job_id, f"{job_id}:1"])["jobs"]
    made = {path.name: path.read_text() for path in tmp_path.glob("index-*")}
    assert made == {f"index-{index}": f"{job_id}:{index}" for index in range(3)}
    assert parent["arrayProperties"] == {"size": 3, "statusSummary": {"SUCCEEDED": 3}}
    assert child["arrayProperties"] == {"index": 1}
    own = [detail["status"] for detail in events if detail["jobId"] == job_id]
    assert own == ["SUBMITTED", "PENDING", "SUCCEEDED"]


def test_terminating_an_array_job_ends_its_children_running_and_waiting(start):
    with start(python("import time; time.sleep(60)"), grace_seconds=0.2) as (client, events):
        job_id = submit(client, arrayProperties={"size": 2})
        events.wait_for("RUNNING")
        client.terminate_job(jobId=job_id, reason="not needed")
        events.wait_for("FAILED", count=3)
        (parent,) = client.describe_jobs(jobs=[job_id])["jobs"]
    assert parent["status"] == "FAILED"
    assert parent["arrayProperties"]["statusSummary"] == {"FAILED": 2}


def test_a_job_of_a_queue_with_priority_goes_first(start, tmp_path):
    gate = tmp_path / "gate"
    source = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.02)"
    with start(python(source), queues={"queue": 1, "urgent": 10}) as (client, events):
        submit(client)
        events.wait_for("RUNNING")
        patient = submit(client)
        urgent = submit(client, jobQueue="urgent")
        gate.touch()
        events.wait_for("SUCCEEDED", count=3)
    started = [detail["jobId"] for detail in events if detail["status"] == "RUNNING"]
    assert started[1:] == [urgent, patient]


def test_an_array_of_one_is_a_client_error(start):
    with start(python("pass")) as (client, _), pytest.raises(ClientError):
        submit(client, arrayProperties={"size": 1})


def test_terminating_a_job_that_is_over_is_harmless(start):
    with start(python("pass")) as (client, events):
        job_id = submit(client)
        events.wait_for("SUCCEEDED")
        client.terminate_job(jobId=job_id, reason="late")
        assert events.statuses[-1] == "SUCCEEDED"


def test_an_unknown_queue_or_definition_is_a_client_error(start):
    with start(python("pass")) as (client, _):
        for wrong in ({"jobQueue": "nowhere"}, {"jobDefinition": "nothing"}):
            with pytest.raises(ClientError) as refused:
                submit(client, **wrong)
            assert refused.value.response["Error"]["Code"] == "ClientException"


def test_queue_and_definition_are_accepted_as_arns(start):
    with start(python("pass")) as (client, events):
        job_id = submit(
            client,
            jobQueue="arn:aws:batch:us-east-1:000000000000:job-queue/queue",
            jobDefinition="arn:aws:batch:us-east-1:000000000000:job-definition/job:3",
        )
        events.wait_for("SUCCEEDED")
        assert events[-1]["jobId"] == job_id


def wait_until(condition):
    patience = threading.Event()
    for _ in range(400):
        if condition():
            return
        patience.wait(0.05)
    raise AssertionError("waited in vain")


def is_alive(pid):
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
            return stat.rsplit(")", 1)[1].split()[0] != "Z"
        except FileNotFoundError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
