"""Plays the server to a flow: no sockets, no clocks."""

from __future__ import annotations

import json

from dh_client.core.wire import Alone, LineBroke, Pause, Reply


def reply(document=None, status=200, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, b"" if document is None else json.dumps(document).encode())


def problem(status, code, error="What to do.", **headers):
    return reply({"error": error, "code": code, "request_id": "r-1"}, status, **headers)


def lost(*, was_sent=True):
    return LineBroke("it broke", was_sent=was_sent)


class Play:
    """Runs a flow with one answer after the other; keeps what was asked and how long it waited."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.pauses = []

    def __call__(self, flow):
        answer = None
        while True:
            try:
                broke = isinstance(answer, LineBroke)
                command = flow.throw(answer) if broke else flow.send(answer)
            except StopIteration as end:
                return end.value
            if isinstance(command, Pause):
                self.pauses.append(command.seconds)
                answer = None
            elif isinstance(command, Alone):
                answer = self(command.flow())
            else:
                self.asked.append(command)
                answer = self.answers.pop(0)
                if isinstance(answer, list):
                    answer = self._stream(command, answer)

    def _stream(self, command, lines):
        """Tell a stream's lines, as far as they are wanted."""
        for line in lines:
            if not command.on_line(line):
                break
        return Reply(200, {"content-type": "text/event-stream"})

    @property
    def said(self):
        return [f"{one.method} {one.url.partition('/api')[2] or one.url}" for one in self.asked]
