"""The environment of functions and jobs."""

import os

import pytest

from infra.local.environment.process import AlreadyRunning, process_environment, without_aws


def test_nothing_of_the_users_aws_setup_is_seen():
    clean = without_aws({"AWS_PROFILE": "prod", "AWS_ACCESS_KEY_ID": "real", "PATH": "/bin"})
    assert "AWS_PROFILE" not in clean
    assert "AWS_ACCESS_KEY_ID" not in clean
    assert clean["AWS_CONFIG_FILE"] == os.devnull
    assert clean["PATH"] == "/bin"


def test_the_callers_environment_comes_back():
    before = dict(os.environ)
    with process_environment({"ONLY": "this"}):
        assert dict(os.environ) == {"ONLY": "this"}
    assert dict(os.environ) == before


def test_two_clouds_in_one_process_are_refused_and_the_first_is_left_alone():
    with process_environment({"FIRST": "1"}):
        with pytest.raises(AlreadyRunning), process_environment({"SECOND": "2"}):
            pass
        assert dict(os.environ) == {"FIRST": "1"}
    with process_environment({"THIRD": "3"}):
        assert "THIRD" in os.environ
