"""The text of a document as a reader sees it: XML's line breaks and indents are none of its own."""

from __future__ import annotations

import re
from typing import Final

_SPACE: Final = re.compile(r"([ \t\r\n]+)")
_STOPS: Final = "。！？!?；;…:：，,、.—"
_CLOSING: Final = '”’」』")）》】 '


class Writer:
    """`text` that is put together bit by bit."""

    def __init__(self) -> None:
        self.text = ""
        self._space = ""
        """White space since then: what follows decides what becomes of it."""
        self._ends_paragraph = False
        self._word_starts: int | None = None

    @property
    def length(self) -> int:
        """Where the next bit begins."""
        return len(self.text)

    def add(self, text: str) -> None:
        """More of the document's text."""
        for number, run in enumerate(_SPACE.split(text)):
            if number % 2:
                self._space += run
            elif run:
                self.text += self._between(run[0])
                if self._word_starts is None:
                    self._word_starts = len(self.text)
                self.text += run

    def end_paragraph(self) -> None:
        """What follows stands on a line of its own."""
        self._ends_paragraph = True

    def begin_word(self) -> None:
        """From the next character on."""
        self._word_starts = None

    def end_word(self) -> tuple[int, int]:
        """Where the text since `begin_word` starts and ends."""
        start = len(self.text) if self._word_starts is None else self._word_starts
        return start, len(self.text)

    def missing_stop(self) -> str:
        """What a sentence that ends here lacks; nothing if there is a stop."""
        end = self.text.rstrip(_CLOSING)[-1:]
        if not end or end in _STOPS:
            return ""
        return ". " if end.isascii() else "。"

    def _between(self, following: str) -> str:
        """A line break of the document is nothing between Chinese characters, else a space."""
        space, self._space = self._space, ""
        ends, self._ends_paragraph = self._ends_paragraph, False
        if not self.text:
            return ""
        if ends:
            return "\n"
        if "\n" in space and not (self.text[-1].isascii() or following.isascii()):
            return ""
        return " " if space else ""
