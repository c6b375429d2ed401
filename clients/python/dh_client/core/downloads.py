"""Saving results: streamed into `NAME.part`, resumed where it broke, renamed when whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dh_client.core.session import Session, checked
from dh_client.core.uploads import OnTransfer, Transfer
from dh_client.core.wire import Flow, LineBroke, Pause, Reply, Save


def download(session: Session, route: str, target: Path, on_transfer: OnTransfer) -> Flow[Path]:
    """Save what a `/download/…` route leads to; returns `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return (yield from _Download(session, route, target, on_transfer).run())


@dataclass(slots=True)
class _Download:
    session: Session
    route: str
    target: Path
    on_transfer: OnTransfer
    total: int | None = None

    @property
    def draft(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def tag(self) -> Path:
        """Names the content that the draft is a part of: its ETag."""
        return self.target.with_name(f"{self.target.name}.part.tag")

    def run(self) -> Flow[Path]:
        failures = 0
        while True:
            begun = self._begun()
            # Signed addresses expire: each attempt asks for its own.
            said = yield from self.session.get(self.route, {"redirect": "false"})
            try:
                reply: Reply = yield Save(said["url"], begun, self.draft, self._accept, self._moved)
            except LineBroke as broken:
                failures = 0 if self._begun() > begun else failures + 1
                if failures >= self.session.retries.attempts:
                    raise self.session.unreachable(broken) from broken
                yield Pause(self.session.retries.pause(failures))
                continue
            if begun and not self.tag.is_file():
                continue  # The draft was of something else: from the beginning.
            checked(reply)
            self.draft.replace(self.target)
            self.tag.unlink(missing_ok=True)
            return self.target

    def _begun(self) -> int:
        is_known = self.tag.is_file() and self.draft.is_file()
        return self.draft.stat().st_size if is_known else 0

    def _accept(self, reply: Reply) -> int | None:
        etag = reply.headers.get("etag", "")
        if reply.status == 206 and etag and self._noted() == etag:
            start, _, total = reply.headers["content-range"].partition("/")
            self.total = int(total) if total.isdigit() else None
            return int(start.removeprefix("bytes ").partition("-")[0])
        if reply.status == 200:
            length = reply.headers.get("content-length", "")
            self.total = int(length) if length.isdigit() else None
            if etag:
                self.tag.write_text(etag, "utf-8")
            return 0
        if reply.status in (206, 416):
            self.tag.unlink(missing_ok=True)
        return None

    def _noted(self) -> str:
        return self.tag.read_text("utf-8") if self.tag.is_file() else ""

    def _moved(self, done: int) -> None:
        self.on_transfer(Transfer(self.target, done, self.total))
