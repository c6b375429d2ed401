"""Retries, refusals and the renewal of tokens."""

from __future__ import annotations

import pytest

from dh_client.core.session import Retries, Session
from dh_client.errors import (
    ApiError,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    ServerFailed,
    TooManyRequests,
)

from .playing import Play, lost, problem, reply


@pytest.fixture
def session():
    return Session("http://h:1/", "key-1")


def test_what_passes_is_asked_again_after_the_time_that_the_server_names(session):
    play = Play(problem(429, "rate_limited", retry_after="3"), reply({"a": 1}))
    assert play(session.get("/x")) == {"a": 1}
    assert play.pauses == [3.0]


def test_without_such_a_time_the_pauses_grow(session):
    play = Play(*[problem(503, "service_unavailable")] * 4, reply({}))
    play(session.get("/x"))
    assert play.pauses[0] <= 0.5
    assert play.pauses[3] >= 2
    assert all(pause <= 8 for pause in play.pauses)


def test_a_quota_that_lasts_until_midnight_is_not_waited_for(session):
    play = Play(problem(429, "daily_quota_reached", retry_after="40000"))
    with pytest.raises(TooManyRequests) as caught:
        play(session.get("/x"))
    assert caught.value.retry_after == 40000
    assert play.pauses == []


def test_a_request_that_may_have_been_seen_is_repeated_only_if_that_is_harmless(session):
    with pytest.raises(ConnectionFailed):
        Play(lost())(session.post("/x", {}))
    assert Play(lost(), reply({"a": 1}))(session.post("/x", {}, key="k")) == {"a": 1}
    assert Play(lost(was_sent=False), reply({"a": 1}))(session.post("/x", {})) == {"a": 1}


def test_where_no_server_ever_answered_that_is_said_soon(session):
    play = Play(*[lost(was_sent=False)] * 9)
    with pytest.raises(ConnectionFailed, match="http://h:1 cannot be reached"):
        play(session.get("/x"))
    assert len(play.asked) == 2


def test_a_server_that_answered_before_is_waited_for(session):
    play = Play(reply({}), *[lost(was_sent=False)] * 5, reply({"a": 1}))
    play(session.get("/x"))
    assert play(session.get("/x")) == {"a": 1}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, NotSignedIn),
        (404, NotFound),
        (409, Conflict),
        (413, InvalidRequest),
        (500, ServerFailed),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(session, status, kind):
    with pytest.raises(kind, match="Give it a value") as caught:
        Play(problem(status, "some_code", "Give it a value."))(session.get("/x"))
    told = caught.value
    assert (told.code, told.status, told.request_id) == ("some_code", status, "r-1")


def test_a_refusal_without_words_is_a_sentence_too():
    session = Session("http://h:1", retries=Retries(attempts=1))
    with pytest.raises(ApiError, match="Try again"):
        Play(reply(None, 502))(session.get("/x"))


def test_an_expired_token_is_renewed_once_for_all_who_use_it():
    told = []
    session = Session("http://h:1", "old", "refresh-1", told.append)
    tokens = {"access_token": "new", "refresh_token": "refresh-2"}
    first, second = session.get("/a"), session.get("/b")
    # Both have been refused before either renews.
    expired = problem(401, "token_expired")
    next(first)
    next(second)
    play = Play(reply(tokens), reply({"a": 1}))
    renewal = first.send(expired)
    play(renewal.flow())
    assert (play.said, told) == (["POST /auth/refresh"], [tokens])
    late = Play()
    late(second.send(expired).flow())
    assert late.asked == []
    again = second.send(None)
    assert again.headers["Authorization"] == "Bearer new"


def test_a_credential_that_cannot_be_renewed_is_refused_with_its_code(session):
    with pytest.raises(NotSignedIn) as caught:
        Play(problem(401, "token_expired"))(session.get("/x"))
    assert caught.value.code == "token_expired"


def test_addresses_are_taken_as_the_api_writes_them(session):
    wanted = "http://h:1/api/download/x"
    assert {session.address(route) for route in ("/download/x", "/api/download/x")} == {wanted}
